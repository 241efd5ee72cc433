// The pad: pen, keys, buttons, samples and pictures, and what is done with them.

import { listenToDialog } from "../parts/dialog.js";
import { finder } from "../parts/dom.js";
import { curve } from "./curve.js";
import { createDrawing, keptPicture, keptStrokes } from "./drawing.js";
import { listenForFiles } from "./files.js";
import { createGhost } from "./ghost.js";
import { listenToKeyboard } from "./keyboard.js";
import { keepChoice } from "./network.js";
import { createPaper } from "./paper.js";
import { pictureOf, readPicture, refusalOf } from "./picture.js";
import { listenToPointer } from "./pointer.js";
import { createReading } from "./reading.js";
import { createReplay } from "./replay.js";
import { showSamples } from "./samples.js";
import { listenToWide } from "./wide.js";

const SIDE = 1_000; // the pad's height in its own unit: strokes survive any size and density
const PEN_REST = 500; // ms without the pen until a drawing counts as finished
const GHOST = 3; // what the ghost hand draws

const storage = () => window.sessionStorage;

// What the other tabs ask of the pad, until it is there: a page may open on any tab.
let waiting = null; // a picture to be read as soon as it is there
window.digitSketchpad = {
  strokes: () => keptStrokes(storage).map(curve),
  drawWith: (version) => keepChoice(storage, version),
  open: (file) => {
    waiting = file;
  },
};

/**
 * @typedef {object} Props
 * @property {string} version name of the network in use
 * @property {Record<string, string>} labels of networks by name, where they have one
 * @property {import("./drawing.js").Stroke[][]} samples of 0, 1, ... 9
 */

/**
 * @param {HTMLElement} element
 * @param {Props} props
 * @param {Record<string, (given: any) => Promise<any>>} server
 */
export function mount(element, props, server) {
  /** @type {HTMLElement} */
  const root = element.querySelector(".pad");
  const find = finder(root);
  const canvas = find(".paper");
  const undoButton = find(".undo");
  const redoButton = find(".redo");
  const clearButton = find(".clear");

  const paper = createPaper(canvas, SIDE);
  const drawing = createDrawing(storage, onDrawingChange);
  const life = new AbortController(); // ends the listeners outside the pad together with it
  const isShown = () => canvas.clientWidth > 0;
  let liftedAt = -Infinity; // when the pen left the pad

  const reading = createReading(root, {
    storage,
    server,
    labels: props.labels,
    version: props.version,
    drawing,
    ghost: () => ghost.points,
    isShown,
    onNumber: (boxes, chosen, isPicture) => paper.show({ boxes, chosen, areShares: isPicture }),
    // Between two strokes of a digit the pen is up, but not for long.
    isFinished: () =>
      !drawing.penIsDown && !replay.isRunning && performance.now() - liftedAt >= PEN_REST,
  });
  const replay = createReplay(drawing, () => {
    liftedAt = -Infinity; // a sample is finished with its last point
    reading.rested();
  });
  const ghost = createGhost({
    paper,
    stroke: props.samples[GHOST][0],
    isWelcome: () => drawing.isEmpty && isShown() && !document.hidden,
    onMove() {
      root.classList.add("drawing");
      reading.ghostMoved();
    },
    onGone() {
      root.classList.toggle("drawing", drawing.penIsDown);
      reading.blank();
    },
  });

  function onDrawingChange() {
    ghost.restart();
    const empty = drawing.isEmpty;
    root.dataset.drawn = String(drawing.version);
    root.classList.toggle("drawing", drawing.penIsDown);
    root.classList.toggle("empty", empty);
    clearButton.disabled = empty;
    undoButton.disabled = !drawing.canUndo;
    redoButton.disabled = !drawing.canRedo;
    paper.show({ strokes: drawing.strokes, picture: drawing.picture?.image ?? null });
    reading.changed();
  }

  const pointer = listenToPointer(canvas, {
    drawing,
    side: SIDE,
    onTouch: () => ghost.restart(),
    onDown() {
      keyboard.hideCursor();
      if (!replay.isRunning) return;
      replay.stop();
      drawing.clear(); // half a sample is nobody's drawing
    },
    onLift() {
      liftedAt = performance.now();
      setTimeout(reading.rested, PEN_REST + 20);
    },
  });
  const keyboard = listenToKeyboard(canvas, {
    drawing,
    side: SIDE,
    isBlocked: () => pointer.isDown,
    onCursor(cursor) {
      root.classList.toggle("keys", cursor !== null);
      paper.show({ cursor });
    },
    onKey() {
      ghost.restart();
      replay.stop();
    },
    say: reading.say,
  });

  // A button that was pressed and is disabled by it gives the focus back to the pad.
  function press(action) {
    replay.stop();
    action();
    if (document.activeElement === document.body) canvas.focus({ preventScroll: true });
  }

  async function openPicture(coming, file = null) {
    replay.stop();
    ghost.restart();
    const before = drawing.version;
    try {
      const picture = await coming;
      if (drawing.version === before) drawing.open(picture); // else the pen was faster
    } catch {
      reading.message(await refusalOf(file));
    }
  }

  const openFile = (file) => openPicture(readPicture(file), file);

  find(".back").addEventListener("click", () => reading.network.choose(null));
  undoButton.addEventListener("click", () => press(() => drawing.undo()));
  redoButton.addEventListener("click", () => press(() => drawing.redo()));
  clearButton.addEventListener("click", () => press(() => drawing.clear()));
  listenForFiles(root, {
    signal: life.signal,
    isShown,
    onFile: openFile,
  });
  listenToDialog(find(".shortcuts"), find(".help"));
  listenToWide(root, find(".widen"), storage, () => {
    press(() => drawing.fit((SIDE * canvas.clientWidth) / canvas.clientHeight, SIDE));
  });
  showSamples(find(".samples"), props.samples, replay.play);

  // A window moved to a screen of another density keeps its size, and fires nothing else.
  function watchDensity() {
    matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`).addEventListener(
      "change",
      () => {
        paper.repaint();
        watchDensity();
      },
      { once: true, signal: life.signal },
    );
  }

  new ResizeObserver(paper.repaint).observe(canvas);
  new MutationObserver((_, observer) => {
    if (canvas.isConnected) {
      paper.repaint();
      return;
    }
    observer.disconnect();
    reading.network.stop();
    ghost.stop();
    life.abort();
  }).observe(document.body, { attributeFilter: ["class"] });
  window.addEventListener("online", reading.retry, { signal: life.signal });
  window.addEventListener("offline", reading.lose, { signal: life.signal });
  window.addEventListener("pagehide", drawing.save, { signal: life.signal });
  watchDensity();

  window.digitSketchpad = {
    strokes: () => drawing.strokes.map(curve),
    drawWith: (version) => reading.network.choose(version),
    open: openFile,
  };
  root.dataset.drawn = root.dataset.read = String(drawing.version); // now the pad takes ink
  const picture = keptPicture(storage);
  if (waiting) openFile(waiting);
  else if (picture) openPicture(pictureOf(picture));
  else drawing.restore();
  waiting = null;
  if (drawing.isEmpty) ghost.begin();
}
