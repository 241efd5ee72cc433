// The pad itself: pen, keys, buttons and pictures on one side, the server's answers on the other.
const SIDE = 1000; // the pad's own unit: strokes survive resizing, rotation and any screen density
const KEY_STEP = 25; // of SIDE: one press of an arrow key
const PEN_REST = 500; // ms without the pen until a drawing counts as finished
const PICTURE_SIDE = 1200; // pixels: larger pictures are made smaller before they travel
const PICTURE_BYTES = 1_500_000; // and heavier ones until they are light enough

const root = element.querySelector(".pad");
const canvas = root.querySelector(".paper");
const invite = root.querySelector(".invite");
const undoButton = root.querySelector(".undo");
const clearButton = root.querySelector(".clear");
const fileInput = root.querySelector(".file");

const paper = makePaper(canvas, SIDE);
const answer = makeAnswer(root);
const ghost = makeGhost(paper, SIDE);
const drawing = makeDrawing(() => window.sessionStorage, onDrawingChange);
let latest = null; // answer to the drawing that is on the pad
let liftedAt = -Infinity; // when the pen left it
let cursorAt = [SIDE / 2, SIDE / 4];
const life = new AbortController(); // ends what listens outside the pad when the pad is gone

const network = makeNetwork({
  storage: () => window.sessionStorage,
  ask: () => server.in_use(null),
  isShown: () => canvas.clientWidth > 0,
  onChange() {
    showNetwork();
    if (!drawing.isEmpty) asker.changed();
  },
});

function showNetwork() {
  root.querySelector(".version").textContent = network.name;
  root.querySelector(".only").hidden = !network.own;
}

root.querySelector(".back").addEventListener("click", () => network.choose(null));

