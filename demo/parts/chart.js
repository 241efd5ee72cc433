// Lines over a run's epochs, by uPlot: one canvas for as long as the view lives, fed in place.
let library = null;

function chartLibrary() {
  library ??= window.uPlot ? Promise.resolve() : new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `${pageRoot()}/vendor/uPlot-1.6.32.iife.min.js`;
    script.onload = resolve;
    script.onerror = () => {
      library = null; // the next look asks again
      script.remove();
      reject(new Error("no chart library"));
    };
    document.head.append(script);
  });
  return library;
}

// The names of colours are custom properties of the style sheet, so that both themes have theirs.
// `steep` is the end, low or high, from which the first steps come: past a tenth of all points it is
// cut off, or what is learned later would be a flat line.
function makeChart(holder, { words, value, steep }) {
  const HEIGHT = 220;
  let first = 0; // the axis of epochs shows at least from here
  let span = 1; // to here
  let bottom = 0;
  let top = 1;

  function fit(values) {
    if (!values.length) return;
    values.sort((a, b) => a - b);
    const cut = values.length > 20 ? Math.floor(values.length / 10) : 0;
    bottom = values[steep === "low" ? cut : 0];
    top = values[values.length - 1 - (steep === "high" ? cut : 0)];
  }
  let plot = null;
  let shape = "";
  let latest = null;
  const colour = (name) => getComputedStyle(holder).getPropertyValue(name).trim();

  function build(series) {
    plot?.destroy();
    const quiet = () => colour("--body-text-color-subdued");
    const axis = {
      stroke: quiet, font: "12px system-ui, sans-serif",
      grid: { stroke: () => colour("--border-color-primary"), width: 0.5 },
      ticks: { show: false },
    };
    plot = new window.uPlot({
      width: Math.max(200, holder.clientWidth), height: HEIGHT,
      scales: {
        x: { time: false, range: (_, low, high) => [Math.min(low, first), Math.max(high, span)] },
        y: { range: () => {
          const room = Math.max((top - bottom) * 0.06, 1e-4);
          return [Math.max(0, bottom - room), top + room];
        } },
      },
      axes: [
        { ...axis, incrs: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200],
          values: (_, ticks) => ticks.map((tick) => String(Math.round(10 * tick) / 10)) },
        { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => value(tick, ticks)) },
      ],
      legend: { live: true },
      cursor: { drag: { setScale: false } },
      series: [
        { label: "epoch", value: (_, x) => (x === null || x === undefined ? "" : String(Math.round(100 * x) / 100)) },
        ...series.map(({ label, hue, dash, dots }) => ({
          label, stroke: () => colour(hue), width: 2, dash, spanGaps: true,
          points: dots ? { size: 7, fill: () => colour(hue) } : { show: false },
          value: (_, y) => (y === null || y === undefined ? "" : value(y)),
        })),
      ],
    }, [[], ...series.map(() => [])], holder);
    plot.root.querySelector("canvas").setAttribute("role", "img");
  }

  new ResizeObserver(() => {
    if (plot && holder.clientWidth) plot.setSize({ width: holder.clientWidth, height: HEIGHT });
  }).observe(holder);
  new MutationObserver(() => plot?.redraw(false)).observe(document.body, { attributeFilter: ["class"] });

  // series: {label, hue, dash?, dots?, points: [[x, y], ...] with rising x}; from, to: epochs
  async function show(series, from, to) {
    latest = series;
    first = from;
    span = to;
    try { await chartLibrary(); } catch { return; }
    if (latest !== series || !holder.clientWidth) return; // something newer came meanwhile
    const next = JSON.stringify(series.map(({ label, hue }) => [label, hue]));
    if (next !== shape) build(series);
    shape = next;
    const places = [...new Set(series.flatMap(({ points }) => points.map(([x]) => x)))];
    places.sort((a, b) => a - b);
    const columns = series.map(({ points }) => {
      const known = new Map(points);
      return places.map((x) => known.get(x) ?? null);
    });
    fit(series.flatMap(({ points }) => points.map(([, y]) => y)));
    plot.setData([places, ...columns]);
    holder.dataset.points = String(places.length);
    plot.root.querySelector("canvas").setAttribute("aria-label", words(series));
  }

  return { show };
}

const last = (points) => (points.length ? points[points.length - 1][1] : null);
const lossWords = (name) => (series) => `${name}: ${series.filter(({ points }) => points.length)
  .map(({ label, points }) => `${label} ${last(points).toFixed(4)}`).join(", ")}`;
const shareWords = (name) => (series) => `${name}: ${series.filter(({ points }) => points.length)
  .map(({ label, points }) => `${label} ${percent(last(points))}`).join(", ")}`;
// As many digits as the ticks need to differ.
const lossValue = (y, ticks) => y.toFixed(ticks && Math.abs(ticks[1] - ticks[0]) >= 0.1 ? 1 : ticks ? 2 : 4);
const shareValue = (y, ticks) =>
  (ticks && Math.abs(ticks[1] - ticks[0]) >= 0.01 ? `${Math.round(100 * y)} %` : percent(y, ticks ? 1 : 2));
