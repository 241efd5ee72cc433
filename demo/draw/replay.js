// Draws given strokes as a hand would, point by point; at once where motion is unwelcome.

import { curve } from "./curve.js";

const PACE = 1.2; // thousandths of the pad's side in a ms
const LIFT = 200; // ms between two strokes

/** @returns {boolean} whether the visitor wants nothing to move */
export const isStill = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/**
 * @param {import("./drawing.js").Stroke[]} strokes
 * @returns {{ point: import("./curve.js").Point, at: number, isFirst: boolean, isLast: boolean }[]}
 *   points of the painted curve, and the ms after which a hand would be there
 */
export function timed(strokes) {
  let at = 0;
  return strokes.map(curve).flatMap((points, i) =>
    points.map((point, j) => {
      const [x, y] = points[j - 1] ?? point;
      at += Math.hypot(point[0] - x, point[1] - y) / PACE + (i > 0 && j === 0 ? LIFT : 0);
      return { point, at, isFirst: j === 0, isLast: j === points.length - 1 };
    }),
  );
}

/**
 * @param {ReturnType<typeof import("./drawing.js").createDrawing>} drawing
 * @param {() => void} onEnd hears when all is drawn
 */
export function createReplay(drawing, onEnd) {
  let frame = 0;
  let left = []; // points still to draw

  function drawUntil(time) {
    while (left.length && left[0].at <= time) {
      const { point, isFirst, isLast } = left.shift();
      if (isFirst) drawing.begin(point);
      else drawing.extend([point]);
      if (isLast) drawing.end();
    }
    if (!left.length) onEnd();
  }

  function move(start) {
    drawUntil(performance.now() - start);
    if (left.length) frame = requestAnimationFrame(() => move(start));
  }

  function stop() {
    if (!left.length) return;
    cancelAnimationFrame(frame);
    left = [];
    drawing.end();
  }

  return {
    /** @param {import("./drawing.js").Stroke[]} strokes in place of what is on the pad */
    play(strokes) {
      stop();
      drawing.clear();
      left = timed(strokes);
      if (isStill()) drawUntil(Number.POSITIVE_INFINITY);
      else move(performance.now());
    },
    stop,
    get isRunning() {
      return left.length > 0;
    },
  };
}
