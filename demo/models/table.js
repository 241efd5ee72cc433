// The table of runs: filtered, sorted, some of them picked to be compared. Rows stay the same elements.

import { make, setText } from "../parts/dom.js";
import { duration, percent } from "../parts/numbers.js";

function cell(row, className = "") {
  const made = make("td", { class: className });
  row.append(made);
  return made;
}

/**
 * @param {number | null} started seconds since 1970
 * @returns {string} in the reader's own time; empty where it has not started
 */
export function startedText(started) {
  if (!started) return "";
  return new Date(1000 * started).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
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
 * @param {(name: string) => void} parts.onOpen shows a run
 * @param {(name: string, button: HTMLElement) => void} parts.onMenu opens a run's menu
 * @param {(names: string[]) => void} parts.onPick hears which runs are picked
 */
export function createTable(root, { onOpen, onMenu, onPick }) {
  const body = root.querySelector("tbody");
  const heads = [...root.querySelectorAll("thead button")].map(
    (button) => /** @type {HTMLElement} */ (button),
  );
  const rows = new Map();
  const picked = new Set();
  let order = { key: "id", down: true };
  let words = "";
  let latest = [];

  function build({ name, isRun }) {
    const row = make("tr");
    row.addEventListener("click", ({ target }) => {
      if (!target.closest("button, label")) onOpen(name); // the whole row is a large target
    });
    const box = make("input", { type: "checkbox", "aria-label": `Compare ${name}` });
    box.addEventListener("change", () => {
      if (box.checked) picked.add(name);
      else picked.delete(name);
      onPick([...picked]);
    });
    const pick = cell(row, "pick");
    if (isRun) pick.append(make("label", {}, box));
    const open = make("button", { type: "button", class: "open" }, name);
    open.addEventListener("click", () => onOpen(name));
    row.append(make("th", { scope: "row" }, open));
    const parts = {
      row,
      box,
      open,
      status: cell(row, "state"),
      accuracy: cell(row, "number accuracy"),
      seconds: cell(row, "number seconds"),
      started: cell(row, "started"),
      settings: cell(row, "settings"),
    };
    const more = make("button", { type: "button", class: "more", title: "Actions" }, "⋯");
    more.setAttribute("aria-label", `Actions of ${name}`);
    more.setAttribute("aria-haspopup", "true");
    more.addEventListener("click", () => onMenu(name, more));
    cell(row, "menu-cell").append(more);
    return parts;
  }

  function paint(run) {
    if (!rows.has(run.name)) rows.set(run.name, build(run));
    const parts = rows.get(run.name);
    parts.row.classList.toggle("is-live", run.isLive);
    setText(parts.status, run.shownStatus);
    parts.status.title = run.damage || run.reason;
    setText(parts.accuracy, percent(run.accuracy));
    setText(parts.seconds, duration(run.seconds));
    setText(parts.started, startedText(run.started));
    setText(parts.settings, run.words);
    parts.settings.title = run.words;
    parts.row.hidden = !run.text.includes(words);
  }

  function removeGone(names) {
    for (const [name, { row }] of rows) {
      if (names.has(name)) continue;
      row.remove();
      rows.delete(name);
      if (picked.delete(name)) onPick([...picked]);
    }
  }

  function show(runs) {
    latest = runs;
    removeGone(new Set(runs.map(({ name }) => name)));
    runs.forEach(paint);
    sorted(runs, order).forEach(({ name }, place) => {
      const { row } = rows.get(name);
      if (body.children[place] !== row) body.insertBefore(row, body.children[place] ?? null);
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
    /** Names of the rows that the filter lets through. */
    matching: () => latest.filter(({ text }) => text.includes(words)).map(({ name }) => name),
    /** @param {string} text only rows that contain it are shown */
    filter(text) {
      words = text.trim().toLowerCase();
      show(latest);
    },
    pickNone() {
      for (const name of picked) rows.get(name).box.checked = false;
      picked.clear();
      onPick([]);
    },
    /** @param {string} name of the run whose row gets the focus */
    focus(name) {
      rows.get(name)?.open.focus();
    },
  };
}
