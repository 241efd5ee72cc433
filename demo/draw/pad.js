// The pad: pen, keys, buttons and pictures on one side, the server's answers on the other.

import { finder } from "../parts/dom.js";
import { capitalized } from "../parts/numbers.js";
import { createAnswer } from "./answer.js";
import { createAsker } from "./asker.js";
import { curve } from "./curve.js";
import { createDrawing, keptStrokes } from "./drawing.js";
import { createGhost } from "./ghost.js";
import { listenToKeyboard } from "./keyboard.js";
import { createNetwork, keepChoice } from "./network.js";
import { createPaper } from "./paper.js";
import { readPicture } from "./picture.js";
import { listenToPointer } from "./pointer.js";

const SIDE = 1_000; // the pad's own unit: strokes survive resizing, rotation and any density
const BUILT_IN = /^([a-z]+)-\d{4}-\d\d-\d\d\w*$/; // names of runs end in a number
const PEN_REST = 500; // ms without the pen until a drawing counts as finished

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

const inWords = (version) =>
  version.replace(BUILT_IN, (_, recipe) => `${capitalized(recipe)} (built in)`);

/**
 * @param {HTMLElement} element
 * @param {{ version: string }} props
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
  const fileInput = find(".file");

  const paper = createPaper(canvas, SIDE);
  const answer = createAnswer(root);
  const ghost = createGhost(paper, SIDE);
  const drawing = createDrawing(storage, onDrawingChange);
  const life = new AbortController(); // ends the listeners outside the pad together with it
  let latest = null; // answer to the drawing that is on the pad
  let liftedAt = -Infinity; // when the pen left it

  const network = createNetwork({
    storage,
    ask: () => server.in_use(null),
    isShown: () => canvas.clientWidth > 0,
    onChange() {
      showNetwork();
      if (!drawing.isEmpty) asker.changed();
    },
  });

  function showNetwork() {
    find(".which").textContent = network.own ? "Using" : "Model:";
    find(".version").textContent = inWords(network.name);
    find(".version").title = network.name;
    find(".only").hidden = !network.own;
  }

  const asker = createAsker({
    ask({ strokes, picture }) {
      const question = (drawn) => (network.own ? { network: network.own, drawing: drawn } : drawn);
      if (picture) return server.read_picture(question(picture.data));
      return server.read_drawing(question(strokes));
    },
    take: () => ({
      strokes: drawing.strokes.map(curve),
      picture: drawing.picture,
      version: drawing.version,
      lineage: drawing.lineage,
    }),
    onAnswer(received, question) {
      if (received.model) network.answeredBy(received.model);
      if (received.model) showNetwork();
      if (question.lineage === drawing.lineage) {
        latest = received;
        answer.show(received, mayBeFinished());
        const isBlank = question.picture && !received.digits.length && !received.problem;
        if (isBlank) answer.message("No ink found in this picture.");
        root.dataset.read = String(question.version);
      } else {
        answer.message(""); // of a drawing that is gone; but the server is there
      }
      announceAtRest();
    },
    onLost() {
      answer.lose();
    },
  });

  // Between two strokes of a digit the pen is up, but not for long.
  function mayBeFinished() {
    return !drawing.penIsDown && performance.now() - liftedAt >= PEN_REST;
  }

  function announceAtRest() {
    if (mayBeFinished() && !asker.isBusy) answer.announce();
  }

  function rest() {
    if (!latest || !mayBeFinished() || asker.isBusy) return; // or the next answer is shown
    answer.show(latest);
    announceAtRest();
  }

  function onDrawingChange() {
    root.classList.toggle("drawing", drawing.penIsDown);
    const empty = drawing.isEmpty;
    root.dataset.drawn = String(drawing.version);
    root.classList.toggle("empty", empty);
    clearButton.disabled = empty;
    undoButton.disabled = !drawing.canUndo;
    redoButton.disabled = !drawing.canRedo;
    paper.show({ strokes: drawing.strokes, picture: drawing.picture?.image ?? null });
    if (!empty) ghost.stop();
    if (empty) {
      latest = null;
      answer.blank();
      if (!asker.isLost) answer.message("");
    }
    if (empty && !asker.isLost) {
      root.dataset.read = String(drawing.version);
      answer.announce();
    } else if (root.dataset.read !== root.dataset.drawn) {
      asker.changed();
    } else {
      announceAtRest();
    }
  }

  const pointer = listenToPointer(canvas, {
    drawing,
    side: SIDE,
    onTouch: ghost.stop,
    onDown: () => keyboard.hideCursor(),
    onLift() {
      liftedAt = performance.now();
      setTimeout(rest, PEN_REST + 20);
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
    onKey: ghost.stop,
    say: answer.say,
  });

  // A button that was pressed and is disabled by it gives the focus back to the pad.
  function press(action) {
    action();
    if (document.activeElement === document.body) canvas.focus({ preventScroll: true });
  }

  async function openPicture(file) {
    if (!file) return;
    ghost.stop();
    const before = drawing.version;
    try {
      const picture = await readPicture(file);
      if (drawing.version === before) drawing.open(picture); // else the pen was faster
    } catch {
      answer.message("This file cannot be opened as a picture. Choose a PNG or JPEG.");
    }
  }

  find(".back").addEventListener("click", () => network.choose(null));
  undoButton.addEventListener("click", () => press(() => drawing.undo()));
  redoButton.addEventListener("click", () => press(() => drawing.redo()));
  clearButton.addEventListener("click", () => press(() => drawing.clear()));
  find(".open").addEventListener("click", () => fileInput.click());
  fileInput.addEventListener("change", () => {
    openPicture(fileInput.files[0]);
    fileInput.value = "";
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    // Beside the pad too: a browser leaves the page for a file that nobody takes.
    const onDrag = (/** @type {DragEvent} */ event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (!canvas.clientWidth) return;
      root.classList.toggle("dropping", kind === "dragenter" || kind === "dragover");
      if (kind === "drop") openPicture(event.dataTransfer.files[0]);
    };
    document.addEventListener(kind, onDrag, { signal: life.signal });
  }
  document.addEventListener(
    "paste",
    (event) => {
      const target = /** @type {Element} */ (event.target);
      if (target.closest?.("input, textarea, [contenteditable]")) return;
      const files = [...(event.clipboardData?.files ?? [])];
      const image = files.find(({ type }) => type.startsWith("image/"));
      if (image && canvas.clientWidth) openPicture(image);
    },
    { signal: life.signal },
  );

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
    network.stop();
    life.abort();
  }).observe(document.body, { attributeFilter: ["class"] });
  window.addEventListener("online", asker.retry, { signal: life.signal });
  window.addEventListener("pagehide", drawing.save, { signal: life.signal });
  watchDensity();

  network.start(props.version);
  showNetwork();
  window.digitSketchpad = {
    strokes: () => drawing.strokes.map(curve),
    drawWith: (version) => network.choose(version),
    open: openPicture,
  };
  answer.blank();
  root.dataset.drawn = root.dataset.read = String(drawing.version); // now the pad takes ink
  drawing.restore();
  openPicture(waiting);
  waiting = null;
  if (drawing.isEmpty) ghost.wait();
}
