// The Train tab: asks the server how runs go, and hands what is new to the form and to the view.

import { finder, keepFocus, make, setText } from "../parts/dom.js";
import { askToMakeLive } from "../parts/live.js";
import { drawWith, LOST } from "../parts/page.js";
import { poll } from "../parts/polling.js";
import { createForm } from "./form.js";
import { createRunView } from "./run.js";

const LIVE_PAUSE = 350; // ms between looks while the run is live: over two a second
const REST_PAUSE = 1_500; // ms between looks while nothing is running
const CHOSEN = "digit-sketchpad-run";

function keep(name) {
  try {
    if (name) sessionStorage.setItem(CHOSEN, name);
    else sessionStorage.removeItem(CHOSEN);
  } catch {
    // storage is blocked: a reload shows the latest run
  }
}

function kept() {
  try {
    return sessionStorage.getItem(CHOSEN) ?? "";
  } catch {
    return "";
  }
}

/**
 * @param {HTMLElement} element
 * @param {object} _props
 * @param {Record<string, (given: any) => Promise<any>>} server
 */
export function mount(element, _props, server) {
  const find = finder(element);
  const view = createRunView(find(".run"));
  let form = null;
  let chosen = kept(); // the run to show, whatever else begins; empty for the latest
  let revision = null; // of the list of runs
  let latest = null; // answer
  let isFollowing = false; // the page is to scroll to a run that was started here

  function choose(name) {
    chosen = name;
    keep(name);
  }

  async function openForm() {
    const known = await server.form(null);
    if (known.problem) return;
    server.warm(null);
    setText(find(".note"), known.note);
    find(".note").hidden = !known.note;
    find(".train").classList.toggle("may-train", known.may.train);
    find(".train").classList.toggle("may-manage", known.may.manage);
    form = known.may.train ? createForm(find(".setup"), known, train, server) : { update() {} };
  }

  async function train(all, choice) {
    const drawing = JSON.stringify(window.digitSketchpad?.strokes() ?? []);
    const isIdle = !latest?.running.length && !latest?.queue.length;
    try {
      const answer = await server[all ? "train_all" : "train"]({ ...choice, drawing });
      if (answer.runs?.length && isIdle) {
        choose(answer.runs[0]);
        isFollowing = true;
      }
      await lookAgain();
      return answer;
    } catch {
      return { problem: LOST };
    }
  }

  function paintList({ runs, run }) {
    const list = find(".others select");
    if (runs) {
      const options = runs.map(([name, status, accuracy]) =>
        make("option", { value: name }, view.describe(name, status, accuracy)),
      );
      list.replaceChildren(...options);
    }
    if (document.activeElement !== list || runs) list.value = run.name;
  }

  async function look() {
    if (!form) await openForm();
    const asked = chosen;
    const answer = await server.watch({ ...view.seen(), name: asked, revision });
    if (chosen !== asked) return 0; // another run was chosen meanwhile
    if (answer.problem) {
      view.say(answer.problem);
      return REST_PAUSE;
    }
    latest = answer;
    revision = answer.revision;
    const { run } = answer;
    const isLive = run && ["running", "queued"].includes(run.status);
    // A run that was watched until its end stays, whichever begins next; a deleted one cannot.
    if (run && (isLive || chosen) && chosen !== run.name) choose(run.name);
    form?.update(answer);
    view.show(answer);
    if (run) paintList(answer);
    if (isFollowing && run?.name === chosen) {
      isFollowing = false;
      view.scrollIntoView();
    }
    if (run?.learned && view.lacksResult) view.showResult(await server.result(run.name));
    return isLive ? LIVE_PAUSE : REST_PAUSE;
  }

  const lookAgain = poll(element, look, (isLost) => {
    if (isLost) view.say(LOST);
  });

  // A button's effect shows at the next look; a refusal is shown at once.
  function onPress(selector, action) {
    const button = find(selector);
    button.addEventListener("click", async () => {
      if (button.getAttribute("aria-disabled") === "true") return;
      const { name } = latest.run;
      button.setAttribute("aria-disabled", "true");
      try {
        view.refuse((await action(name)).problem ?? "");
      } catch {
        view.refuse(LOST);
      }
      await lookAgain();
      keepFocus(button, find("h2"));
    });
  }

  async function makeLive(name) {
    const { run, in_use: live } = latest;
    const next = { name, accuracy: run.accuracy, testedOn: run.tested_on };
    const now = { name: live.version, accuracy: live.accuracy, testedOn: live.tested_on };
    return (await askToMakeLive(find(".train"), next, now)) ? server.put_in_use(name) : {};
  }

  function showRun(name) {
    choose(name);
    lookAgain();
  }

  for (const name of ["stop", "pause", "resume"]) onPress(`.${name}`, (run) => server[name](run));
  onPress(".put", makeLive);
  onPress(".draw-with", async (name) => {
    drawWith(name);
    return {};
  });
  find(".others select").addEventListener("change", ({ target }) => showRun(target.value));
  find(".follow").addEventListener("click", () => showRun(latest.running[0]));
}
