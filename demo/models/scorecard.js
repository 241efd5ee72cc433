// A version's scorecard under its row: figures part by part, each set of digits with its
// reliability diagram, and a button that has it measured.

import { make, setText } from "../parts/dom.js";
import { explained } from "../parts/explain.js";
import { reliability } from "./reliability.js";

function digitByDigit(shares) {
  const text = (share) => (share === null ? "–" : share === 1 ? "100" : (100 * share).toFixed(1));
  const heads = shares.map((_, digit) => make("th", { scope: "col" }, String(digit)));
  const cells = shares.map((share) => make("td", {}, text(share)));
  return make(
    "table",
    { class: "by-digit" },
    make("caption", { class: "away" }, "Accuracy by digit, in %"),
    make("tbody", {}, make("tr", {}, ...heads), make("tr", {}, ...cells)),
  );
}

function section({ title, rows, by_digit: shares, bins }, isFirst) {
  const lines = rows.map(([name, text, meaning]) =>
    make("tr", {}, make("th", { scope: "row" }, explained(name, meaning)), make("td", {}, text)),
  );
  const figures = make(
    "table",
    { class: "figures" },
    make("caption", {}, isFirst ? "Network" : title),
    make("tbody", {}, ...lines),
  );
  const left = make("div", {}, figures);
  if (shares) {
    const caption = make("p", { class: "small" }, "accuracy by digit, %");
    left.append(caption, digitByDigit(shares));
  }
  return make("section", {}, left, ...(bins ? [reliability(title, bins)] : []));
}

const day = (time) =>
  new Date(time).toLocaleDateString([], { day: "numeric", month: "long", year: "numeric" });

/**
 * @param {string} name of the version
 * @param {Record<string, (given: any) => Promise<any>>} server
 * @param {(action: () => Promise<any>, button: HTMLElement) => void} carryOut
 */
export function createScorecard(name, server, carryOut) {
  const measure = make("button", { type: "button" }, "Measure");
  const line = make("p", { class: "line", role: "status" });
  const sections = make("div", { class: "parts" });
  const head = make("div", { class: "head" }, line, measure);
  const root = make("div", { class: "scorecard" }, head, sections);
  let state = ""; // of the scorecard that is shown: only another one is sent
  measure.addEventListener("click", () => carryOut(() => server.measure(name), measure));

  return {
    root,
    async look() {
      const answer = await server.scorecard({ name, state });
      if (answer.problem) {
        setText(line, answer.problem);
        measure.hidden = true;
        return;
      }
      if (answer.state === state) return;
      state = answer.state;
      const isMeasuring = answer.at !== "";
      const when = answer.measured && `Measured on ${day(answer.measured)}`;
      const atRest = answer.problem_measuring || answer.how || when;
      setText(line, isMeasuring ? `Measuring … ${answer.at}` : atRest);
      line.classList.toggle("problem", !isMeasuring && answer.problem_measuring !== "");
      measure.hidden = isMeasuring;
      measure.disabled = answer.busy;
      setText(measure, answer.measured ? "Measure again" : "Measure");
      if (answer.measured) {
        sections.replaceChildren(...answer.parts.map((part, place) => section(part, place === 0)));
      }
    },
  };
}
