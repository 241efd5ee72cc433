// The visitor's own drawing, read by the network as it learns: a row for each epoch.
function makeProbe(root) {
  const rows = root.querySelector("tbody");
  let drawn = null;

  function line(name, probabilities) {
    const best = probabilities.indexOf(Math.max(...probabilities));
    return make("tr", {}, make("th", { scope: "row" }, name), ...probabilities.map((p, digit) => {
      const cell = make("td", { title: `${digit}: ${percent(p, 1)}` }, p >= 0.005 ? String(Math.min(99, Math.round(100 * p))) : "");
      cell.style.setProperty("--share", p);
      cell.classList.toggle("best", digit === best);
      return cell;
    }));
  }

  return {
    show(drawing, epochs, now) {
      root.hidden = !drawing;
      if (!drawing) return;
      if (drawing !== drawn) paintDigit(root.querySelector(".drawing"), bytesOf(drawing));
      drawn = drawing;
      const lines = epochs.filter(({ probe }) => probe).slice(-12).map(({ epoch, probe }) => line(String(epoch), probe));
      if (now) lines.push(line("now", now));
      rows.replaceChildren(...lines);
    },
  };
}
