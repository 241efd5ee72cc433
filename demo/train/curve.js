// A run's curves: the points of its chart, never more of them than a chart has pixels for.

export const MAX_POINTS = 1_500;
const WINDOWS = 40; // a smoothed line's window is so many times shorter than the run

/**
 * Drops every second point of the older half, once there are too many.
 *
 * @template T
 * @param {T[]} points oldest first
 * @param {number} [most]
 * @returns {T[]}
 */
export function thinned(points, most = MAX_POINTS) {
  if (points.length <= most) return points;
  return points.filter((_, i) => i % 2 === 0 || i > most / 2);
}

/**
 * The mean of each point's neighbours. Towards the start the window narrows on both sides, as values
 * fall steeply there; at the end it keeps its older half, so that the line's tip is calm.
 *
 * @param {[number, number][]} points [x, y]
 * @returns {[number, number][]}
 */
export function smoothed(points) {
  const reach = Math.max(2, Math.round(points.length / WINDOWS));
  const sums = [0];
  for (const [, y] of points) sums.push(sums[sums.length - 1] + y);
  return points.map(([x], i) => {
    const near = Math.min(reach, i);
    const [from, to] = [i - near, Math.min(points.length, i + near + 1)];
    return [x, (sums[to] - sums[from]) / (to - from)];
  });
}

/**
 * Training and validation over the epochs, as lines of a chart.
 *
 * @param {any[][]} points batches: [number, epoch, loss, accuracy]
 * @param {any[]} epochs finished ones
 * @param {2 | 3} column of `points`: loss or accuracy
 * @param {string} validation key of an epoch's validation value, null where nothing is held out
 * @returns {import("../parts/chart.js").Series[]}
 */
export function curve(points, epochs, column, validation) {
  /** @type {[number, number][]} */
  const batches = points.map((point) => [point[1], point[column]]);
  const hue = "--color-accent";
  return [
    { label: "batches", hue, width: 1, alpha: 0.35, points: batches },
    { label: "training, smoothed", hue, points: smoothed(batches) },
    {
      label: "validation",
      hue: "--second",
      dots: true,
      width: 0,
      points: epochs
        .filter((epoch) => epoch[validation] !== null)
        .map((epoch) => [epoch.epoch, epoch[validation]]),
    },
  ];
}
