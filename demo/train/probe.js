// The visitor's own drawing, read by the network as it learns: a row for each epoch.

import { decodeBase64, finder, make, paintDigit } from "../parts/dom.js";
import { percent } from "../parts/numbers.js";

const MAX_ROWS = 12;
const SHOWN_FROM = 0.005; // probability below which a cell stays empty

/** @param {HTMLElement} root */
export function createProbe(root) {
  const find = finder(root);
  let painted = null;

  for (let digit = 0; digit < 10; digit += 1) {
    find("thead tr").append(make("th", { scope: "col" }, String(digit)));
  }

  function line(name, probabilities) {
    const best = probabilities.indexOf(Math.max(...probabilities));
    const cells = probabilities.map((p, digit) => {
      const text = p >= SHOWN_FROM ? String(Math.min(99, Math.round(100 * p))) : "";
      const cell = make("td", { title: `${digit}: ${percent(p, 1)}` }, text);
      cell.style.setProperty("--share", p);
      cell.classList.toggle("best", digit === best);
      return cell;
    });
    return make("tr", {}, make("th", { scope: "row" }, name), ...cells);
  }

  return {
    /**
     * @param {string} drawing 28x28 grey levels in base64; empty where there is none
     * @param {{ epoch: number, probe: number[] | null }[]} epochs probabilities after each
     * @param {number[] | null} now probabilities within the epoch that is running
     */
    show(drawing, epochs, now) {
      root.hidden = !drawing;
      if (!drawing) return;
      if (drawing !== painted) paintDigit(find(".drawing"), decodeBase64(drawing));
      painted = drawing;
      const lines = epochs
        .filter(({ probe }) => probe)
        .slice(-MAX_ROWS)
        .map(({ epoch, probe }) => line(String(epoch), probe));
      if (now) lines.push(line("now", now));
      find("tbody").replaceChildren(...lines);
    },
  };
}
