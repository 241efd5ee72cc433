// The curve through a stroke's points: painted on the paper, and read by the network as painted.

const TOLERANCE = 1.5; // thousandths of the pad's side between the curve and the lines sent for it
const MAX_PIECES = 8; // lines for one piece of the curve

/** @typedef {[number, number]} Point */
/** @typedef {{ control: Point, end: Point }} Piece of a curve, from where the last one ended */

const middle = ([x, y], [otherX, otherY]) =>
  /** @type {Point} */ ([(x + otherX) / 2, (y + otherY) / 2]);
const rounded = ([x, y]) =>
  /** @type {Point} */ ([Math.round(10 * x) / 10, Math.round(10 * y) / 10]);

/**
 * Quadratic curves through the middles of neighbouring points: no corners where the pen was fast.
 *
 * @param {Point[]} points of a stroke
 * @returns {Piece[]} without the line to the last point
 */
export const pieces = (points) =>
  points.slice(1, -1).map((control, i) => ({ control, end: middle(control, points[i + 2]) }));

// A quadratic strays from its chord by |start - 2 control + end| / 4, by a quarter of it for halves.
function flattened([x, y], { control: [controlX, controlY], end: [endX, endY] }) {
  const bend = Math.hypot(x - 2 * controlX + endX, y - 2 * controlY + endY) / 4;
  const count = Math.min(MAX_PIECES, Math.max(1, Math.ceil(Math.sqrt(bend / TOLERANCE))));
  return Array.from({ length: count }, (_, i) => {
    const t = (i + 1) / count;
    const [start, towards, end] = [(1 - t) ** 2, 2 * t * (1 - t), t ** 2];
    return rounded([
      start * x + towards * controlX + end * endX,
      start * y + towards * controlY + end * endY,
    ]);
  });
}

/**
 * @param {Point[]} points of a stroke
 * @returns {Point[]} the painted curve as a line of few points; no more where the pen was slow
 */
export function curve(points) {
  if (points.length < 3) return points;
  const line = [points[0]];
  let start = points[0];
  for (const piece of pieces(points)) {
    line.push(...flattened(start, piece));
    start = piece.end;
  }
  line.push(points[points.length - 1]);
  return line;
}
