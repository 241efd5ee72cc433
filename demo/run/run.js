// The run that everyone sees: asks the server how it goes and paints what is new.
const LIVE_PAUSE = 350; // ms between looks while it runs: over two a second
const REST_PAUSE = 1500;

const view = find(".run");
const live = find(".live");
const result = makeResult(find(".result"));
const probe = makeProbe(find(".probe"));
const charts = {
  loss: makeChart(find(".loss"), { words: lossWords("Loss"), value: lossValue }),
  accuracy: makeChart(find(".accuracy"), { words: shareWords("Accuracy"), value: shareValue }),
};
let known = { name: null, points: [], last: 0 };
let warmed = false;
let problem = "";
let mine = false; // this visitor pressed Train: the page goes to where something happens

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
  if (!progress || run.phase !== "training") {
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

function paint(answer) {
  const { run } = answer;
  find(".nothing").hidden = run !== null;
  live.hidden = run === null;
  if (!run) return;
  const { epochs, progress } = answer;
  view.dataset.run = run.name;
  view.dataset.status = run.status;
  view.dataset.phase = run.phase;
  tell(find(".name"), run.name);
  tell(find(".status"), STATUS[run.status]);
  tell(find(".settings"), `${run.data}; ${run.settings.map(([name, value]) => `${name} ${value}`).join(", ")}`);
  tell(find(".progress"), progressWords(run, progress));
  tell(find(".queue"), answer.queue.length
    ? `Waiting: ${answer.queue.map((name, i) => `${i + 1}. ${name}`).join(", ")}` : "");
  tell(find(".problem"), problem || run.reason || run.damage);
  const share = run.status === "running" ? (run.phase === "training" && progress ? progress.share : run.phase === "testing" || run.phase === "saving" ? 1 : 0) : 0;
  const track = find(".track");
  track.hidden = run.status !== "running";
  track.setAttribute("aria-valuenow", String(Math.round(100 * share)));
  find(".done").style.transform = `scaleX(${share})`;
  find(".stop").hidden = !["running", "queued"].includes(run.status);
  find(".stop").disabled = run.phase === "stopping" || run.phase === "testing" || run.phase === "saving";
  find(".resume").hidden = !run.resumable;
  tell(find(".resume"), run.continues ? "Resume" : "Start again");
  find(".draw-with").hidden = !run.learned || Boolean(run.damage);
  find(".put").hidden = !run.learned || Boolean(run.damage) || answer.in_use.version === run.name;
  charts.loss.show(curve(known.points, epochs, 2, "loss", "val_loss"), 0, run.epochs);
  charts.accuracy.show(curve(known.points, epochs, 3, "accuracy", "val_accuracy"), 0, run.epochs);
  probe.show(run.drawing, epochs, run.status === "running" ? answer.probe : null);
}

async function look() {
  if (!warmed) {
    warmed = true;
    server.warm(null);
  }
  const answer = await server.watch({ known: known.name, last: known.last });
  if (answer.problem) {
    tell(find(".problem"), answer.problem);
    return REST_PAUSE;
  }
  const { run } = answer;
  if (run && run.name !== known.name) {
    known = { name: run.name, points: [], last: 0 };
    result.hide();
    problem = "";
    if (mine) requestAnimationFrame(() => view.scrollIntoView({ block: "nearest" }));
    mine = false;
  }
  if (run) known.points = known.points.concat(answer.points);
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

const again = keepLooking(look);

// What a button did is seen at the next look; what it could not do is said at once.
function press(selector, action) {
  find(selector).addEventListener("click", async () => {
    const button = find(selector);
    button.disabled = true;
    try {
      problem = (await action(known.name)).problem ?? "";
    } catch {
      problem = "The server does not answer. Try again.";
    }
    button.disabled = false;
    again();
  });
}

window.addEventListener("sketchpad:train", () => { mine = true; });
press(".stop", (name) => server.stop(name));
press(".resume", (name) => server.resume(name));
press(".put", (name) => server.put_in_use(name));
find(".draw-with").addEventListener("click", () => drawWith(known.name));
