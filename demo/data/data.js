// The Data tab: counts and averages, a grid to browse by digit, one digit augmented many times.

import { finder, make, setText } from "../parts/dom.js";
import { count } from "../parts/numbers.js";
import { LOST, readOnPad } from "../parts/page.js";
import { isShown, poll } from "../parts/polling.js";
import { blankCell, cellOf, loadStrip, onPaper, paint } from "./strip.js";

const PAGE_SIZE = 100;
const VARIANTS = 24;
const COLUMNS = 10;
const UNSHOWN_PAUSE = 300; // ms between checks whether the tab was opened
const GROWING_PAUSE = 700; // ms between looks at a set that is still being drawn
const LOST_PAUSE = 2_000; // ms until a lost server is asked again
const HOUR = 3_600_000; // ms
const STEPS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -COLUMNS, ArrowDown: COLUMNS };

const named = (digit) => (digit === 8 ? "An 8" : `A ${digit}`);

function sourceText(set, { source, train, test, more }) {
  if (set === "mnist") {
    return `${source}: ${count(train)} digits for training, ${count(test)} for testing.`;
  }
  return more
    ? `Synthetic digits, generated on this machine: ${count(train)} so far …`
    : `A sample of ${count(train)} synthetic digits, generated on this machine.`;
}

/**
 * @param {HTMLElement} element
 * @param {{ first: string }} props
 * @param {Record<string, (given: any) => Promise<any>>} server
 */
export function mount(element, props, server) {
  const find = finder(element);
  const all = (selector) => [...element.querySelectorAll(selector)];
  const state = {
    set: null,
    digit: null,
    page: 0,
    pages: 1,
    chosen: null,
    isGrowing: false,
    isLost: false,
  };
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
      setText(find(".source"), LOST);
      state.isLost = true;
      return null;
    }
  }

  function kind(image, digit, number, most) {
    const bar = make("span", { class: "bar" });
    bar.style.setProperty("--share", number / most);
    const button = make(
      "button",
      { type: "button", "aria-pressed": String(digit === state.digit) },
      cellOf(image, digit, `The average ${digit}`),
      make("span", { class: "name" }, String(digit)),
      bar,
      make("span", { class: "count" }, count(number)),
    );
    button.addEventListener("click", () => {
      state.digit = state.digit === digit ? null : digit;
      turn(0);
    });
    return make("li", {}, button);
  }

  async function showOverview() {
    const { set } = state;
    const overview = await ask("overview", set);
    if (!overview || set !== state.set) return;
    const image = await loadStrip(overview.averages);
    const most = Math.max(...overview.counts);
    const kinds = overview.counts.map((number, digit) => kind(image, digit, number, most));
    find(".kinds").replaceChildren(...kinds);
    setText(find(".source"), sourceText(set, overview));
    const wasGrowing = state.isGrowing;
    state.isGrowing = overview.more;
    if (wasGrowing && !overview.more) showPages(await ask("grid", where()));
  }

  const where = () => ({ set: state.set, digit: state.digit, page: state.page });

  function choose(set) {
    Object.assign(state, { set, digit: null, chosen: null, isGrowing: false, isLost: false });
    for (const button of all(".sets button")) {
      button.setAttribute("aria-pressed", String(button.dataset.set === set));
    }
    setText(find(".source"), "Loading …");
    const blank = (length) => Array.from({ length }, () => make("li", {}, blankCell()));
    find(".kinds").replaceChildren(...blank(10));
    find(".grid").replaceChildren(...blank(PAGE_SIZE));
    find(".variants").replaceChildren(...blank(VARIANTS));
    find(".to-pad").disabled = true;
    return Promise.all([showOverview(), turn(0)]);
  }

  function cell(image, index, label, place) {
    const canvas = cellOf(image, index, named(label));
    const title = `${label}, number ${count(place + 1)}`;
    const button = make("button", { type: "button", title }, canvas);
    const chosen = { button, canvas, label, place };
    button.addEventListener("click", () => pick(chosen));
    return chosen;
  }

  function showPages(answer) {
    if (!answer) return;
    state.pages = answer.pages;
    find(".page").max = String(answer.pages);
    setText(find(".last-page"), count(answer.pages));
    for (const name of [".first", ".before"]) find(name).disabled = state.page === 0;
    for (const name of [".after", ".last"]) find(name).disabled = state.page + 1 >= answer.pages;
  }

  async function turn(page) {
    state.page = Math.min(state.pages - 1, Math.max(0, page)) || 0;
    find(".page").value = String(state.page + 1); // at once: the next number may be typed soon
    all(".kinds button").forEach((button, digit) => {
      button.setAttribute("aria-pressed", String(digit === state.digit));
    });
    const answer = await ask("grid", where());
    if (!answer) return;
    const image = answer.images && (await loadStrip(answer.images));
    const cells = answer.places.map((place, i) => cell(image, i, answer.labels[i], place));
    find(".grid").replaceChildren(...cells.map(({ button }) => make("li", {}, button)));
    showPages(answer);
    if (cells.length) pick(cells[0]);
  }

  function pick(chosen) {
    state.chosen = chosen;
    for (const button of all(".grid button")) {
      button.setAttribute("aria-pressed", String(button === chosen.button));
      button.tabIndex = button === chosen.button ? 0 : -1;
    }
    paint(find(".chosen-digit canvas"), chosen.canvas, 0);
    find(".chosen-digit canvas").setAttribute("aria-label", `The chosen ${chosen.label}`);
    setText(find(".which"), `${named(chosen.label)}, number ${count(chosen.place + 1)} of the set`);
    find(".to-pad").disabled = false;
    augment();
  }

  async function augment() {
    const shift = Number(find(".shift").value);
    const rotation = Number(find(".rotation").value);
    setText(find(".shift-value"), String(shift));
    setText(find(".rotation-value"), String(rotation));
    if (!state.chosen) return;
    const { place } = state.chosen;
    const answer = await ask("variants", { set: state.set, place, shift, rotation });
    if (!answer) return;
    const image = await loadStrip(answer.images);
    const variant = (_, index) => make("li", {}, cellOf(image, index, "The digit, augmented"));
    find(".variants").replaceChildren(...Array.from({ length: VARIANTS }, variant));
  }

  for (const button of all(".sets button")) {
    button.addEventListener("click", () => choose(button.dataset.set));
  }
  for (const slider of [".shift", ".rotation"]) find(slider).addEventListener("input", augment);
  const press = (selector, page) => {
    const button = find(selector);
    button.addEventListener("click", async () => {
      await turn(page());
      // A button that was disabled by its press gives the focus to the page's number.
      if (button.disabled && document.activeElement === document.body) find(".page").focus();
    });
  };
  press(".first", () => 0);
  press(".before", () => state.page - 1);
  press(".after", () => state.page + 1);
  press(".last", () => state.pages - 1);
  find(".page").addEventListener("change", ({ target }) => turn(Math.round(target.value) - 1));
  find(".grid").addEventListener("keydown", (event) => {
    const buttons = all(".grid button");
    const next = buttons[buttons.indexOf(event.target) + STEPS[event.key]];
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
  find(".to-pad").addEventListener("click", async () => {
    readOnPad(await onPaper(state.chosen.canvas));
  });

  // Nothing is loaded until somebody opens the tab.
  poll(element, async () => {
    if (!isShown(element)) return UNSHOWN_PAUSE;
    if (!state.set || state.isLost) await choose(state.set ?? props.first);
    else if (state.isGrowing) await showOverview();
    if (state.isLost) return LOST_PAUSE;
    return state.isGrowing ? GROWING_PAUSE : HOUR;
  });
}
