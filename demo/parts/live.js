// Asks before a network reads everybody's drawings: with its figures beside those of the live one.

import { ask } from "./ask.js";
import { make } from "./dom.js";
import { percent } from "./numbers.js";

/**
 * @typedef {object} Network
 * @property {string} name
 * @property {number | null} accuracy on its test digits
 * @property {string} testedOn which digits those were
 */

function verdict(next, live) {
  if (next.testedOn !== live.testedOn) {
    return "They were tested on different digits: these figures do not say which is better.";
  }
  if (next.accuracy === null || live.accuracy === null || next.accuracy >= live.accuracy) return "";
  const [low, high] = [percent(next.accuracy), percent(live.accuracy)];
  return `${next.name} is worse: ${low} correct, against ${high} now.`;
}

/**
 * @param {HTMLElement} place in whose style sheet the dialog stands
 * @param {Network} next
 * @param {Network} live
 * @returns {Promise<boolean>} whether it is to be made live
 */
export function askToMakeLive(place, next, live) {
  const row = (title, { name, accuracy, testedOn }) =>
    make(
      "tr",
      {},
      make("th", { scope: "row" }, title),
      make("td", {}, name),
      make("td", {}, percent(accuracy)),
      make("td", {}, testedOn),
    );
  const head = ["", "network", "accuracy", "tested on"].map((text) =>
    text ? make("th", { scope: "col" }, text) : make("td"),
  );
  const table = make(
    "table",
    {},
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, row("now", live), row("then", next)),
  );
  const what = make("p", {}, "It then reads what everybody draws on this page.");
  const worse = make("p", { class: "worse" }, verdict(next, live));
  return ask(place, `Make ${next.name} live?`, [what, table, worse], "Make live");
}
