// The Models tab: the table of runs, the page of one of them, some of them compared.

import { finder, keepFocus, setText } from "../parts/dom.js";
import { percent } from "../parts/numbers.js";
import { LOST } from "../parts/page.js";
import { poll } from "../parts/polling.js";
import { createActions } from "./actions.js";
import { createCompare } from "./compare.js";
import { createDetails } from "./details.js";
import { merged, rowsOf } from "./listing.js";
import { createMenu } from "./menu.js";
import { createTable } from "./table.js";

const PAUSE = 1_000; // ms between looks
const MAX_COMPARED = 8; // as on the server

/**
 * @param {HTMLElement} element
 * @param {object} _props
 * @param {Record<string, (given: any) => Promise<any>>} server
 */
export function mount(element, _props, server) {
  const find = finder(element);
  const root = find(".models");
  const all = find(".all");
  const compare = createCompare(find(".compare"));
  const menu = createMenu(find(".menu"));
  const actions = createActions(root, server);
  const details = createDetails(find(".details"), { server, actionsOf, carryOut });
  let picked = [];
  let state = null; // of the listing that is shown: only another one is sent
  let listing = null;
  let rows = [];
  let wasLost = false;

  const say = (sentence) => setText(find(".problem"), sentence ?? "");
  const rowOf = (name) => rows.find((row) => row.name === name);
  const live = () => rows.find((row) => row.isLive) ?? listing.in_use;

  function actionsOf(run) {
    return actions.of(run, live(), listing.may);
  }

  async function carryOut(action, button) {
    button.setAttribute("aria-disabled", "true");
    try {
      say((await action()).problem);
    } catch {
      say(LOST);
    }
    button.removeAttribute("aria-disabled");
    await lookAgain();
    keepFocus(button, all.hidden ? find(".details h2") : find(".using"));
  }

  function showAll() {
    const was = details.name;
    details.hide();
    compare.hide();
    all.hidden = false;
    if (was) table.focus(was);
    else find(".compare-them").focus();
  }

  function openRun(name) {
    say("");
    all.hidden = true;
    details.open(rowOf(name));
    lookAgain();
  }

  const table = createTable(find(".list"), {
    onOpen: openRun,
    onMenu(name, button) {
      const run = rowOf(name);
      const items = actionsOf(run)
        .filter(({ can }) => can)
        .map(({ label, title, act }) => ({ label, title, onPress: () => carryOut(act, button) }));
      menu.open(button, [{ label: "Open", onPress: () => openRun(name) }, ...items]);
    },
    onPick(names) {
      picked = names;
      const isMany = picked.length > MAX_COMPARED;
      const more = picked.length < 2 ? ": pick another to compare" : "";
      const fewer = isMany ? `: compare ${MAX_COMPARED} at most` : more;
      find(".picked").hidden = picked.length === 0;
      const noun = picked.length === 1 ? "run" : "runs";
      setText(find(".picked span"), `${picked.length} ${noun} picked${fewer}`);
      find(".compare-them").disabled = picked.length < 2 || isMany;
    },
  });

  function paint() {
    rows = rowsOf(listing);
    table.show(rows);
    showMatches();
    find(".nothing").hidden = listing.runs.length > 0;
    root.classList.toggle("of-a-visitor", !listing.may.manage);
    const { name, accuracy } = { name: listing.in_use.version, ...live() };
    setText(find(".using"), `Live: ${name}${accuracy ? `, ${percent(accuracy)}` : ""}`);
    const back = find(".roll-back");
    back.hidden = !listing.may.manage;
    back.disabled = listing.before === null;
    back.title = listing.before === null ? "" : `Makes ${listing.before} live again`;
    if (!details.name) return;
    const run = rowOf(details.name);
    if (run) details.show(run);
    else showAll(); // it was deleted
  }

  function showMatches() {
    const words = find(".filter input").value.trim();
    setText(find(".no-match"), table.matching().length ? "" : `No match for “${words}”.`);
  }

  async function showComparison() {
    const compared = await server.compare(picked);
    if (compared.problem) say(compared.problem);
    else if (all.hidden && !details.name) compare.show(compared.runs);
  }

  async function look() {
    const answer = await server.runs(state);
    if (answer.problem) {
      say(answer.problem);
      return PAUSE;
    }
    listing = merged(listing, answer);
    state = answer.state;
    paint();
    const run = rowOf(details.name);
    if (run) await details.look(run, listing.in_use);
    else if (all.hidden) await showComparison();
    return PAUSE;
  }

  find(".filter input").addEventListener("input", ({ target }) => {
    table.filter(target.value);
    showMatches();
  });
  find(".compare-them").addEventListener("click", () => {
    say("");
    all.hidden = true;
    compare.open();
    showComparison();
  });
  find(".pick-none").addEventListener("click", () => table.pickNone());
  for (const back of element.querySelectorAll(".back")) back.addEventListener("click", showAll);
  const back = find(".roll-back");
  back.addEventListener("click", () =>
    carryOut(() => actions.rollBack(rowOf(listing.before), live()), back),
  );
  const lookAgain = poll(element, look, (isLost) => {
    if (isLost || wasLost) say(isLost ? LOST : "");
    wasLost = isLost;
  });
}
