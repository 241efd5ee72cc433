// The table of runs: filtered, sorted, some of them picked, with a scorecard opened under a row.
// Rows stay the same elements.

import { make, setText } from "../parts/dom.js";
import { duration, percent } from "../parts/numbers.js";
import { STATUS } from "../parts/page.js";

function cell(row, className = "") {
  const made = make("td", { class: className });
  row.append(made);
  return made;
}

function startedText(created) {
  if (!created) return "";
  return new Date(1000 * created).toLocaleString([], {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hour12: false,
  });
}

function statusText({ inUse, damage, status }) {
  if (inUse) return "in use";
  return damage ? `damaged: ${damage}` : (STATUS[status] ?? status);
}

/**
 * The newer run first where two are equal; the app's own network always last.
 *
 * @param {any[]} runs each with `isRun` and `id`
 * @param {{ key: string, down: boolean }} order missing values count as the lowest
 * @returns {any[]} a sorted copy
 */
export function sorted(runs, { key, down }) {
  const sign = down ? -1 : 1;
  const value = (run) => run[key] ?? -Infinity;
  const compare = (a, b) => {
    if (a.isRun !== b.isRun) return a.isRun ? -1 : 1;
    if (value(a) < value(b)) return -sign;
    return value(a) > value(b) ? sign : b.id - a.id;
  };
  return [...runs].sort(compare);
}

/**
 * @param {HTMLElement} root the table
 * @param {object} parts
 * @param {(run: any) => { button: HTMLElement, offered: (run: any) => boolean }[]} parts.actions
 *     buttons of a row
 * @param {(name: string) => { root: Element, look: () => Promise<void> }} parts.scorecard
 * @param {(names: string[]) => void} parts.onPick
 */
export function createTable(root, { actions, scorecard, onPick }) {
  const body = root.querySelector("tbody");
  const heads = [...root.querySelectorAll("thead button")].map(
    (button) => /** @type {HTMLElement} */ (button),
  );
  const rows = new Map();
  const picked = new Set();
  let order = { key: "id", down: true };
  let words = "";
  let latest = [];

  function build(run) {
    const row = make("tr");
    const parts = { row, more: null, card: null };
    const box = make("input", { type: "checkbox", "aria-label": `Compare ${run.name}` });
    box.addEventListener("change", () => {
      if (box.checked) picked.add(run.name);
      else picked.delete(run.name);
      onPick([...picked]);
    });
    const pick = cell(row, "pick");
    if (run.isRun) pick.append(make("label", {}, box));
    parts.name = make("th", { scope: "row" });
    row.append(parts.name);
    parts.status = cell(row, "state");
    parts.accuracy = cell(row, "number");
    parts.seconds = cell(row, "number");
    parts.started = cell(row);
    parts.settings = cell(row, "settings");
    parts.opener = opener(run, parts);
    parts.buttons = actions(run);
    parts.buttons.splice(2, 0, {
      button: parts.opener,
      offered: ({ learned, damage }) => learned && !damage,
    });
    cell(row, "actions").append(...parts.buttons.map(({ button }) => button));
    return parts;
  }

  function opener(run, parts) {
    const button = make("button", { type: "button", "aria-expanded": "false" }, "Scorecard");
    button.addEventListener("click", () => {
      if (parts.more) {
        parts.more.remove();
        parts.more = parts.card = null;
      } else {
        parts.card = scorecard(run.name);
        parts.more = make("tr", { class: "more" }, make("td", { colSpan: 8 }, parts.card.root));
        parts.row.after(parts.more);
        parts.card.look();
      }
      button.setAttribute("aria-expanded", String(parts.more !== null));
    });
    return button;
  }

  function paint(run) {
    if (!rows.has(run.name)) rows.set(run.name, build(run));
    const parts = rows.get(run.name);
    parts.row.classList.toggle("in-use", run.inUse);
    setText(parts.name, run.name);
    setText(parts.status, statusText(run));
    parts.status.title = run.reason;
    setText(parts.accuracy, percent(run.accuracy));
    setText(parts.seconds, duration(run.seconds));
    setText(parts.started, startedText(run.created));
    setText(parts.settings, run.words);
    for (const { button, offered } of parts.buttons) button.hidden = !offered(run);
    parts.row.hidden = !run.text.includes(words);
    if (parts.more) parts.more.hidden = parts.row.hidden || parts.opener.hidden;
  }

  function removeGone(names) {
    for (const [name, { row, more }] of rows) {
      if (names.has(name)) continue;
      row.remove();
      more?.remove();
      rows.delete(name);
      if (picked.delete(name)) onPick([...picked]);
    }
  }

  function show(runs) {
    latest = runs;
    removeGone(new Set(runs.map(({ name }) => name)));
    runs.forEach(paint);
    const lines = sorted(runs, order).flatMap(({ name }) => {
      const { row, more } = rows.get(name);
      return more ? [row, more] : [row];
    });
    lines.forEach((line, place) => {
      if (body.children[place] !== line) body.insertBefore(line, body.children[place] ?? null);
    });
    for (const button of heads) {
      const direction = order.down ? "descending" : "ascending";
      const isKey = button.dataset.key === order.key;
      button.parentElement.setAttribute("aria-sort", isKey ? direction : "none");
    }
  }

  for (const button of heads) {
    button.addEventListener("click", () => {
      const { key } = button.dataset;
      order = { key, down: order.key === key ? !order.down : true };
      show(latest);
    });
  }

  return {
    show,
    /** Scorecards that are open and in sight. */
    opened: () =>
      [...rows.values()].filter(({ more }) => more && !more.hidden).map(({ card }) => card),
    /** @param {string} text only rows that contain it are shown */
    filter(text) {
      words = text.trim().toLowerCase();
      show(latest);
    },
  };
}
