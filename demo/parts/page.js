// The page as a whole: its tabs, its address, words that several tabs use.

/** A run's status in words. @type {Record<string, string>} */
export const STATUS = {
  queued: "queued",
  running: "running",
  finished: "finished",
  stopped: "stopped",
  paused: "paused",
  failed: "failed",
  diverged: "diverged",
  interrupted: "interrupted",
};

export const LOST = "Can't reach the server. Retrying...";

/**
 * @param {string} path of a file of the app's, such as "versions/compact-1/compact-1.keras"
 * @returns {string} its address, also behind a proxy's sub-path
 */
export const addressOf = (path) => new URL(path, document.baseURI).href;

/** @param {string} id of a tab, such as "draw" */
export function openTab(id) {
  /** @type {HTMLElement | undefined} */
  const tab = document.querySelector(`[role="tab"][data-tab-id="${CSS.escape(id)}"]`);
  if (tab?.getAttribute("aria-selected") === "false") tab.click();
}

/**
 * Has this visitor's pad, and nobody else's, read by that network.
 *
 * @param {string} version
 */
export function drawWith(version) {
  window.digitSketchpad?.drawWith(version);
  openTab("draw");
}

/**
 * Has a picture read on the pad.
 *
 * @param {Blob} file
 */
export function readOnPad(file) {
  window.digitSketchpad?.open(file);
  openTab("draw");
}
