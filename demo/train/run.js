// The run that everyone sees: asks the server how it goes and paints what is new.
const LIVE_PAUSE = 350; // ms between looks while it runs: over two a second
const REST_PAUSE = 1500;

const view = find(".run");
const live = find(".live");
const result = makeResult(find(".result"));
const probe = makeProbe(find(".probe"));
const charts = {
  loss: makeChart(find(".loss"), { words: lossWords("Loss"), value: lossValue, steep: "high" }),
  accuracy: makeChart(find(".accuracy"), { words: shareWords("Accuracy"), value: shareValue, steep: "low" }),
};
const MOST_POINTS = 1500; // more than a chart has pixels for: of older ones every second goes
let known = { part: null, name: null, points: [], epochs: [], last: 0 };
let warmed = false;
let problem = "";
let mine = 0; // when this visitor pressed Train: the page goes to where something happens

function curve(points, epochs, point, finished, held) {
  const training = new Map(points.map((each) => [each[1], each[point]]));
  for (const epoch of epochs) if (!epoch.partial) training.set(epoch.epoch, epoch[finished]);
  return [
    { label: "training", hue: "--color-accent", points: [...training].sort((a, b) => a[0] - b[0]) },
    { label: "validation", hue: "--second", dots: true,
      points: epochs.filter((epoch) => epoch[held] !== null).map((epoch) => [epoch.epoch, epoch[held]]) },
  ];
}

function progressWords(run, progress) {
  if (run.status === "queued") return "";
  if (run.status !== "running") {
    const after = run.seconds === null ? "" : ` after ${duration(run.seconds)}`;
    return `${STATUS[run.status]}${after}`.replace(/^./, (c) => c.toUpperCase()) + ".";
  }
  if (!progress || !["training", "stopping"].includes(run.phase)) {
    return `${(run.phase || "starting").replace(/^./, (c) => c.toUpperCase())} …`;
  }
  const parts = [
    `Epoch ${progress.epoch} of ${progress.epochs}`,
    `batch ${progress.batch.toLocaleString("en")} of ${progress.batches.toLocaleString("en")}`,
  ];
  if (progress.rate) parts.push(`${Math.round(progress.rate).toLocaleString("en")} images a second`);
  if (progress.left !== null) parts.push(`${duration(progress.left)} left`);
  return parts.join(", ");
}

// Who may not train sees no button that would only refuse.
function showRights({ train, manage }) {
  document.body.classList.toggle("may-train", train);
  document.body.classList.toggle("is-visitor", !manage);
}

function paint(answer) {
  const { run, may } = answer;
  showRights(may);
  find(".nothing").hidden = run !== null;
  live.hidden = run === null;
  if (!run) return;
  const { progress } = answer;
  const { epochs } = known;
  view.dataset.run = run.name;
  view.dataset.status = run.status;
  view.dataset.phase = run.phase;
  tell(find(".name"), run.name);
  tell(find(".status"), STATUS[run.status]);
  tell(find(".settings"), `${run.origin === "visitor" ? `a visitor's${run.own && !may.manage ? ", yours" : ""}; ` : ""}${run.data}; ${run.settings.map(([name, value]) => `${name} ${value}`).join(", ")}`);
  tell(find(".progress"), progressWords(run, progress));
  tell(find(".queue"), [
    answer.beside.length ? `Running beside it: ${answer.beside.join(", ")}.` : "",
    answer.queue.length ? `Waiting: ${answer.queue.map((name, i) => `${i + 1}. ${name}`).join(", ")}.` : "",
  ].join(" ").trim());
  tell(find(".problem"), problem || run.reason || run.damage || (answer.queue.length ? answer.trouble : ""));
  const share = ["testing", "saving"].includes(run.phase) ? 1 : progress ? progress.share : 0;
  const track = find(".track");
  track.hidden = run.status !== "running";
  track.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  find(".done").style.transform = `scaleX(${share})`;
  find(".stop").hidden = !run.own || !["running", "queued"].includes(run.status);
  find(".stop").disabled = run.phase === "stopping" || run.phase === "testing" || run.phase === "saving";
  find(".resume").hidden = !run.own || !run.resumable;
  tell(find(".resume"), run.continues ? "Resume" : "Start again");
  find(".draw-with").hidden = !run.learned || Boolean(run.damage);
  find(".put").hidden = !may.manage || !run.learned || Boolean(run.damage) || answer.in_use.version === run.name;
  // Of a long run's axis as much as has happened, and a little: else the first epochs are a line.
  const now = known.points.length ? known.points[known.points.length - 1][1] : 0;
  const span = run.status === "running" ? Math.min(run.epochs, Math.max(10, Math.ceil(1.25 * now))) : Math.max(1, Math.ceil(now));
  charts.loss.show(curve(known.points, epochs, 2, "loss", "val_loss"), 0, span);
  charts.accuracy.show(curve(known.points, epochs, 3, "accuracy", "val_accuracy"), 0, span);
  probe.show(run.drawing, epochs, run.status === "running" ? answer.probe : null);
}

async function look() {
  if (!warmed) {
    warmed = true;
    server.warm(null);
  }
  const epoch = known.epochs.length ? known.epochs[known.epochs.length - 1].epoch : 0;
  const answer = await server.watch({ known: known.part, last: known.last, epoch });
  if (answer.problem) {
    tell(find(".problem"), answer.problem);
    return REST_PAUSE;
  }
  const { run } = answer;
  if (run && run.part !== known.part) {
    known = { part: run.part, name: run.name, points: [], epochs: [], last: 0 };
    result.hide();
    problem = "";
    if (Date.now() - mine < 10_000) requestAnimationFrame(() => view.scrollIntoView({ block: "nearest" }));
    mine = 0;
  }
  if (run) {
    known.points = known.points.concat(answer.points);
    known.epochs = known.epochs.concat(answer.epochs);
    if (known.points.length > MOST_POINTS) known.points = known.points.filter((_, i) => i % 2 === 0 || i > MOST_POINTS / 2);
  }
  if (run && known.points.length) known.last = known.points[known.points.length - 1][0];
  paint(answer);
  if (run && run.learned) {
    const tested = result.of === run.name ? known.result : await server.result(run.name);
    if (!tested.problem) {
      known.result = tested;
      result.show(run.name, tested, answer.in_use);
    }
  }
  return run && ["running", "queued"].includes(run.status) ? LIVE_PAUSE : REST_PAUSE;
}

const again = keepLooking(look, (lost) => {
  if (lost) tell(find(".problem"), LOST);
});

// What a button did is seen at the next look; what it could not do is said at once.
function press(selector, action) {
  find(selector).addEventListener("click", async () => {
    const button = find(selector);
    button.setAttribute("aria-disabled", "true");
    try {
      problem = (await action(known.name)).problem ?? "";
    } catch {
      problem = LOST;
    }
    button.removeAttribute("aria-disabled");
    await again();
    keepFocus(button, find("h2"));
  });
}

window.addEventListener("sketchpad:train", () => { mine = Date.now(); });
press(".stop", (name) => server.stop(name));
press(".resume", (name) => server.resume(name));
press(".put", (name) => server.put_in_use(name));
find(".draw-with").addEventListener("click", () => drawWith(known.name));
