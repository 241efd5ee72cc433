// A reliability diagram: accuracy over confidence, bin by bin, as SVG.

import { count, percent } from "../parts/numbers.js";

const SVG = "http://www.w3.org/2000/svg";
const [LEFT, TOP, SIDE] = [34, 8, 150]; // of the square, in the drawing's units

function shape(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.append(...children);
  return made;
}

const x = (share) => LEFT + SIDE * share;
const y = (share) => TOP + SIDE * (1 - share);

const grid = (share) => [
  shape("line", { class: "grid", x1: x(0), x2: x(1), y1: y(share), y2: y(share) }),
  shape("text", { x: LEFT - 6, y: y(share) + 4, "text-anchor": "end" }, String(100 * share)),
  shape("text", { x: x(share), y: y(0) + 16, "text-anchor": "middle" }, String(100 * share)),
];

const axes = () => [
  shape("text", { x: x(0.5), y: 198, "text-anchor": "middle" }, "confidence, %"),
  shape(
    "text",
    { x: 0, y: 0, "text-anchor": "middle", transform: `translate(9 ${y(0.5)}) rotate(-90)` },
    "accuracy, %",
  ),
];

const gap = ({ confidence, accuracy }) =>
  shape("line", {
    class: "off",
    x1: x(confidence),
    x2: x(confidence),
    y1: y(confidence),
    y2: y(accuracy),
  });

const words = ({ images, confidence, accuracy }) =>
  `${count(images)} readings of ${percent(confidence, 0)} confidence, ${percent(accuracy, 0)} right`;

/**
 * Dots lie on the diagonal where readings are right as often as they are confident; they are as
 * large as their bins are full.
 *
 * @param {string} title
 * @param {{ images: number, confidence: number, accuracy: number }[]} bins
 * @returns {Element}
 */
export function reliability(title, bins) {
  const most = Math.max(...bins.map(({ images }) => images));
  const dot = (bin) => {
    const radius = 2 + 4 * Math.sqrt(bin.images / most);
    const place = { cx: x(bin.confidence), cy: y(bin.accuracy), r: radius };
    return shape("circle", place, shape("title", {}, words(bin)));
  };
  return shape(
    "svg",
    {
      viewBox: "0 0 196 202",
      class: "reliability",
      role: "img",
      "aria-label": `${title}: ${bins.map(words).join("; ")}`,
    },
    ...[0, 0.5, 1].flatMap(grid),
    shape("line", { class: "even", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    ...bins.map(gap),
    ...bins.map(dot),
    ...axes(),
  );
}
