// The Models tab: the table of runs, what can be done to each, the comparison.

import { finder, keepFocus, make, setText } from "../parts/dom.js";
import { addressOf, drawWith, LOST, STATUS } from "../parts/page.js";
import { poll } from "../parts/polling.js";
import { createCompare } from "./compare.js";
import { createScorecard } from "./scorecard.js";
import { createTable } from "./table.js";

const PAUSE = 1_000; // ms between looks
const QUESTION = 5_000; // ms until Delete forgets that it has asked

// Asks in place, where the eye is, and forgets the question after a while.
function deleteButton(onSure) {
  const button = make("button", { type: "button" }, "Delete");
  let asked = null;
  const forget = () => {
    clearTimeout(asked);
    asked = null;
    button.textContent = "Delete";
    button.classList.remove("asking");
  };
  button.addEventListener("click", () => {
    if (asked) {
      forget();
      onSure(button);
      return;
    }
    button.textContent = "Delete for good?";
    button.classList.add("asking");
    asked = setTimeout(forget, QUESTION);
  });
  button.addEventListener("blur", forget);
  return button;
}

function wordsOf(run) {
  const changed = run.settings.filter(([name]) => run.differs.includes(name));
  const origin = run.origin === "visitor" ? "a visitor's" : "";
  const settings = changed.map(([name, value]) => `${name} ${value}`);
  return [origin, run.data, ...settings, run.reason].filter(Boolean).join("; ");
}

// The list after news of it: the server sends all runs once and then those that have changed, but the
// time of running runs always.
function merged(listing, news) {
  if (news.runs) return news;
  const { runs, damaged } = listing;
  const gone = new Set([...(news.removed ?? []), ...(news.changed ?? []).map(({ name }) => name)]);
  const all = [...(news.changed ?? []), ...runs.filter(({ name }) => !gone.has(name))];
  const damages = news.damaged ?? damaged;
  return {
    ...listing,
    ...news,
    runs: all.map((run) => ({
      ...run,
      damage: damages[run.name] ?? "",
      seconds: news.seconds[run.name] ?? run.seconds,
    })),
  };
}

// The rows of the table: the runs, and the app's own network.
function rowsOf({ runs, base, in_use: inUse }) {
  const rows = runs.map((run) => ({
    ...run,
    isRun: true,
    id: Number(run.name.split("-").pop()),
    inUse: run.name === inUse.version,
    words: wordsOf(run),
  }));
  rows.push({
    name: base.version,
    isRun: false,
    id: 0,
    status: "comes with the app",
    accuracy: base.accuracy,
    seconds: null,
    created: null,
    words: "can never be lost",
    reason: "",
    damage: "",
    learned: true,
    inUse: base.version === inUse.version,
  });
  for (const row of rows) {
    const status = STATUS[row.status] ?? row.status;
    row.text = `${row.name} ${status} ${row.words} ${row.inUse ? "in use" : ""}`.toLowerCase();
  }
  return rows;
}

/**
 * @param {HTMLElement} element
 * @param {object} _props
 * @param {Record<string, (given: any) => Promise<any>>} server
 */
export function mount(element, _props, server) {
  const find = finder(element);
  const compare = createCompare(find(".compare"));
  let picked = [];
  let state = null; // of the listing that is shown: only another one is sent
  let listing = null;
  let wasLost = false;

  const say = (sentence) => setText(find(".problem"), sentence ?? "");

  async function carryOut(action, button) {
    button.setAttribute("aria-disabled", "true");
    try {
      say((await action()).problem);
    } catch {
      say(LOST);
    }
    button.removeAttribute("aria-disabled");
    await lookAgain();
    keepFocus(button, find(".using"));
  }

  async function download(name, kind, button) {
    const label = button.textContent;
    if (kind === "onnx") button.textContent = "Making it …";
    await carryOut(async () => {
      const answer = await server.export(`${name}.${kind}`);
      if (answer.file) make("a", { href: addressOf(answer.file), download: "" }).click();
      return answer;
    }, button);
    button.textContent = label;
  }

  // What can be done to a run: each with its button, and whether it is offered as things stand.
  function actions(run) {
    const action = (label, act, offered) => {
      const button = make("button", { type: "button" }, label);
      button.addEventListener("click", () => act(button));
      return { button, offered };
    };
    const call = (label, name, argument, offered) =>
      action(label, (button) => carryOut(() => server[name](argument), button), offered);
    const isReady = ({ learned, damage }) => learned && !damage;
    const isLive = ({ status }) => ["queued", "running"].includes(status);
    const list = [
      call(
        "Put in use",
        "put_in_use",
        run.isRun ? run.name : null,
        (now) => listing.may.manage && isReady(now) && !now.inUse,
      ),
      action(
        "Draw with it",
        () => drawWith(run.name),
        (now) => isReady(now) && !now.inUse,
      ),
    ];
    if (!run.isRun) return list;
    for (const kind of ["keras", "tflite", "onnx"]) {
      const label = kind === "onnx" ? "ONNX" : `.${kind}`;
      const act = (button) => download(run.name, kind, button);
      list.push(action(label, act, (now) => now.own && isReady(now)));
    }
    list.push(
      call("Stop", "stop", run.name, (now) => now.own && isLive(now)),
      call("Resume", "resume", run.name, (now) => now.own && now.resumable),
      {
        button: deleteButton((button) => carryOut(() => server.delete(run.name), button)),
        offered: (now) => now.own && !now.inUse && !isLive(now),
      },
    );
    return list;
  }

  const table = createTable(find(".list"), {
    actions,
    scorecard: (name) => createScorecard(name, server, carryOut),
    onPick(names) {
      picked = names;
      lookAgain();
    },
  });

  function paint() {
    table.show(rowsOf(listing));
    find(".nothing").hidden = listing.runs.length > 0;
    find(".models").classList.toggle("of-a-visitor", !listing.may.manage);
    setText(find(".using"), `In use: ${listing.in_use.version}`);
    const back = find(".roll-back");
    back.hidden = !listing.may.manage;
    back.disabled = listing.before === null;
    setText(back, listing.before === null ? "Roll back" : `Roll back to ${listing.before}`);
  }

  async function showComparison() {
    if (picked.length < 2) {
      compare.hide();
      return;
    }
    const compared = await server.compare(picked);
    if (compared.problem) say(compared.problem);
    else compare.show(compared.runs);
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
    await Promise.all(table.opened().map((card) => card.look()));
    await showComparison();
    return PAUSE;
  }

  const back = find(".roll-back");
  find(".filter input").addEventListener("input", ({ target }) => table.filter(target.value));
  back.addEventListener("click", () => carryOut(() => server.roll_back(null), back));
  const lookAgain = poll(element, look, (isLost) => {
    if (isLost || wasLost) say(isLost ? LOST : "");
    wasLost = isLost;
  });
}
