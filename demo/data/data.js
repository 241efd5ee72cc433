// The Data tab: counts and averages, a grid to browse by digit, one digit augmented many times.

import { decodeBase64, finder, make, paintDigit, setText } from "../parts/dom.js";
import { count } from "../parts/numbers.js";
import { isShown, poll } from "../parts/polling.js";

const BYTES = 784; // of a digit
const UNSHOWN_PAUSE = 300; // ms between checks whether the tab was opened
const HOUR = 3_600_000; // ms

function digitCanvas(bytes, index, label) {
  const canvas = make("canvas", { role: "img", "aria-label": label });
  return paintDigit(canvas, bytes, BYTES * index);
}

function sourceText(set, { source, train, test }) {
  if (set === "strokes") {
    return `A sample of ${count(train)} digits, drawn here; a run draws as many as it is asked for`;
  }
  return `${source}: ${count(train)} digits to train with, ${count(test)} to test with`;
}

/**
 * @param {HTMLElement} element
 * @param {{ first: string }} props
 * @param {Record<string, (given: any) => Promise<any>>} server
 */
export function mount(element, props, server) {
  const find = finder(element);
  const all = (selector) => [...element.querySelectorAll(selector)];
  const state = { set: null, digit: null, page: 0, pages: 1, place: null };
  const asked = {}; // how often each call was made, by its name

  // Answers null where there is no answer, and where the same was asked again meanwhile.
  async function ask(name, given) {
    asked[name] = (asked[name] ?? 0) + 1;
    const mine = asked[name];
    try {
      const answer = await server[name](given);
      if (answer.problem) {
        setText(find(".source"), answer.problem);
        return null;
      }
      return mine === asked[name] ? answer : null;
    } catch {
      setText(find(".source"), "The server does not answer. Try again.");
      return null;
    }
  }

  function kind(averages, digit, number, most) {
    const bar = make("span", { class: "bar" });
    bar.style.setProperty("--share", number / most);
    const button = make(
      "button",
      { type: "button", "aria-pressed": "false" },
      digitCanvas(averages, digit, `The average ${digit}`),
      make("span", { class: "name" }, String(digit)),
      bar,
      make("span", { class: "count" }, count(number)),
    );
    button.addEventListener("click", () => {
      state.digit = state.digit === digit ? null : digit;
      state.page = 0;
      browse();
    });
    return make("li", {}, button);
  }

  async function choose(set) {
    Object.assign(state, { set, digit: null, page: 0, place: null });
    for (const button of all(".sets button")) {
      button.setAttribute("aria-pressed", String(button.dataset.set === set));
    }
    for (const list of [".kinds", ".grid", ".variants"]) find(list).replaceChildren();
    find(".body").hidden = true;
    setText(find(".source"), set === "strokes" ? "Drawing 7,000 digits …" : "Loading …");
    const overview = await ask("overview", set);
    if (!overview) return;
    setText(find(".source"), sourceText(set, overview));
    const averages = decodeBase64(overview.averages);
    const most = Math.max(...overview.counts);
    const kinds = overview.counts.map((number, digit) => kind(averages, digit, number, most));
    find(".kinds").replaceChildren(...kinds);
    find(".body").hidden = false;
    browse();
  }

  function cell(bytes, index, label, place) {
    const button = make(
      "button",
      { type: "button", title: `${label}, number ${place + 1}` },
      digitCanvas(bytes, index, `A ${label}`),
    );
    button.addEventListener("click", () => pick(place));
    button.dataset.place = place;
    return make("li", {}, button);
  }

  async function browse() {
    all(".kinds button").forEach((button, digit) => {
      button.setAttribute("aria-pressed", String(digit === state.digit));
    });
    const answer = await ask("grid", { set: state.set, digit: state.digit, page: state.page });
    if (!answer) return;
    state.pages = answer.pages;
    const bytes = decodeBase64(answer.images);
    const cells = answer.places.map((place, i) => cell(bytes, i, String(answer.labels[i]), place));
    find(".grid").replaceChildren(...cells);
    setText(find(".page"), `Page ${count(state.page + 1)} of ${count(answer.pages)}`);
    find(".before").disabled = state.page === 0;
    find(".after").disabled = state.page + 1 >= answer.pages;
    pick(answer.places[0]);
  }

  function turn(pages) {
    state.page = Math.min(state.pages - 1, Math.max(0, state.page + pages));
    browse();
  }

  async function pick(place) {
    state.place = place;
    for (const button of all(".grid button")) {
      button.classList.toggle("chosen", Number(button.dataset.place) === place);
    }
    const shift = Number(find(".shift").value);
    const rotation = Number(find(".rotation").value);
    setText(find(".shift-value"), String(shift));
    setText(find(".rotation-value"), String(rotation));
    if (place === undefined || place === null) return;
    find(".hint").hidden = true;
    const answer = await ask("variants", { set: state.set, place, shift, rotation });
    if (!answer) return;
    const bytes = decodeBase64(answer.images);
    const variants = Array.from({ length: bytes.length / BYTES }, (_, index) =>
      make("li", {}, digitCanvas(bytes, index, "The digit, changed")),
    );
    find(".variants").replaceChildren(...variants);
  }

  for (const button of all(".sets button")) {
    button.addEventListener("click", () => choose(button.dataset.set));
  }
  for (const slider of [".shift", ".rotation"]) {
    find(slider).addEventListener("input", () => pick(state.place));
  }
  find(".before").addEventListener("click", () => turn(-1));
  find(".after").addEventListener("click", () => turn(1));

  // Nothing is loaded until somebody opens the tab.
  poll(element, async () => {
    if (!state.set && isShown(element)) choose(props.first);
    return state.set ? HOUR : UNSHOWN_PAUSE;
  });
}
