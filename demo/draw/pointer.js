// Pen, mouse or finger on the pad: one of them at a time.

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

  function toPad(event) {
    const box = canvas.getBoundingClientRect();
    const unit = side / box.height;
    const within = (place, size) => Math.round(10 * unit * Math.min(size, Math.max(0, place))) / 10;
    const x = within(event.clientX - box.left, box.width);
    const y = within(event.clientY - box.top, box.height);
    return /** @type {[number, number]} */ ([x, y]);
  }

  function lift(event) {
    if (event.pointerId !== id) return;
    id = null;
    onLift();
    drawing.end();
  }

  canvas.addEventListener("pointerdown", (event) => {
    onTouch();
    if (event.pointerType === "pen" && id !== null && type === "touch") {
      id = null; // it was the hand that holds the pen
      drawing.undo();
    }
    if (id !== null || event.button !== 0) return;
    event.preventDefault();
    canvas.focus({ preventScroll: true });
    onDown();
    id = event.pointerId;
    type = event.pointerType;
    canvas.setPointerCapture(id);
    drawing.begin(toPad(event));
  });
  canvas.addEventListener("pointermove", (event) => {
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
