// Pen, mouse or finger on the pad: one of them at a time.

const HAND_RESTS = 800; // ms: a touch that soon after the pen is the hand that holds it

/**
 * @param {HTMLCanvasElement} canvas
 * @param {object} parts
 * @param {ReturnType<typeof import("./drawing.js").createDrawing>} parts.drawing
 * @param {number} parts.side height of the pad, in the units of the strokes
 * @param {() => void} parts.onTouch hears of every touch, also of one that draws nothing
 * @param {() => void} parts.onDown
 * @param {() => void} parts.onLift
 */
export function listenToPointer(canvas, { drawing, side, onTouch, onDown, onLift }) {
  let id = null;
  let type = "";
  let penAt = -Infinity; // when the pen was last on the pad or above it
  let palm = null; // a touch that has left a line and lifted, which the pen may still disown

  function toPad(event) {
    const box = canvas.getBoundingClientRect();
    const unit = side / box.height;
    const within = (place, size) => Math.round(10 * unit * Math.min(size, Math.max(0, place))) / 10;
    const x = within(event.clientX - box.left, box.width);
    const y = within(event.clientY - box.top, box.height);
    return /** @type {[number, number]} */ ([x, y]);
  }

  function lift(event) {
    if (event.pointerType === "pen") penAt = event.timeStamp;
    if (event.pointerId !== id) return;
    id = null;
    onLift();
    drawing.end();
    palm = type === "touch" ? { version: drawing.version, at: event.timeStamp } : null;
  }

  // It was the hand that holds the pen: it is still down, or has just lifted.
  function takeBackPalm(event) {
    const isDown = id !== null && type === "touch";
    const hasLifted = palm?.version === drawing.version && event.timeStamp - palm.at < HAND_RESTS;
    if (isDown || hasLifted) drawing.undo();
    if (isDown) id = null;
    palm = null;
  }

  canvas.addEventListener("pointerdown", (event) => {
    onTouch();
    if (event.pointerType === "pen") takeBackPalm(event);
    if (id !== null || event.button !== 0) return;
    if (event.pointerType === "touch" && event.timeStamp - penAt < HAND_RESTS) {
      event.preventDefault();
      return;
    }
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    onDown();
    id = event.pointerId;
    type = event.pointerType;
    canvas.setPointerCapture(id);
    drawing.begin(toPad(event));
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "pen") penAt = event.timeStamp;
    if (event.pointerId !== id) return;
    const coalesced = event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    drawing.extend((coalesced.length ? coalesced : [event]).map(toPad));
  });
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) {
    canvas.addEventListener(kind, lift);
  }
  // Safari scrolls and selects in spite of touch-action unless touches are refused outright.
  for (const kind of ["touchstart", "touchmove", "contextmenu"]) {
    canvas.addEventListener(kind, (event) => event.preventDefault(), { passive: false });
  }

  return {
    get isDown() {
      return id !== null;
    },
  };
}
