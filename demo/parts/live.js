// Asks before a network reads everybody's drawings: with its figures beside those of the live one.

import { make } from "./dom.js";
import { percent } from "./numbers.js";

const REFLEX = 500; // ms in which a second click of the same hand confirms nothing

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
  const title = make("h2", { id: "live-title" }, `Make ${next.name} live?`);
  const yes = make("button", { value: "yes", class: "primary" }, "Make live");
  const dialog = make(
    "dialog",
    { class: "ask", "aria-labelledby": title.id },
    title,
    make("p", {}, "It then reads what everybody draws on this page."),
    make(
      "table",
      {},
      make("thead", {}, make("tr", {}, ...head)),
      make("tbody", {}, row("now", live), row("then", next)),
    ),
    make("p", { class: "worse" }, verdict(next, live)),
    make(
      "form",
      { method: "dialog" },
      make("button", { value: "no", autofocus: true }, "Cancel"),
      yes,
    ),
  );
  place.append(dialog);
  dialog.showModal();
  const opened = performance.now();
  yes.addEventListener("click", (event) => {
    if (performance.now() - opened < REFLEX) event.preventDefault();
  });
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
