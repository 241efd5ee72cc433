// The Models tab put together: the table, what can be done to a run, the comparison.
const PAUSE = 1000;
const compare = makeCompare(find(".compare"));
let picked = [];
let state = null; // of the listing that is shown: only another one is sent
let listing = null;
let lost = false;

function say(sentence) {
  tell(find(".problem"), sentence ?? "");
}

async function carryOut(action, button) {
  button.setAttribute("aria-disabled", "true");
  try {
    say((await action()).problem);
  } catch {
    say(LOST);
  }
  button.removeAttribute("aria-disabled");
  await again();
  keepFocus(button, find(".using"));
}

function download(name, kind, button) {
  const words = button.textContent;
  if (kind === "onnx") button.textContent = "Making it …";
  return carryOut(async () => {
    const answer = await server.export(`${name}.${kind}`);
    if (answer.file) make("a", { href: `${pageRoot()}/${answer.file}`, download: "" }).click();
    return answer;
  }, button).finally(() => { button.textContent = words; });
}

// Asks in place, where the eye is, and forgets the question after a while.
function deleteButton(run) {
  const button = make("button", { type: "button" }, "Delete");
  let asked = null;
  const forget = () => {
    clearTimeout(asked);
    asked = null;
    button.textContent = "Delete";
    button.classList.remove("sure");
  };
  button.addEventListener("click", () => {
    if (asked) {
      forget();
      carryOut(() => server.delete(run.name), button);
      return;
    }
    button.textContent = "Delete for good?";
    button.classList.add("sure");
    asked = setTimeout(forget, 5000);
  });
  button.addEventListener("blur", forget);
  return button;
}

function actions(run) {
  const button = (words, action) => {
    const made = make("button", { type: "button" }, words);
    made.addEventListener("click", () => action(made));
    return made;
  };
  const isReady = (given) => given.learned && !given.damage;
  const list = [
    { button: button("Put in use", (made) => carryOut(() => server.put_in_use(run.isRun ? run.name : null), made)),
      offered: (given) => listing.may.manage && isReady(given) && !given.inUse },
    { button: button("Draw with it", () => drawWith(run.name)),
      offered: (given) => isReady(given) && !given.inUse },
  ];
  if (!run.isRun) return list;
  return [
    ...list,
    ...["keras", "tflite", "onnx"].map((kind) => ({
      button: button(kind === "onnx" ? "ONNX" : `.${kind}`, (made) => download(run.name, kind, made)),
      offered: (given) => given.own && isReady(given),
    })),
    { button: button("Stop", (made) => carryOut(() => server.stop(run.name), made)),
      offered: ({ own, status }) => own && ["queued", "running"].includes(status) },
    { button: button("Resume", (made) => carryOut(() => server.resume(run.name), made)),
      offered: ({ own, resumable }) => own && resumable },
    { button: deleteButton(run),
      offered: ({ own, status, inUse }) => own && !inUse && !["queued", "running"].includes(status) },
  ];
}

const table = makeTable(find(".list"), {
  actions,
  scorecard: (name) => makeScorecard(name, carryOut),
  onPick(names) {
    picked = names;
    again();
  },
});

function words(run) {
  const changed = run.settings.filter(([name]) => run.differs.includes(name));
  return [run.origin === "visitor" ? "a visitor's" : "", run.data, ...changed.map(([name, value]) => `${name} ${value}`), run.reason].filter(Boolean).join("; ");
}

async function look() {
  const news = await server.runs(state);
  if (news.problem) {
    say(news.problem);
    return PAUSE;
  }
  if (news.runs) listing = news;
  state = news.state;
  const answer = listing;
  const inUse = answer.in_use.version;
  const runs = answer.runs.map((run) => ({
    ...run, isRun: true, id: Number(run.name.split("-").pop()), inUse: run.name === inUse, words: words(run),
  }));
  runs.push({
    name: answer.base.version, isRun: false, id: 0, status: "comes with the app", accuracy: answer.base.accuracy,
    seconds: null, created: null, words: "can never be lost", reason: "", damage: "", learned: true,
    inUse: answer.base.version === inUse,
  });
  for (const run of runs) {
    run.text = `${run.name} ${STATUS[run.status] ?? run.status} ${run.words} ${run.inUse ? "in use" : ""}`.toLowerCase();
  }
  table.show(runs);
  await Promise.all(table.opened().map((card) => card.look()));
  find(".nothing").hidden = answer.runs.length > 0;
  tell(find(".using"), `In use: ${inUse}`);
  const back = find(".roll-back");
  back.hidden = !answer.may.manage;
  find(".models").classList.toggle("of-a-visitor", !answer.may.manage);
  back.disabled = answer.before === null;
  tell(back, answer.before === null ? "Roll back" : `Roll back to ${answer.before}`);
  if (picked.length > 1) {
    const compared = await server.compare(picked);
    if (compared.problem) say(compared.problem);
    else compare.show(compared.runs);
  } else {
    compare.hide();
  }
  return PAUSE;
}

find(".filter input").addEventListener("input", (event) => table.filter(event.target.value));
find(".roll-back").addEventListener("click", () => carryOut(() => server.roll_back(null), find(".roll-back")));
const again = keepLooking(look, (isLost) => {
  if (isLost || lost) say(isLost ? LOST : "");
  lost = isLost;
});
