// Lines over a run's epochs, by uPlot: one canvas for as long as the view lives, updated in place.

import { percent } from "./numbers.js";

const LIBRARY = new URL("../vendor/uPlot-1.6.32.iife.min.js", import.meta.url).href;
const HEIGHT = 236; // CSS pixels
const FONT = "12px system-ui, sans-serif";
const POWERS = Array.from({ length: 9 }, (_, i) => 10 ** (i - 6));
const ROUND = POWERS.flatMap((power) => [power, 2 * power, 5 * power]); // between two ticks

/**
 * @typedef {object} Series
 * @property {string} label
 * @property {string} hue custom property of the style sheet, so that each theme has its own colour
 * @property {number[]} [dash]
 * @property {boolean} [dots] whether each point is marked
 * @property {number} [width] of the line in pixels, 2 unless given; 0 for none
 * @property {number} [alpha] its opacity, 1 unless given
 * @property {[number, number][]} points [x, y] with rising x
 */

/**
 * @typedef {object} Kind
 * @property {string} name
 * @property {"low" | "high"} steep where the first steps lie: the end of the axis that is cut off
 * @property {(y: number, ticks?: number[]) => string} format of a value, or of one of some ticks
 */

/** @type {Kind} */
export const LOSS = {
  name: "Loss",
  steep: "high",
  format: (y, ticks) => y.toFixed(ticks ? decimals(step(ticks)) : 4),
};
/** @type {Kind} */
export const ACCURACY = {
  name: "Accuracy",
  steep: "low",
  format: (y, ticks) => (y > 1 ? "" : percent(y, ticks ? decimals(100 * step(ticks)) : 2)),
};

const step = (ticks) => (ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : 1);
// Ticks get as many decimals as they need to differ.
const decimals = (gap) => Math.max(0, Math.ceil(-Math.log10(gap) - 1e-6));

let library = null;

function loadLibrary() {
  library ??= window.uPlot
    ? Promise.resolve()
    : new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = LIBRARY;
        script.onload = resolve;
        script.onerror = () => {
          library = null; // the next chart tries again
          script.remove();
          reject(new Error("no chart library"));
        };
        document.head.append(script);
      });
  return library;
}

/**
 * The axis of values. Past twenty points the tenth at the steep end is cut off: the first steps
 * would flatten all that follows.
 *
 * @param {number[]} values
 * @param {"low" | "high"} steep
 * @returns {[number, number]} lowest and highest value shown
 */
export function valueRange(values, steep) {
  const sorted = [...values].sort((a, b) => a - b);
  const cut = sorted.length > 20 ? Math.floor(sorted.length / 10) : 0;
  return [
    sorted[steep === "low" ? cut : 0],
    sorted[sorted.length - 1 - (steep === "high" ? cut : 0)],
  ];
}

/**
 * @param {HTMLElement} holder
 * @param {Kind} kind
 */
export function createChart(holder, { name, steep, format }) {
  let first = 0; // the axis of epochs shows at least from here
  let span = 1; // to here
  let bottom = 0;
  let top = 1;
  let plot = null;
  let shape = "";
  let latest = null;
  const colour = (property) => getComputedStyle(holder).getPropertyValue(property).trim();

  function build(series) {
    plot?.destroy();
    const axis = {
      stroke: () => colour("--body-text-color-subdued"),
      font: FONT,
      grid: { stroke: () => colour("--border-color-primary"), width: 0.5 },
      ticks: { show: false },
    };
    const yRange = () => {
      const margin = Math.max((top - bottom) * 0.06 || top * 0.01, 1e-4);
      return [Math.max(0, bottom - margin), top + margin];
    };
    const isMissing = (value) => value === null || value === undefined;
    const isAlone = (chart, i) => chart.data[i].filter((value) => !isMissing(value)).length === 1;
    plot = new window.uPlot(
      {
        width: Math.max(200, holder.clientWidth),
        height: HEIGHT,
        scales: {
          x: { time: false, range: (_, low, high) => [Math.min(low, first), Math.max(high, span)] },
          y: { range: yRange },
        },
        axes: [
          {
            ...axis,
            label: "epoch",
            labelFont: FONT,
            labelSize: 18,
            labelGap: 0,
            size: 30,
            incrs: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200],
            values: (_, ticks) => ticks.map((tick) => String(Math.round(10 * tick) / 10)),
          },
          {
            ...axis,
            size: 56,
            incrs: ROUND,
            values: (_, ticks) => ticks.map((tick) => format(tick, ticks)),
          },
        ],
        legend: { live: true },
        cursor: { drag: { setScale: false } },
        series: [
          {
            label: "epoch",
            value: (_, x) => (isMissing(x) ? "" : String(Math.round(100 * x) / 100)),
          },
          ...series.map(({ label, hue, dash, dots, width = 2, alpha = 1 }) => ({
            label,
            stroke: () => colour(hue),
            width,
            alpha,
            paths: width ? undefined : () => null,
            dash,
            spanGaps: true,
            // One point makes no line.
            points: { show: dots || isAlone, size: 7, fill: () => colour(hue) },
            value: (_, y) => (isMissing(y) ? "" : format(y)),
          })),
        ],
      },
      [[], ...series.map(() => [])],
      holder,
    );
    plot.root.querySelector("canvas").setAttribute("role", "img");
    const markers = [...plot.root.querySelectorAll(".u-marker")].slice(1);
    markers.forEach((marker, i) => {
      const { hue, alpha = 1 } = series[i];
      Object.assign(marker.style, { background: `var(${hue})`, borderColor: `var(${hue})` });
      marker.style.opacity = String(alpha);
      marker.classList.toggle("dot", series[i].width === 0);
    });
  }

  new ResizeObserver(() => {
    if (plot && holder.clientWidth) plot.setSize({ width: holder.clientWidth, height: HEIGHT });
  }).observe(holder);
  new MutationObserver(() => plot?.redraw(false)).observe(document.body, {
    attributeFilter: ["class"],
  });

  function description(series) {
    const last = series
      .filter(({ points }) => points.length)
      .map(({ label, points }) => `${label} ${format(points[points.length - 1][1])}`);
    return `${name}: ${last.join(", ")}`;
  }

  return {
    /**
     * @param {Series[]} all those without a point are left out
     * @param {number} from first epoch of the axis
     * @param {number} to last epoch of the axis
     */
    async show(all, from, to) {
      const series = all.filter(({ points }) => points.length);
      latest = series;
      first = from;
      span = to;
      try {
        await loadLibrary();
      } catch {
        return;
      }
      if (latest !== series || !holder.clientWidth) return; // outdated, or hidden
      if (!series.length) {
        plot?.destroy();
        plot = null;
        shape = "";
        holder.dataset.points = "0";
        return;
      }
      const next = JSON.stringify(series.map(({ label, hue }) => [label, hue]));
      if (next !== shape) build(series);
      shape = next;
      const places = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))];
      places.sort((a, b) => a - b);
      const columns = series.map(({ points }) => {
        const known = new Map(points);
        return places.map((x) => known.get(x) ?? null);
      });
      const values = series.flatMap(({ points }) => points.map(([, y]) => y));
      if (values.length) [bottom, top] = valueRange(values, steep);
      plot.setData([places, ...columns]);
      holder.dataset.points = String(places.length);
      plot.root.querySelector("canvas").setAttribute("aria-label", description(series));
    },
  };
}
