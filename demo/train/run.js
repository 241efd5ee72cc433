// The run that everyone sees: asks the server how it goes and paints what is new.

import { ACCURACY, createChart, LOSS } from "../parts/chart.js";
import { finder, keepFocus, setText } from "../parts/dom.js";
import { capitalized, count, duration } from "../parts/numbers.js";
import { drawWith, LOST, STATUS } from "../parts/page.js";
import { poll } from "../parts/polling.js";
import { curve, thinned } from "./curve.js";
import { createProbe } from "./probe.js";
import { createResult } from "./result.js";

const LIVE_PAUSE = 350; // ms between looks while the run is live: over two a second
const REST_PAUSE = 1_500; // ms between looks while nothing is running
const FOLLOW = 10_000; // ms for which the page scrolls to a run that this visitor has started
const FIRST_SPAN = 10; // epochs of the axis at least, while it is running

function progressText(run, progress) {
  if (run.status === "queued") return "";
  if (run.status !== "running") {
    const after = run.seconds === null ? "" : ` after ${duration(run.seconds)}`;
    return `${capitalized(STATUS[run.status] + after)}.`;
  }
  if (!progress || !["training", "stopping"].includes(run.phase)) {
    return `${capitalized(run.phase || "starting")} …`;
  }
  const parts = [
    `Epoch ${progress.epoch} of ${progress.epochs}`,
    `batch ${count(progress.batch)} of ${count(progress.batches)}`,
  ];
  if (progress.rate) parts.push(`${count(Math.round(progress.rate))} images a second`);
  if (progress.left !== null) parts.push(`${duration(progress.left)} left`);
  return parts.join(", ");
}

function settingsText(run, may) {
  const own = run.own && !may.manage ? ", yours" : "";
  const origin = run.origin === "visitor" ? `a visitor's${own}; ` : "";
  const settings = run.settings.map(([name, value]) => `${name} ${value}`).join(", ");
  return `${origin}${run.data}; ${settings}`;
}

function queueText({ beside, queue }) {
  const parts = [];
  if (beside.length) parts.push(`Running beside it: ${beside.join(", ")}.`);
  if (queue.length)
    parts.push(`Waiting: ${queue.map((name, i) => `${i + 1}. ${name}`).join(", ")}.`);
  return parts.join(" ");
}

// Visitors without the right to train see no button that would only refuse.
function showRights({ train, manage }) {
  document.body.classList.toggle("may-train", train);
  document.body.classList.toggle("is-visitor", !manage);
}

const nothingKnown = (run) => ({
  part: run ? run.part : null,
  name: run ? run.name : null,
  points: [],
  epochs: [],
  last: 0, // number of the newest point
  result: null,
});

/**
 * @param {HTMLElement} element
 * @param {object} _props
 * @param {Record<string, (given: any) => Promise<any>>} server
 */
