// Some runs over each other: their curves, and their settings with what differs in bold.
function makeCompare(root) {
  const charts = {
    loss: makeChart(root.querySelector(".loss"), { words: lossWords("Loss"), value: lossValue, steep: "high" }),
    accuracy: makeChart(root.querySelector(".accuracy"), { words: shareWords("Accuracy"), value: shareValue, steep: "low" }),
  };

  function series(runs, trained, held) {
    return runs.flatMap(({ name, curve: epochs }, place) => {
      const line = (key) => epochs.filter((epoch) => epoch[key] !== null).map((epoch) => [epoch.epoch, epoch[key]]);
      const hue = `--hue-${place}`;
      const validated = line(held);
      return [
        { label: name, hue, points: line(trained), dots: epochs.length < 2 },
        ...(validated.length ? [{ label: `${name}, held out`, hue, dash: [6, 4], points: validated, dots: epochs.length < 2 }] : []),
      ];
    });
  }

  function settings(runs) {
    const rows = [["recipe", (run) => run.recipe], ["digits", (run) => run.data]];
    const names = [...new Set(runs.flatMap((run) => run.settings.map(([name]) => name)))];
    for (const name of names) {
      rows.push([name, (run) => (run.settings.find(([own]) => own === name) ?? [name, "–"])[1]]);
    }
    rows.push(["test accuracy", (run) => percent(run.accuracy)], ["duration", (run) => duration(run.seconds)]);
    root.querySelector(".settings thead").replaceChildren(make("tr", {}, make("td"),
      ...runs.map(({ name }) => make("th", { scope: "col" }, name))));
    root.querySelector(".settings tbody").replaceChildren(...rows.map(([name, value]) => {
      const values = runs.map(value);
      const differ = new Set(values).size > 1;
      return make("tr", {}, make("th", { scope: "row" }, name),
        ...values.map((words) => make("td", {}, differ ? make("strong", {}, words) : words)));
    }));
  }

  return {
    hide() { root.hidden = true; },
    show(runs) {
      root.hidden = false;
      const longest = Math.max(2, ...runs.map(({ curve }) => curve.length));
      charts.loss.show(series(runs, "loss", "val_loss"), 1, longest);
      charts.accuracy.show(series(runs, "accuracy", "val_accuracy"), 1, longest);
      settings(runs);
    },
  };
}
