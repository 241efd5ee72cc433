// The Data tab: counts and averages, a grid to browse by digit, one digit many times augmented.
const state = { set: null, digit: null, page: 0, pages: 1, place: null };
const asked = {}; // by the name of a call: how often

async function ask(name, given) {
  const mine = (asked[name] = (asked[name] ?? 0) + 1);
  try {
    const answer = await server[name](given);
    if (answer.problem) {
      tell(find(".source"), answer.problem);
      return null;
    }
    return mine === asked[name] ? answer : null; // something newer was asked meanwhile
  } catch {
    tell(find(".source"), "The server does not answer. Try again.");
    return null;
  }
}

function digitCanvas(bytes, index, words) {
  return paintDigit(make("canvas", { role: "img", "aria-label": words }), bytes, 784 * index);
}

async function choose(set) {
  Object.assign(state, { set, digit: null, page: 0, place: null });
  for (const button of element.querySelectorAll(".sets button")) {
    button.setAttribute("aria-pressed", String(button.dataset.set === set));
  }
  for (const list of [".kinds", ".grid", ".variants"]) find(list).replaceChildren();
  find(".body").hidden = true;
  tell(find(".source"), set === "strokes" ? "Drawing 7,000 digits …" : "Loading …");
  const overview = await ask("overview", set);
  if (!overview) return;
  const count = (number) => number.toLocaleString("en");
  tell(find(".source"), set === "strokes"
    ? `A sample of ${count(overview.train)} digits, drawn here; a run draws as many as it is asked for`
    : `${overview.source}: ${count(overview.train)} digits to train with, ${count(overview.test)} to test with`);
  const averages = bytesOf(overview.averages);
  const most = Math.max(...overview.counts);
  find(".kinds").replaceChildren(...overview.counts.map((number, digit) => {
    const bar = make("span", { class: "bar" });
    bar.style.setProperty("--share", number / most);
    const button = make("button", { type: "button", "aria-pressed": "false" },
      digitCanvas(averages, digit, `The average ${digit}`), make("span", { class: "name" }, String(digit)),
      bar, make("span", { class: "count" }, count(number)));
    button.addEventListener("click", () => {
      state.digit = state.digit === digit ? null : digit;
      state.page = 0;
      browse();
    });
    return make("li", {}, button);
  }));
  find(".body").hidden = false;
  browse();
}

async function browse() {
  [...find(".kinds").querySelectorAll("button")].forEach((button, digit) => {
    button.setAttribute("aria-pressed", String(digit === state.digit));
  });
  const answer = await ask("grid", { set: state.set, digit: state.digit, page: state.page });
  if (!answer) return;
  state.pages = answer.pages;
  const bytes = bytesOf(answer.images);
  find(".grid").replaceChildren(...answer.places.map((place, index) => {
    const label = String(answer.labels[index]);
    const button = make("button", { type: "button", title: `${label}, number ${place + 1}` },
      digitCanvas(bytes, index, `A ${label}`));
    button.addEventListener("click", () => pick(place));
    button.dataset.place = place;
    return make("li", {}, button);
  }));
  tell(find(".page"), `Page ${(state.page + 1).toLocaleString("en")} of ${answer.pages.toLocaleString("en")}`);
  find(".before").disabled = state.page === 0;
  find(".after").disabled = state.page + 1 >= answer.pages;
  pick(answer.places[0]);
}

function turn(pages) {
  state.page = Math.min(state.pages - 1, Math.max(0, state.page + pages));
  browse();
}

async function pick(place) {
  state.place = place;
  for (const button of find(".grid").querySelectorAll("button")) {
    button.classList.toggle("chosen", Number(button.dataset.place) === place);
  }
  const shift = Number(find(".shift").value);
  const rotation = Number(find(".rotation").value);
  tell(find(".shift-value"), String(shift));
  tell(find(".rotation-value"), String(rotation));
  if (place === undefined || place === null) return;
  find(".hint").hidden = true;
  const answer = await ask("variants", { set: state.set, place, shift, rotation });
  if (!answer) return;
  const bytes = bytesOf(answer.images);
  find(".variants").replaceChildren(...Array.from({ length: bytes.length / 784 }, (_, index) =>
    make("li", {}, digitCanvas(bytes, index, "The digit, changed"))));
}

for (const button of element.querySelectorAll(".sets button")) {
  button.addEventListener("click", () => choose(button.dataset.set));
}
for (const slider of [".shift", ".rotation"]) {
  find(slider).addEventListener("input", () => pick(state.place));
}
find(".before").addEventListener("click", () => turn(-1));
find(".after").addEventListener("click", () => turn(1));

function start() {
  if (state.set || !isShown()) return;
  choose(props.first);
}
keepLooking(async () => {
  start();
  return state.set ? 3_600_000 : 300;
});