const asker = makeAsker({
  ask({ strokes, picture }) {
    const mine = (drawn) => (network.own ? { network: network.own, drawing: drawn } : drawn);
    return picture ? server.read_picture(mine(picture.data)) : server.read_drawing(mine(strokes));
  },
  take: () => ({
    strokes: drawing.strokes,
    picture: drawing.picture,
    version: drawing.version,
    lineage: drawing.lineage,
  }),
  onAnswer(given, question) {
    if (given.model) network.heardOf(given.model);
    if (question.lineage === drawing.lineage) {
      latest = given;
      answer.show(given, mayBeFinished());
      root.dataset.read = question.version;
    } else {
      answer.message(""); // of a drawing that is gone; but the server is there
    }
    announceAtRest();
  },
  onLost() {
    answer.message("The server does not answer. Your drawing is kept; trying again …");
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
  const empty = drawing.isEmpty;
  root.dataset.drawn = drawing.version;
  root.classList.toggle("empty", empty);
  clearButton.disabled = empty;
  undoButton.disabled = !drawing.canUndo;
  paper.show({ strokes: drawing.strokes, picture: drawing.picture && drawing.picture.image });
  if (!empty) ghost.stop();
  if (empty) {
    latest = null;
    answer.blank();
    if (!asker.isLost) answer.message("");
  }
  if (empty && !asker.isLost) {
    root.dataset.read = drawing.version;
    answer.announce();
  } else if (root.dataset.read !== root.dataset.drawn) {
    asker.changed();
  } else {
    announceAtRest();
  }
}

// ---- pen, mouse, finger: one of them at a time

let penId = null;
let penType = "";

function toPad(event) {
  const box = canvas.getBoundingClientRect();
  const place = (offset) => Math.round(10 * SIDE * Math.min(1, Math.max(0, offset))) / 10;
  return [place((event.clientX - box.left) / box.width), place((event.clientY - box.top) / box.height)];
}

function lift(event) {
  if (event.pointerId !== penId) return;
  penId = null;
  liftedAt = performance.now();
  setTimeout(rest, PEN_REST + 20);
  drawing.end();
}

canvas.addEventListener("pointerdown", (event) => {
  ghost.stop();
  if (event.pointerType === "pen" && penId !== null && penType === "touch") {
    penId = null; // it was the hand that holds the pen
    drawing.undo();
  }
  if (penId !== null || event.button !== 0) return;
  event.preventDefault();
  canvas.focus({ preventScroll: true });
  hideCursor();
  penId = event.pointerId;
  penType = event.pointerType;
  canvas.setPointerCapture(penId);
  drawing.begin(toPad(event));
});
canvas.addEventListener("pointermove", (event) => {
  if (event.pointerId !== penId) return;
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

// ---- keyboard: arrows move, held together they go aslant

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const held = new Set();

function showCursor() {
  root.classList.add("keys");
  paper.show({ cursor: { point: cursorAt, down: drawing.penIsDown } });
}

function hideCursor() {
  root.classList.remove("keys");
  held.clear();
  paper.show({ cursor: null });
}

function moveCursor() {
  const within = (place) => Math.min(SIDE, Math.max(0, place));
  let [x, y] = cursorAt;
  for (const key of held) {
    x += KEY_STEP * ARROWS[key][0];
    y += KEY_STEP * ARROWS[key][1];
  }
  cursorAt = [within(x), within(y)];
  drawing.extend([cursorAt]);
}

const KEYS = {
  " "() {
    if (drawing.penIsDown) {
      drawing.end();
      return;
    }
    drawing.begin(cursorAt);
    answer.say("Pen down");
  },
  Backspace() { drawing.undo(); },
  Escape() { drawing.clear(); },
};

canvas.addEventListener("keydown", (event) => {
  const undo = event.key === "z" && (event.ctrlKey || event.metaKey);
  if (penId !== null || (!undo && (event.ctrlKey || event.metaKey || event.altKey))) return;
  if (event.key in ARROWS) {
    held.add(event.key);
    moveCursor();
  } else if (undo) {
    drawing.undo();
  } else if (event.key in KEYS) {
    if (!event.repeat || event.key === "Backspace") KEYS[event.key]();
  } else {
    return;
  }
  event.preventDefault();
  ghost.stop();
  showCursor();
});
canvas.addEventListener("keyup", (event) => held.delete(event.key));
canvas.addEventListener("focus", () => { if (canvas.matches(":focus-visible")) showCursor(); });
canvas.addEventListener("blur", () => {
  if (penId === null) drawing.end();
  hideCursor();
});

// ---- buttons and pictures

// A button that was pressed and has nothing left to do gives the focus back to the pad.
function press(action) {
  action();
  if (document.activeElement === document.body) canvas.focus({ preventScroll: true });
}

undoButton.addEventListener("click", () => press(() => drawing.undo()));
clearButton.addEventListener("click", () => press(() => drawing.clear()));
root.querySelector(".open").addEventListener("click", () => fileInput.click());
fileInput.addEventListener("change", () => {
  openPicture(fileInput.files[0]);
  fileInput.value = "";
});
for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
  root.addEventListener(kind, (event) => {
    event.preventDefault();
    root.classList.toggle("dropping", kind === "dragenter" || kind === "dragover");
    if (kind === "drop") openPicture(event.dataTransfer.files[0]);
  });
}
document.addEventListener("paste", (event) => {
  if (event.target.closest?.("input, textarea, [contenteditable]")) return;
  const files = [...(event.clipboardData?.files ?? [])];
  const image = files.find(({ type }) => type.startsWith("image/"));
  if (image && canvas.clientWidth) openPicture(image);
}, { signal: life.signal });

function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

// A phone's photo is ten times what the network can use: it is made smaller before it travels.
async function lighter(file, image) {
  let scale = Math.min(1, PICTURE_SIDE / Math.max(image.width, image.height));
  let light = scale < 1 ? null : file;
  const type = file.type === "image/jpeg" ? "image/jpeg" : "image/png";
  while (!light || light.size > PICTURE_BYTES) {
    const small = document.createElement("canvas");
    small.width = Math.max(1, Math.round(image.width * scale));
    small.height = Math.max(1, Math.round(image.height * scale));
    small.getContext("2d").drawImage(image, 0, 0, small.width, small.height);
    light = await new Promise((resolve) => { small.toBlob(resolve, type, 0.92); });
    scale /= 2;
  }
  return light;
}

async function openPicture(file) {
  if (!file) return;
  ghost.stop();
  const before = drawing.version;
  try {
    const image = await createImageBitmap(file);
    const light = await lighter(file, image);
    image.close();
    const picture = { image: await createImageBitmap(light), data: await dataUrl(light) };
    if (drawing.version === before) drawing.open(picture); // else the pen was faster
  } catch {
    answer.message("This file cannot be opened as a picture. Choose a PNG or JPEG.");
  }
}

// ---- what changes around the pad

// A window that moves to a screen of another density keeps its size, and fires nothing else.
function watchDensity() {
  matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`).addEventListener("change", () => {
    paper.repaint();
    watchDensity();
  }, { once: true, signal: life.signal });
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
// What other tabs of the page may ask of the pad.
window.digitSketchpad = {
  strokes: () => drawing.strokes,
  drawWith: (version) => network.choose(version),
};
answer.blank();
root.dataset.drawn = root.dataset.read = drawing.version; // from here on the pad takes ink
drawing.restore();
if (drawing.isEmpty) ghost.wait();
