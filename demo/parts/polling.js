// Asks the server again and again, as long as somebody looks.

const TIMEOUT = 15_000; // ms until an answer counts as lost
const HIDDEN_PAUSE = 300; // ms between checks whether the view has come into sight
const LOST_PAUSE = 2_000; // ms until a lost server is asked again

/**
 * @param {Element} view
 * @returns {boolean} whether the view is part of the page and its tab is open
 */
export const isShown = (view) => view.isConnected && view.getClientRects().length > 0;

/**
 * Calls `look` for as long as the view exists. Asks nothing while the tab or the page is hidden.
 *
 * @param {Element} view
 * @param {() => Promise<number>} look resolves to the milliseconds until the next call
 * @param {(isLost: boolean) => void} [onLost] hears after every call whether the server is gone
 * @returns {() => Promise<void>} calls `look` at once, unless a call is in flight
 */
export function poll(view, look, onLost = () => {}) {
  let timer = 0;
  let busy = false;

  async function lookNow() {
    busy = true;
    let timeout = 0;
    const late = new Promise((_, reject) => {
      timeout = setTimeout(reject, TIMEOUT, new Error("late"));
    });
    try {
      const pause = await Promise.race([look(), late]);
      onLost(false);
      return pause;
    } catch {
      onLost(true);
      return LOST_PAUSE;
    } finally {
      clearTimeout(timeout);
      busy = false;
    }
  }

  async function go() {
    clearTimeout(timer);
    if (busy) return;
    const pause = isShown(view) && !document.hidden ? await lookNow() : HIDDEN_PAUSE;
    if (view.isConnected) timer = setTimeout(go, pause);
  }

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) go();
  });
  go();
  return go;
}