export function mount(element, _props, server) {
  const find = finder(element);
  const view = find(".run");
  const result = createResult(find(".result"));
  const probe = createProbe(find(".probe"));
  const lossChart = createChart(find(".loss"), LOSS);
  const accuracyChart = createChart(find(".accuracy"), ACCURACY);
  let known = nothingKnown(null);
  let warmed = false;
  let problem = "";
  let startedAt = 0; // when this visitor pressed Train

  function paintButtons(run, may, inUse) {
    find(".stop").hidden = !run.own || !["running", "queued"].includes(run.status);
    find(".stop").disabled = ["stopping", "testing", "saving"].includes(run.phase);
    find(".resume").hidden = !run.own || !run.resumable;
    setText(find(".resume"), run.continues ? "Resume" : "Start again");
    const isReady = run.learned && !run.damage;
    find(".draw-with").hidden = !isReady;
    find(".put").hidden = !may.manage || !isReady || inUse.version === run.name;
  }

  function paintProgress(run, progress) {
    setText(find(".progress"), progressText(run, progress));
    const isTrained = ["testing", "saving"].includes(run.phase);
    const share = isTrained ? 1 : progress ? progress.share : 0;
    const track = find(".track");
    track.hidden = run.status !== "running";
    track.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    find(".done").style.transform = `scaleX(${share})`;
  }

  function paintCharts(run) {
    const { points, epochs } = known;
    // A long run's axis shows what has happened and a little more: else the first epochs are a dot.
    const now = points.length ? points[points.length - 1][1] : 0;
    const ahead = Math.max(FIRST_SPAN, Math.ceil(1.25 * now));
    const span =
      run.status === "running" ? Math.min(run.epochs, ahead) : Math.max(1, Math.ceil(now));
    lossChart.show(curve(points, epochs, 2, "val_loss"), 0, span);
    accuracyChart.show(curve(points, epochs, 3, "val_accuracy"), 0, span);
  }

  function paint(answer) {
    const { run, may } = answer;
    showRights(may);
    find(".nothing").hidden = run !== null;
    find(".live").hidden = run === null;
    if (!run) return;
    view.dataset.run = run.name;
    view.dataset.status = run.status;
    view.dataset.phase = run.phase;
    setText(find(".name"), run.name);
    setText(find(".status"), STATUS[run.status]);
    setText(find(".settings"), settingsText(run, may));
    setText(find(".queue"), queueText(answer));
    const trouble = answer.queue.length || run.status === "running" ? answer.trouble : "";
    setText(find(".problem"), problem || run.reason || run.damage || trouble);
    paintProgress(run, answer.progress);
    paintButtons(run, may, answer.in_use);
    paintCharts(run);
    probe.show(run.drawing, known.epochs, run.status === "running" ? answer.probe : null);
  }

  function learn(answer) {
    const { run } = answer;
    if (!run) return;
    if (run.part !== known.part) {
      known = nothingKnown(run);
      result.hide();
      problem = "";
      if (Date.now() - startedAt < FOLLOW) {
        requestAnimationFrame(() => view.scrollIntoView({ block: "nearest" }));
      }
      startedAt = 0;
    }
    known.points = thinned(known.points.concat(answer.points));
    known.epochs = known.epochs.concat(answer.epochs);
    if (known.points.length) known.last = known.points[known.points.length - 1][0];
  }

  async function look() {
    if (!warmed) {
      warmed = true;
      server.warm(null);
    }
    const epoch = known.epochs.length ? known.epochs[known.epochs.length - 1].epoch : 0;
    const answer = await server.watch({ known: known.part, last: known.last, epoch });
    if (answer.problem) {
      setText(find(".problem"), answer.problem);
      return REST_PAUSE;
    }
    const { run } = answer;
    learn(answer);
    paint(answer);
    if (run?.learned) {
      const tested = result.of === run.name ? known.result : await server.result(run.name);
      if (!tested.problem) {
        known.result = tested;
        result.show(run.name, tested, answer.in_use);
      }
    }
    return run && ["running", "queued"].includes(run.status) ? LIVE_PAUSE : REST_PAUSE;
  }

  const lookAgain = poll(element, look, (isLost) => {
    if (isLost) setText(find(".problem"), LOST);
  });

  // A button's effect shows at the next look; a refusal is shown at once.
  function onPress(selector, action) {
    const button = find(selector);
    button.addEventListener("click", async () => {
      button.setAttribute("aria-disabled", "true");
      try {
        problem = (await action(known.name)).problem ?? "";
      } catch {
        problem = LOST;
      }
      button.removeAttribute("aria-disabled");
      await lookAgain();
      keepFocus(button, find("h2"));
    });
  }

  window.addEventListener("sketchpad:train", () => {
    startedAt = Date.now();
  });
  onPress(".stop", (name) => server.stop(name));
  onPress(".resume", (name) => server.resume(name));
  onPress(".put", (name) => server.put_in_use(name));
  find(".draw-with").addEventListener("click", () => drawWith(known.name));
}
