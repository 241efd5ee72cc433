// A run's own page: what can be done to it, its settings, its result, its scorecard.

import { finder, make, setText } from "../parts/dom.js";
import { duration, percent } from "../parts/numbers.js";
import { createResult } from "../train/result.js";
import { createScorecard } from "./scorecard.js";
import { startedText } from "./table.js";

function factsOf(run) {
  if (!run.isRun) return [["accuracy", percent(run.accuracy)]];
  return [
    ["recipe", run.recipe],
    ["learned from", run.data],
    ["accuracy", percent(run.accuracy)],
    ["duration", duration(run.seconds)],
    ["started", startedText(run.started)],
    ...run.settings,
  ].filter(([, value]) => value);
}

/**
 * @param {HTMLElement} root
 * @param {object} parts
 * @param {Record<string, (given: any) => Promise<any>>} parts.server
 * @param {(run: any) => import("./actions.js").Action[]} parts.actionsOf
 * @param {(action: () => Promise<any>, button: HTMLElement) => void} parts.carryOut
 */
export function createDetails(root, { server, actionsOf, carryOut }) {
  const find = finder(root);
  let name = null; // of the run that is shown
  let result = null; // each run has its own result and scorecard
  let card = null;
  let buttons = []; // each with its action

  function paintActions(run) {
    const actions = actionsOf(run);
    if (buttons.length !== actions.length) {
      buttons = actions.map(() => {
        const part = { button: make("button", { type: "button" }), action: null };
        part.button.addEventListener("click", () => {
          if (part.action.can) carryOut(part.action.act, part.button);
        });
        return part;
      });
      find(".actions").replaceChildren(...buttons.map(({ button }) => button));
    }
    actions.forEach((action, place) => {
      const part = Object.assign(buttons[place], { action });
      setText(part.button, action.label);
      part.button.title = action.title ?? "";
      part.button.setAttribute("aria-disabled", String(!action.can));
    });
  }

  function paintFacts(run) {
    const lines = factsOf(run).flatMap(([label, value]) => {
      const differs = run.isRun && run.differs.includes(label);
      const text = differs ? make("strong", {}, value) : value;
      return make("div", {}, make("dt", {}, label), make("dd", {}, text));
    });
    find(".facts").replaceChildren(...lines);
  }

  return {
    get name() {
      return name;
    },
    hide() {
      name = null;
      root.hidden = true;
      find(".run")?.remove();
      find(".scorecard")?.remove();
    },
    /** @param {any} run whose page is opened */
    open(run) {
      name = run.name;
      card = null;
      root.hidden = false;
      find(".card").before(find("template").content.cloneNode(true));
      result = createResult(find(".result"));
      this.show(run);
      find("h2").focus({ preventScroll: true });
      root.scrollIntoView({ block: "nearest" });
    },
    /** @param {any} run the same one, as it is now */
    show(run) {
      setText(find("h2"), run.name);
      setText(find(".status"), run.shownStatus);
      const reason = run.damage || run.reason || (run.isRun ? "" : run.words);
      setText(find(".reason"), reason);
      paintActions(run);
      paintFacts(run);
      find(".card").hidden = !run.learned || run.damage !== "";
      if (find(".card").hidden || card) return;
      card = createScorecard(run.name, server, carryOut);
      find(".card").append(card.root);
    },
    /** Asks for what a page shows beside its row. */
    async look(run, live) {
      await card?.look();
      if (!run.isRun || !run.learned || run.name !== name) return;
      if (result.of !== run.name) {
        const answer = await server.result(run.name);
        if (!answer.problem && run.name === name) result.show(run.name, answer);
      }
      if (result.of === run.name) result.compare(run, live);
    },
  };
}
