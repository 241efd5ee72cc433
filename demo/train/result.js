// What the test digits gave: accuracy beside that in use, confusion matrix, each digit, mistakes.
function makeResult(root) {
  const at = (selector) => root.querySelector(selector);
  let shown = null;

  function confusion(rows) {
    const head = make("tr", {}, make("th", { scope: "col" }, ""));
    for (let guess = 0; guess < 10; guess += 1) head.append(make("th", { scope: "col" }, String(guess)));
    at(".confusion thead").replaceChildren(head);
    at(".confusion tbody").replaceChildren(...rows.map((row, digit) => {
      const total = row.reduce((a, b) => a + b, 0) || 1;
      const line = make("tr", {}, make("th", { scope: "row" }, String(digit)));
      row.forEach((count, guess) => {
        const cell = make("td", { title: `${count} times a ${digit} was read as ${guess}` }, count ? String(count) : "");
        cell.classList.toggle("right", guess === digit);
        // A mistake in fifty is as dark as it gets: they are what one looks for.
        cell.style.setProperty("--share", guess === digit ? count / total : Math.min(1, (50 * count) / total));
        line.append(cell);
      });
      return line;
    }));
  }

  function digits(scores) {
    at(".digits tbody").replaceChildren(...scores.map(({ precision, recall, f1, images }, digit) => make("tr", {},
      make("th", { scope: "row" }, String(digit)),
      ...[precision, recall, f1].map((score) => make("td", {}, percent(score))),
      make("td", {}, images.toLocaleString("en")))));
  }

  function mistakes(list, wrong) {
    tell(at(".mistakes figcaption"), list.length
      ? `The worst of ${wrong.toLocaleString("en")} mistakes: those it was surest of`
      : "Not one mistake");
    at(".mistakes ol").replaceChildren(...list.map(({ image, digit, guess, sure }) => make("li", {},
      paintDigit(make("canvas", { role: "img", "aria-label": `A ${digit}` }), bytesOf(image)),
      make("span", {}, `${digit} read as ${guess}`),
      make("span", { class: "quiet" }, percent(Math.min(sure, 0.999), 1)))));
  }

  return {
    get of() { return shown; },
    hide() {
      shown = null;
      root.hidden = true;
    },
    show(name, result, inUse) {
      root.hidden = false;
      const [low, high] = result.interval;
      tell(at(".against"), `95 % interval ${percent(low)} to ${percent(high)}; learned from ${result.trained_on.toLocaleString("en")} images of ${result.source}. `
        + (inUse.version === name ? "It is the network in use."
          : `In use: ${inUse.version}${inUse.accuracy ? `, ${percent(inUse.accuracy)}` : ""}.`));
      if (shown === name) return;
      shown = name;
      tell(at(".tested"), `${percent(result.accuracy)} of ${result.images.toLocaleString("en")} test digits read right`);
      confusion(result.confusion);
      digits(result.digits);
      mistakes(result.mistakes, result.images - result.correct);
    },
  };
}
