// The keyboard on the pad: arrows move a pen, Space puts it down; arrows held together go aslant.

const STEP = 0.025; // of the pad's side: one press of an arrow key
/** @type {Record<string, [number, number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * @param {HTMLCanvasElement} canvas
 * @param {object} parts
 * @param {ReturnType<typeof import("./drawing.js").createDrawing>} parts.drawing
 * @param {number} parts.side height of the pad, in the units of the strokes
 * @param {() => boolean} parts.isBlocked whether something else holds the pen
 * @param {(cursor: { point: [number, number], down: boolean } | null) => void} parts.onCursor
 * @param {() => void} parts.onKey hears of each key before it does anything
 * @param {(text: string) => void} parts.say
 */
export function listenToKeyboard(canvas, { drawing, side, isBlocked, onCursor, onKey, say }) {
  /** @type {[number, number]} */
  let cursor = [side / 2, side / 4];
  const held = new Set();

  const showCursor = () => onCursor({ point: cursor, down: drawing.penIsDown });

  function hideCursor() {
    held.clear();
    onCursor(null);
  }

  function move() {
    const within = (place, size) => Math.min(size, Math.max(0, place));
    const width = (side * canvas.clientWidth) / canvas.clientHeight;
    let [x, y] = cursor;
    for (const key of held) {
      x += side * STEP * ARROWS[key][0];
      y += side * STEP * ARROWS[key][1];
    }
    cursor = [within(x, width), within(y, side)];
    drawing.extend([cursor]);
  }

  const KEYS = {
    " "() {
      if (drawing.penIsDown) {
        drawing.end();
        return;
      }
      drawing.begin(cursor);
      say("Pen down");
    },
    Backspace() {
      drawing.undo();
    },
    Escape() {
      drawing.clear();
    },
  };

  function actionOf(event) {
    const isCommand = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (isCommand && key === "z" && !event.shiftKey) return () => drawing.undo();
    if (isCommand && (key === "y" || (key === "z" && event.shiftKey))) return () => drawing.redo();
    if (isCommand || event.altKey) return null;
    if (event.key in ARROWS) {
      return () => {
        held.add(event.key);
        move();
      };
    }
    if (!(event.key in KEYS)) return null;
    return event.repeat && event.key !== "Backspace" ? () => {} : KEYS[event.key];
  }

  canvas.addEventListener("keydown", (event) => {
    const act = isBlocked() ? null : actionOf(event);
    if (!act) return;
    event.preventDefault();
    onKey();
    act();
    showCursor();
  });
  canvas.addEventListener("keyup", (event) => held.delete(event.key));
  canvas.addEventListener("focus", () => {
    if (canvas.matches(":focus-visible")) showCursor();
  });
  canvas.addEventListener("blur", () => {
    if (!isBlocked()) drawing.end();
    hideCursor();
  });

  return { hideCursor };
}
