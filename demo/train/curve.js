// A run's curves: the points of its chart, never more of them than a chart has pixels for.

export const MAX_POINTS = 1_500;

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
 * Training and validation over the epochs, as lines of a chart.
 *
 * @param {any[][]} points batches: [number, epoch, loss, accuracy]
 * @param {any[]} epochs finished ones; `partial` where the run ended in the middle of one
 * @param {2 | 3} column of `points`: loss or accuracy
 * @param {string} training key of an epoch's training value
 * @param {string} validation key of an epoch's validation value, null where nothing is held out
 * @returns {import("../parts/chart.js").Series[]}
 */
export function curve(points, epochs, column, training, validation) {
  const trained = new Map(points.map((point) => [point[1], point[column]]));
  for (const epoch of epochs) if (!epoch.partial) trained.set(epoch.epoch, epoch[training]);
  return [
    {
      label: "training",
      hue: "--color-accent",
      points: [...trained].sort((a, b) => a[0] - b[0]),
    },
    {
      label: "validation",
      hue: "--second",
      dots: true,
      points: epochs
        .filter((epoch) => epoch[validation] !== null)
        .map((epoch) => [epoch.epoch, epoch[validation]]),
    },
  ];
}
