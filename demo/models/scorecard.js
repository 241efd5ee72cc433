// A version's scorecard under its row: figures part by part, each set of digits with its
// reliability diagram, and a button that has it measured.
const SVG = "http://www.w3.org/2000/svg";

function shape(name, attributes, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// How often readings that were so sure were right: on the line, as sure as right. Dots are as
// large as their bins are full.
function reliability(title, bins) {
  const [left, top, side] = [34, 8, 150];
  const x = (share) => left + side * share;
  const y = (share) => top + side * (1 - share);
  const most = Math.max(...bins.map(({ images }) => images));
  const words = bins.map(({ images, confidence, accuracy }) =>
    `of ${images.toLocaleString("en")} that were ${percent(confidence, 0)} sure, ${percent(accuracy, 0)} right`);
  return shape("svg", { viewBox: "0 0 196 202", class: "reliability", role: "img", "aria-label": `${title}: ${words.join("; ")}` },
    ...[0, 0.5, 1].flatMap((share) => [
      shape("line", { class: "grid", x1: x(0), x2: x(1), y1: y(share), y2: y(share) }),
      shape("text", { x: left - 6, y: y(share) + 4, "text-anchor": "end" }, String(100 * share)),
      shape("text", { x: x(share), y: y(0) + 16, "text-anchor": "middle" }, String(100 * share)),
    ]),
    shape("line", { class: "even", x1: x(0), y1: y(0), x2: x(1), y2: y(1) }),
    ...bins.map(({ confidence, accuracy }) =>
      shape("line", { class: "off", x1: x(confidence), x2: x(confidence), y1: y(confidence), y2: y(accuracy) })),
    ...bins.map(({ images, confidence, accuracy }, place) =>
      shape("circle", { cx: x(confidence), cy: y(accuracy), r: 2 + 4 * Math.sqrt(images / most) },
        shape("title", {}, words[place]))),
    shape("text", { x: x(0.5), y: 198, "text-anchor": "middle" }, "% sure"),
    shape("text", { x: 0, y: 0, "text-anchor": "middle", transform: `translate(9 ${y(0.5)}) rotate(-90)` }, "% right"));
}

function digitByDigit(shares) {
  return make("table", { class: "by-digit" },
    make("caption", { class: "away" }, "Read right, digit by digit, in %"),
    make("tbody", {},
      make("tr", {}, ...shares.map((_, digit) => make("th", { scope: "col" }, String(digit)))),
      make("tr", {}, ...shares.map((share) => make("td", {}, share === null ? "–" : share === 1 ? "100" : (100 * share).toFixed(1))))));
}

function part({ title, rows, by_digit: shares, bins }, isFirst) {
  const figures = make("table", { class: "figures" },
    make("caption", {}, isFirst ? "The network" : title),
    make("tbody", {}, ...rows.map(([what, words]) => make("tr", {}, make("th", { scope: "row" }, what), make("td", {}, words)))));
  const left = make("div", {}, figures);
  if (shares) left.append(make("p", { class: "small" }, "read right, digit by digit, %"), digitByDigit(shares));
  return make("section", {}, left, ...(bins ? [reliability(title, bins)] : []));
}

function makeScorecard(name, carryOut) {
  const measure = make("button", { type: "button" }, "Measure");
  const line = make("p", { class: "line", role: "status" });
  const parts = make("div", { class: "parts" });
  const root = make("div", { class: "scorecard" }, make("div", { class: "head" }, line, measure), parts);
  let state = "";
  measure.addEventListener("click", () => carryOut(() => server.measure(name), measure));

  async function look() {
    const answer = await server.scorecard({ name, state });
    if (answer.problem) {
      tell(line, answer.problem);
      measure.hidden = true;
      return;
    }
    if (answer.state === state) return;
    state = answer.state;
    const when = answer.measured
      && `Measured on ${new Date(answer.measured).toLocaleDateString([], { day: "numeric", month: "long", year: "numeric" })}`;
    tell(line, answer.at !== "" ? `Measuring … ${answer.at}` : answer.problem_measuring || answer.how || when);
    line.classList.toggle("problem", answer.at === "" && answer.problem_measuring !== "");
    measure.hidden = answer.at !== "";
    measure.disabled = answer.busy;
    tell(measure, answer.measured ? "Measure again" : "Measure");
    if (answer.measured) parts.replaceChildren(...answer.parts.map((each, place) => part(each, place === 0)));
  }

  return { root, look };
}
