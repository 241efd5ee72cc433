// The table of runs: filtered, sorted, a few of them picked, with what is opened under a row; rows
// stay the same elements.
function makeTable(root, { onPick, actions, scorecard }) {
  const body = root.querySelector("tbody");
  const rows = new Map();
  const picked = new Set();
  let order = { key: "id", down: true };
  let words = "";

  function cell(row, className = "") {
    const made = make("td", { class: className });
    row.append(made);
    return made;
  }

  function build(run) {
    const row = make("tr");
    const parts = { row, more: null, card: null };
    const box = make("input", { type: "checkbox", "aria-label": `Compare ${run.name}` });
    box.addEventListener("change", () => {
      if (box.checked) picked.add(run.name);
      else picked.delete(run.name);
      onPick([...picked]);
    });
    parts.pick = cell(row, "pick");
    if (run.isRun) parts.pick.append(make("label", {}, box));
    parts.name = make("th", { scope: "row" });
    row.append(parts.name);
    parts.status = cell(row, "state");
    parts.accuracy = cell(row, "number");
    parts.seconds = cell(row, "number");
    parts.started = cell(row);
    parts.settings = cell(row, "settings");
    parts.actions = cell(row, "actions");
    parts.opener = opener(run, parts);
    parts.buttons = actions(run);
    parts.buttons.splice(2, 0, { button: parts.opener, offered: ({ learned, damage }) => learned && !damage });
    parts.actions.append(...parts.buttons.map(({ button }) => button));
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
    parts.run = run;
    parts.row.classList.toggle("in-use", run.inUse);
    tell(parts.name, run.name);
    tell(parts.status, run.inUse ? "in use" : run.damage ? `damaged: ${run.damage}` : STATUS[run.status] ?? run.status);
    parts.status.title = run.reason;
    tell(parts.accuracy, percent(run.accuracy));
    tell(parts.seconds, duration(run.seconds));
    tell(parts.started, run.created ? new Date(1000 * run.created).toLocaleString([], { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false }) : "");
    tell(parts.settings, run.words);
    for (const { button, offered } of parts.buttons) button.hidden = !offered(run);
    parts.row.hidden = !run.text.includes(words);
    if (parts.more) parts.more.hidden = parts.row.hidden || parts.opener.hidden;
  }

  function value(run) {
    const key = run[order.key];
    return key === null || key === undefined ? -Infinity : key;
  }

  function sort(list) {
    const sign = order.down ? -1 : 1;
    const compare = (a, b) => (value(a) < value(b) ? -sign : value(a) > value(b) ? sign : b.id - a.id);
    // The app's own network stays the last: it is no run.
    return [...list].sort((a, b) => (a.isRun === b.isRun ? compare(a, b) : a.isRun ? -1 : 1));
  }

  let latest = [];
  function show(list) {
    latest = list;
    const names = new Set(list.map(({ name }) => name));
    for (const [name, { row, more }] of rows) {
      if (names.has(name)) continue;
      row.remove();
      more?.remove();
      rows.delete(name);
      if (picked.delete(name)) onPick([...picked]);
    }
    list.forEach(paint);
    const order = sort(list).flatMap(({ name }) => [rows.get(name).row, rows.get(name).more].filter(Boolean));
    order.forEach((row, place) => {
      if (body.children[place] !== row) body.insertBefore(row, body.children[place] ?? null);
    });
    for (const button of root.querySelectorAll("thead button")) {
      const sorted = button.dataset.key === order.key ? (order.down ? "descending" : "ascending") : "none";
      button.parentElement.setAttribute("aria-sort", sorted);
    }
  }

  for (const button of root.querySelectorAll("thead button")) {
    button.addEventListener("click", () => {
      const { key } = button.dataset;
      order = { key, down: order.key === key ? !order.down : true };
      show(latest);
    });
  }

  return {
    show,
    opened: () => [...rows.values()].filter(({ more }) => more && !more.hidden).map(({ card }) => card),
    filter(text) {
      words = text.trim().toLowerCase();
      show(latest);
    },
  };
}
