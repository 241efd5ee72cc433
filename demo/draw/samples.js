// Sample digits as small pictures: a click has one drawn on the pad.

import { make } from "../parts/dom.js";
import { pieces } from "./curve.js";

const NAMESPACE = "http://www.w3.org/2000/svg";

function pathOf(stroke) {
  const curves = pieces(stroke).map(({ control, end }) => `Q${control} ${end}`);
  return `M${stroke[0]}${curves.join("")}L${stroke[stroke.length - 1]}`;
}

function picture(strokes) {
  const svg = document.createElementNS(NAMESPACE, "svg");
  svg.setAttribute("viewBox", "150 150 700 700");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(NAMESPACE, "path");
  path.setAttribute("d", strokes.map(pathOf).join(""));
  svg.append(path);
  return svg;
}

/**
 * @param {Element} place
 * @param {import("./drawing.js").Stroke[][]} samples of 0, 1, ... 9
 * @param {(strokes: import("./drawing.js").Stroke[]) => void} onPick
 */
export function showSamples(place, samples, onPick) {
  const buttons = samples.map((strokes, digit) => {
    const label = `Draw a sample ${digit}`;
    const button = make("button", { type: "button", "aria-label": label }, picture(strokes));
    button.addEventListener("click", () => onPick(strokes));
    return button;
  });
  place.replaceChildren(...buttons);
}
