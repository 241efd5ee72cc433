// The page as a whole: its tabs, its address, words that several tabs use.

/** A run's status in words. @type {Record<string, string>} */
export const STATUS = {
  queued: "waiting",
  running: "running",
  finished: "finished",
  stopped: "stopped",
  failed: "failed",
  diverged: "diverged",
  interrupted: "interrupted",
};

export const LOST = "The server does not answer. Trying again …";

/**
 * @param {string} path of a file of the app's, such as "versions/compact-1/compact-1.keras"
 * @returns {string} its address, also behind a proxy's sub-path
 */
export const addressOf = (path) => new URL(path, document.baseURI).href;

/** @param {string} name as the tab is labelled */
export function openTab(name) {
  for (const tab of document.querySelectorAll('[role="tab"]')) {
    if (tab.textContent.trim() === name) /** @type {HTMLElement} */ (tab).click();
  }
}

/**
 * Has this visitor's pad, and nobody else's, read by that network.
 *
 * @param {string} version
 */
export function drawWith(version) {
  window.digitSketchpad?.drawWith(version);
  openTab("Draw");
}
