// The test digits' result: accuracy beside that in use, confusion matrix, each digit, mistakes.

import { decodeBase64, finder, make, paintDigit, setText } from "../parts/dom.js";
import { count, percent } from "../parts/numbers.js";

const DARKEST = 50; // one mistake in so many digits is as dark as a cell gets

/** @param {HTMLElement} root */
export function createResult(root) {
  const find = finder(root);
  let shown = null;

  function confusionRow(row, digit) {
    const total = row.reduce((a, b) => a + b, 0) || 1;
    const line = make("tr", {}, make("th", { scope: "row" }, String(digit)));
    row.forEach((times, prediction) => {
      const isRight = prediction === digit;
      const title = `${times} times a ${digit} was read as ${prediction}`;
      const cell = make("td", { title }, times ? String(times) : "");
      cell.classList.toggle("right", isRight);
      cell.style.setProperty(
        "--share",
        isRight ? times / total : Math.min(1, (DARKEST * times) / total),
      );
      line.append(cell);
    });
    return line;
  }

  function confusion(rows) {
    const heads = rows.map((_, digit) => make("th", { scope: "col" }, String(digit)));
    const corner = make("th", { scope: "col" }, "");
    find(".confusion thead").replaceChildren(make("tr", {}, corner, ...heads));
    find(".confusion tbody").replaceChildren(...rows.map(confusionRow));
  }

  function digits(scores) {
    const lines = scores.map(({ precision, recall, f1, images }, digit) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, String(digit)),
        ...[precision, recall, f1].map((score) => make("td", {}, percent(score))),
        make("td", {}, count(images)),
      ),
    );
    find(".digits tbody").replaceChildren(...lines);
  }

  function mistakes(list, wrong) {
    const caption = list.length
      ? `The worst of ${count(wrong)} mistakes: those it was surest of`
      : "Not one mistake";
    setText(find(".mistakes figcaption"), caption);
    const items = list.map(({ image, digit, guess, sure }) => {
      const canvas = make("canvas", { role: "img", "aria-label": `A ${digit}` });
      return make(
        "li",
        {},
        paintDigit(canvas, decodeBase64(image)),
        make("span", {}, `${digit} read as ${guess}`),
        make("span", { class: "quiet" }, percent(Math.min(sure, 0.999), 1)),
      );
    });
    find(".mistakes ol").replaceChildren(...items);
  }

  function comparison(name, inUse) {
    if (inUse.version === name) return "It is the network in use.";
    const accuracy = inUse.accuracy ? `, ${percent(inUse.accuracy)}` : "";
    return `In use: ${inUse.version}${accuracy}.`;
  }

  return {
    /** Name of the run whose result is shown. */
    get of() {
      return shown;
    },
    hide() {
      shown = null;
      root.hidden = true;
    },
    /**
     * @param {string} name of the run
     * @param {any} result as the server's `result` answers
     * @param {{ version: string, accuracy: number | null }} inUse the network in use
     */
    show(name, result, inUse) {
      root.hidden = false;
      const [low, high] = result.interval;
      setText(
        find(".against"),
        `95 % interval ${percent(low)} to ${percent(high)}; ` +
          `learned from ${count(result.trained_on)} images of ${result.source}. ` +
          comparison(name, inUse),
      );
      if (shown === name) return;
      shown = name;
      const accuracy = percent(result.accuracy);
      setText(find(".tested"), `${accuracy} of ${count(result.images)} test digits read right`);
      confusion(result.confusion);
      digits(result.digits);
      mistakes(result.mistakes, result.images - result.correct);
    },
  };
}
