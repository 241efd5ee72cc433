// Keeps each live answer on the page for a moment: a digit that flickers cannot be read.

const HOLD = 150; // ms

/**
 * @template Answer
 * @param {(answer: Answer) => void} show
 * @param {(answer: Answer) => string} face what must not flicker; the rest may change at once
 */
export function createCalm(show, face) {
  let shown = ""; // face of what is shown
  let changedAt = -Infinity;
  let timer = 0;

  function put(answer) {
    clearTimeout(timer);
    if (face(answer) !== shown) changedAt = performance.now();
    shown = face(answer);
    show(answer);
  }

  return {
    /**
     * @param {Answer} answer
     * @param {boolean} isLive whether the next one may come soon; otherwise it is shown at once
     */
    take(answer, isLive) {
      clearTimeout(timer);
      const left = HOLD - (performance.now() - changedAt);
      if (!isLive || left <= 0 || face(answer) === shown) put(answer);
      else timer = setTimeout(put, left, answer);
    },
    /** Forgets an answer that has not been shown. */
    drop() {
      clearTimeout(timer);
    },
  };
}
