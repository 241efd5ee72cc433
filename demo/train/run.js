// The run on show: where it stands, what can be done, its curves, the drawing, its result.

import { ACCURACY, createChart, LOSS } from "../parts/chart.js";
import { finder, setText } from "../parts/dom.js";
import { capitalized, count, duration, percent } from "../parts/numbers.js";
import { STATUS } from "../parts/page.js";
import { curve, thinned } from "./curve.js";
import { createProbe } from "./probe.js";
import { createResult } from "./result.js";

const FIRST_SPAN = 10; // epochs of the axis at least, while it is running
const ENDING = ["stopping", "pausing", "testing", "saving"];

const uncapitalized = (text) => text.replace(/^[A-Z](?=[a-z ])/, (c) => c.toLowerCase());
const sentence = (text) => capitalized(text.replace(/\.?$/, "."));

/**
 * How a run ended, in a sentence or two.
 *
 * @param {any} run
 * @param {number} lastEpoch the last that it finished
 */
export function endText(run, lastEpoch) {
  let head = capitalized(STATUS[run.status]);
  if (run.status === "paused" && lastEpoch) head += ` after epoch ${lastEpoch} of ${run.epochs}`;
  else if (run.status === "paused") head += " before the end of its first epoch";
  else if (run.seconds !== null) head += ` after ${duration(run.seconds)}`;
  if (!run.reason) return `${head}.`;
  // Two colons in one sentence are one too many.
  return /[:;]/.test(run.reason)
    ? `${head}. ${sentence(run.reason)}`
    : `${head}: ${uncapitalized(sentence(run.reason))}`;
}

function progressText(run, { progress, queue }, lastEpoch) {
  if (run.status === "queued") {
    const place = queue.indexOf(run.name) + 1;
    return `Queued (${place > 1 ? `number ${place}` : "next up"}). ${run.reason}`.trim();
  }
  if (run.status !== "running") {
    const anew = run.resumable && run.own && !run.continues && run.status !== "failed";
    return endText(run, lastEpoch) + (anew ? " Resume starts it from the beginning." : "");
  }
  if (!progress || !["training", "stopping", "pausing"].includes(run.phase)) {
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
  const settings = run.settings.map(([name, value]) => `${name} ${value}`).join(", ");
  const whose = run.own && !may.manage ? "your run" : "a visitor's run";
  return [...(run.origin === "visitor" ? [whose] : []), run.data, settings].join("; ");
}

function nextText(run, running) {
  const others = running.filter((name) => name !== run.name);
  return others.length ? `${others.join(", ")} ${others.length > 1 ? "are" : "is"} running.` : "";
}

function queueText(run, queue) {
  const others = queue.filter((name) => name !== run.name);
  return others.length ? `Queue: ${others.join(", ")}` : "";
}

const nothingKnown = (run) => ({
  part: run ? run.part : null,
  points: [],
  epochs: [],
  last: 0, // number of the newest point
});

/** @param {HTMLElement} view */
export function createRunView(view) {
  const find = finder(view);
  const result = createResult(find(".result"));
  const probe = createProbe(find(".probe"));
  const lossChart = createChart(find(".loss"), LOSS);
  const accuracyChart = createChart(find(".accuracy"), ACCURACY);
  let known = nothingKnown(null);
  let refusal = "";
  let shown = null; // answer of the server's `watch`
  const lastEpoch = () => known.epochs[known.epochs.length - 1]?.epoch ?? 0;
  const wholeEpochs = () => known.epochs.filter(({ partial }) => !partial).length;

  // Each button keeps its place: what cannot be done now is greyed out.
  function paintButtons({ run, in_use: inUse }) {
    const isEnding = ENDING.includes(run.phase);
    const isRunning = run.status === "running";
    const isReady = run.learned && !run.damage;
    const isInUse = inUse.version === run.name;
    const possible = {
      pause: run.own && isRunning && !isEnding,
      resume: run.own && run.resumable && !isInUse,
      stop:
        run.own &&
        (run.status === "queued" || (isRunning && (!isEnding || run.phase === "pausing"))),
      "draw-with": isReady,
      put: isReady && !isInUse,
    };
    for (const [name, can] of Object.entries(possible)) {
      find(`.${name}`).setAttribute("aria-disabled", String(!can));
    }
    setText(find(".put"), isInUse ? "Live" : "Make live");
  }

  function paintProgress(answer) {
    const { run, progress } = answer;
    setText(find(".progress"), progressText(run, answer, wholeEpochs()));
    const isTrained = ["testing", "saving"].includes(run.phase);
    const share = isTrained ? 1 : progress ? progress.share : 0;
    const track = find(".track");
    track.classList.toggle("idle", run.status !== "running");
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

  function learn({ run, points, epochs }) {
    if (run.part !== known.part) {
      known = nothingKnown(run);
      result.hide();
      refusal = "";
    }
    known.points = thinned(known.points.concat(points));
    known.epochs = known.epochs.concat(epochs);
    if (known.points.length) known.last = known.points[known.points.length - 1][0];
  }

  const say = (text) => setText(find(".problem"), text);

  return {
    say,
    /** @param {string} text why something was not done; empty where it was */
    refuse(text) {
      refusal = text;
      say(text);
    },
    /** What the server need not send again. */
    seen: () => ({ known: known.part, last: known.last, epoch: lastEpoch() }),
    /** A run in a list, in a few words. */
    describe: (name, status, accuracy) =>
      `${name}: ${STATUS[status]}${accuracy === null ? "" : `, ${percent(accuracy)}`}`,
    /** Slowly, and no further than to the charts: no button comes under a hand that clicks twice. */
    scrollIntoView() {
      find(".charts").scrollIntoView({ block: "nearest", behavior: "smooth" });
    },
    get lacksResult() {
      return result.of !== shown.run.name;
    },
    showResult(answer) {
      if (answer.problem) return;
      result.show(shown.run.name, answer);
      result.compare(shown.run, shown.in_use);
    },
    /** @param {any} answer of the server's `watch` */
    show(answer) {
      shown = answer;
      const { run, may, queue, running } = answer;
      find(".nothing").hidden = run !== null;
      find(".live").hidden = run === null;
      if (!run) return;
      learn(answer);
      Object.assign(view.dataset, { run: run.name, status: run.status, phase: run.phase });
      setText(find(".name"), run.name);
      setText(find(".status"), STATUS[run.status]);
      setText(find(".settings"), settingsText(run, may));
      setText(find(".queue"), queueText(run, queue));
      setText(find(".next span"), nextText(run, running));
      find(".next").hidden = !nextText(run, running);
      const trouble = queue.length || run.status === "running" ? answer.trouble : "";
      say(refusal || (run.damage && sentence(run.damage)) || trouble);
      paintProgress(answer);
      paintButtons(answer);
      paintCharts(run);
      probe.show(run.drawing, known.epochs, run.status === "running" ? answer.probe : null);
      if (!run.learned) result.hide();
      else if (result.of === run.name) result.compare(run, answer.in_use);
    },
  };
}
