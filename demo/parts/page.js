// What several views need: elements, digits on canvases, words for numbers, asking again and again.
const find = (selector) => element.querySelector(selector);

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Sets a text only where it differs: a reader of screens speaks what changes, and only that.
function tell(place, words) {
  if (place.textContent !== words) place.textContent = words;
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));

// A digit of 28x28 grey levels, ink on paper in the theme's own colours.
function paintDigit(canvas, bytes, from = 0) {
  canvas.width = 28;
  canvas.height = 28;
  const context = canvas.getContext("2d");
  const image = context.createImageData(28, 28);
  for (let i = 0; i < 784; i += 1) {
    image.data.fill(bytes[from + i], 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  context.putImageData(image, 0, 0);
  return canvas;
}

const percent = (share, places = 2) =>
  (share === null || share === undefined ? "" : `${(100 * share).toFixed(places)} %`);

function duration(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const STATUS = {
  queued: "waiting", running: "running", finished: "finished", stopped: "stopped",
  failed: "failed", diverged: "diverged", interrupted: "interrupted",
};

const isShown = () => element.isConnected && element.getClientRects().length > 0;

// Calls `look` for as long as the view exists; it says how many milliseconds to wait then. Nothing
// is asked while nobody looks; `onLost` hears whether the server is gone.
function keepLooking(look, onLost = () => {}) {
  const PATIENCE = 15000; // ms until an answer counts as lost
  let timer = 0;
  let busy = false;
  async function go() {
    clearTimeout(timer);
    if (busy) return;
    let pause = 300;
    if (isShown() && !document.hidden) {
      busy = true;
      let patience;
      const late = new Promise((_, reject) => { patience = setTimeout(reject, PATIENCE, new Error("late")); });
      try {
        pause = await Promise.race([look(), late]);
        onLost(false);
      } catch {
        pause = 2000;
        onLost(true);
      }
      clearTimeout(patience);
      busy = false;
    }
    if (element.isConnected) timer = setTimeout(go, pause);
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) go(); });
  go();
  return go;
}

const pageRoot = () => (window.gradio_config?.root ?? "").replace(/\/$/, "");

function openTab(name) {
  for (const tab of document.querySelectorAll('[role="tab"]')) {
    if (tab.textContent.trim() === name) tab.click();
  }
}

const LOST = "The server does not answer. Trying again …";

// A button that hides or is busy gives the focus to what it was about.
function keepFocus(button, to) {
  if (document.activeElement === document.body || (document.activeElement === button && button.hidden)) {
    to.setAttribute("tabindex", "-1");
    to.focus({ preventScroll: true });
  }
}

// This visitor's pad reads with that network from now on; nobody else's does.
function drawWith(version) {
  window.digitSketchpad?.drawWith(version);
  openTab("Draw");
}
