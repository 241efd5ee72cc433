// Some runs over each other: their curves, and their settings with what differs in bold.

import { ACCURACY, createChart, LOSS } from "../parts/chart.js";
import { finder, make, setText } from "../parts/dom.js";
import { duration, percent } from "../parts/numbers.js";

const DASHED = [6, 4];

function series(runs, training, validation) {
  return runs.flatMap(({ name, curve: epochs }, place) => {
    const line = (key) =>
      epochs.filter((epoch) => epoch[key] !== null).map((epoch) => [epoch.epoch, epoch[key]]);
    const look = { hue: `--hue-${place}`, dots: epochs.length < 2 };
    /** @type {import("../parts/chart.js").Series[]} */
    const lines = [{ ...look, label: name, points: line(training) }];
    const points = line(validation);
    if (points.length) lines.push({ ...look, label: `${name}, validation`, dash: DASHED, points });
    return lines;
  });
}

// Rows of the table: a name, and its value for each run.
function rows(runs) {
  const names = [...new Set(runs.flatMap((run) => run.settings.map(([name]) => name)))];
  const setting = (name) => (run) => run.settings.find(([own]) => own === name)?.[1] ?? "–";
  return [
    ["recipe", (run) => run.recipe],
    ["learned from", (run) => run.data],
    ...names.map((name) => [name, setting(name)]),
    ["accuracy", (run) => percent(run.accuracy)],
    ["duration", (run) => duration(run.seconds)],
  ].map(([name, value]) => [name, runs.map(value)]);
}

/** @param {HTMLElement} root */
export function createCompare(root) {
  const find = finder(root);
  const lossChart = createChart(find(".loss"), LOSS);
  const accuracyChart = createChart(find(".accuracy"), ACCURACY);

  function settings(runs) {
    const heads = runs.map(({ name }) => make("th", { scope: "col" }, name));
    find(".settings thead").replaceChildren(make("tr", {}, make("td"), ...heads));
    const lines = rows(runs).map(([name, values]) => {
      const differ = new Set(values).size > 1;
      const cells = values.map((text) => make("td", {}, differ ? make("strong", {}, text) : text));
      return make("tr", {}, make("th", { scope: "row" }, name), ...cells);
    });
    find(".settings tbody").replaceChildren(...lines);
  }

  return {
    hide() {
      root.hidden = true;
    },
    /** Comes into sight, before the server has answered. */
    open() {
      root.hidden = false;
      find("h2").focus({ preventScroll: true });
      root.scrollIntoView({ block: "nearest" });
    },
    /** @param {any[]} runs as the server's `compare` answers */
    show(runs) {
      setText(find("h2"), `${runs.map(({ name }) => name).join(" and ")}, epoch by epoch`);
      const longest = Math.max(2, ...runs.map(({ curve }) => curve.length));
      lossChart.show(series(runs, "loss", "val_loss"), 1, longest);
      accuracyChart.show(series(runs, "accuracy", "val_accuracy"), 1, longest);
      settings(runs);
    },
  };
}
