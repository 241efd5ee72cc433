// The test digits' result: accuracy beside that of the live network, confusion matrix, each digit, mistakes.

import { decodeBase64, finder, make, paintDigit, setText } from "../parts/dom.js";
import { explained } from "../parts/explain.js";
import { count, percent } from "../parts/numbers.js";

const SCORES = {
  precision: "Of the digits that it took for this one: the share that were.",
  recall: "Of the digits that are this one: the share that it found.",
  F1: "One number for both: their harmonic mean, which is low as soon as one of them is.",
  images: "",
};
const DARKEST = 50; // one mistake in so many digits is as dark as a cell gets

const CONTENT = `
  <h2 class="tested"></h2>
  <p class="against"></p>
  <div class="tables">
    <table class="confusion">
      <caption>Confusion matrix (rows: true digit, columns: prediction)</caption>
      <thead></thead><tbody></tbody>
    </table>
    <table class="scores">
      <caption>Digit by digit</caption>
      <thead><tr><th scope="col">digit</th></tr></thead>
      <tbody></tbody>
    </table>
  </div>
  <figure class="mistakes"><figcaption></figcaption><ol></ol></figure>`;

const bestText = ({ name, accuracy }) => `${name}, ${percent(accuracy)}`;

/** @param {HTMLElement} root an empty section, which it fills */
export function createResult(root) {
  root.innerHTML = CONTENT;
  const find = finder(root);
  let shown = null;
  let tested = null; // its result

  function confusionRow(row, digit) {
    const total = row.reduce((a, b) => a + b, 0) || 1;
    const line = make("tr", {}, make("th", { scope: "row" }, String(digit)));
    row.forEach((times, prediction) => {
      const isRight = prediction === digit;
      const title = `${digit} read as ${prediction}: ${count(times)} times`;
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
    find(".confusion thead").replaceChildren(make("tr", {}, make("td"), ...heads));
    find(".confusion tbody").replaceChildren(...rows.map(confusionRow));
  }

  function scores(digits) {
    const lines = digits.map(({ precision, recall, f1, images }, digit) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, String(digit)),
        ...[precision, recall, f1].map((score) => make("td", {}, percent(score))),
        make("td", {}, count(images)),
      ),
    );
    find(".scores tbody").replaceChildren(...lines);
  }

  function mistakes(list, wrong) {
    const caption = list.length
      ? `Most confident mistakes (${count(list.length)} of ${count(wrong)})`
      : "No mistakes";
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

  for (const [word, meaning] of Object.entries(SCORES)) {
    const head = make("th", { scope: "col" }, explained(word, meaning));
    find(".scores thead tr").append(head);
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
     * @param {any} answer of the server's `result`
     */
    show(name, answer) {
      root.hidden = false;
      shown = name;
      tested = answer;
      const accuracy = percent(answer.accuracy);
      setText(find(".tested"), `${accuracy} of ${count(answer.images)} test digits correct`);
      confusion(answer.confusion);
      scores(answer.digits);
      mistakes(answer.mistakes, answer.images - answer.correct);
    },
    /**
     * @param {any} run the run of that result
     * @param {any} live the network that everybody's drawings are read by
     */
    compare(run, live) {
      const [low, high] = tested.interval;
      const { best } = tested;
      const isBest = best?.name === run.name;
      const now = [live.version, percent(live.accuracy), live.tested_on && `on ${live.tested_on}`];
      setText(
        find(".against"),
        `95% interval ${percent(low)} to ${percent(high)}; ` +
          `learned from ${count(tested.trained_on)} images (${tested.source}). ` +
          (best ? `Best run on the same digits: ${isBest ? "this one" : bestText(best)}. ` : "") +
          (live.version === run.name
            ? "This network is live."
            : `Live: ${now.filter(Boolean).join(", ")}.`),
      );
    },
  };
}
