// The form: recipe, digits and settings. What is chosen survives a reload of this window.

import { finder, make, setText } from "../parts/dom.js";
import { explained } from "../parts/explain.js";
import { count } from "../parts/numbers.js";
import { createDrawings } from "./drawings.js";
import { roughly, runSeconds } from "./estimate.js";
import { createFields } from "./fields.js";

const KEPT = "digit-sketchpad-form";
const MAIN = ["count", "epochs", "batch_size", "learning_rate"]; // the other fields are folded away

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
  } catch {
    return {};
  }
}

function keep(choice) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(choice));
  } catch {
    // storage is blocked: a reload begins anew
  }
}

/**
 * @param {HTMLFormElement} root
 * @param {any} known as the server's `form` answers
 * @param {(all: boolean, choice: any) => Promise<any>} train starts a run, or one of each recipe
 * @param {Record<string, (given: any) => Promise<any>>} server
 */
export function createForm(root, known, train, server) {
  const find = finder(root);
  const recipes = new Map(known.recipes.map((recipe) => [recipe.name, recipe]));
  const fields = createFields(known, (name) =>
    find(MAIN.includes(name) ? ".choices .numbers" : ".more .numbers"),
  );
  let lowered = ""; // which recipe's epochs were more than this visitor may have
  let refusal = null; // what the server said no to, and how many runs were queued then
  let started = []; // runs that were started from here
  let isBusy = false;
  const drawings = createDrawings(find(".drawings"), known, server, () => {
    paint();
    keep(choice());
  });

  const checked = (name) => root.elements.namedItem(name).value;
  const recipe = () => recipes.get(checked("recipe"));
  const isGenerated = () => checked("digits") === "strokes";
  const choice = () => {
    const { count: digits, ...settings } = fields.values();
    return {
      recipe: recipe().name,
      digits: checked("digits"),
      count: digits,
      drawings: drawings.chosen(),
      settings,
    };
  };
  const digitsOf = (chosen) => (chosen.digits === "mnist" ? known.mnist.digits : chosen.count);

  function recipeRow({ name, purpose }) {
    return make(
      "label",
      {},
      make("input", { type: "radio", name: "recipe", value: name, "aria-label": name }),
      make("span", { class: "title" }, name),
      make("span", { class: "time" }),
      make("span", { class: "purpose" }, purpose),
    );
  }

  function paintLayers() {
    const { description, layers, parameters } = recipe();
    setText(find(".network .about"), description);
    setText(find(".network .parameters"), count(parameters));
    const lines = layers.map(([words, shape, own]) =>
      make(
        "tr",
        {},
        make("th", { scope: "row" }, words),
        make("td", {}, shape.join(" × ")),
        make("td", {}, own ? count(own) : ""),
      ),
    );
    find(".network tbody").replaceChildren(...lines);
  }

  function paintTimes() {
    const chosen = choice();
    function time(name, epochs) {
      const { learns_non_digits: isUsed, images_per_digit: images } = recipes.get(name);
      const digits = digitsOf(chosen) + (isUsed ? drawings.images() / images : 0);
      if (!(digits > 0 && epochs > 0)) return "";
      const run = { recipe: name, epochs, digits, isGenerated: isGenerated() };
      return roughly(runSeconds(known.speeds, run));
    }
    for (const row of root.querySelectorAll(".recipes label")) {
      const name = row.querySelector("input").value;
      const epochs = Math.min(recipes.get(name).values.epochs, fields.high("epochs"));
      setText(row.querySelector(".time"), time(name, epochs));
    }
    const all = time(chosen.recipe, chosen.settings.epochs);
    const limit = lowered && `${lowered} (your limit).`;
    setText(find(".estimate"), [all && `Takes ${all} here.`, limit].filter(Boolean).join(" "));
  }

  function paint() {
    fields.enable("dropout", recipe().has_dropout);
    fields.enable("count", isGenerated());
    drawings.use(recipe().learns_non_digits);
    paintLayers();
    paintTimes();
  }

  function takeRecipe() {
    const { name, values } = recipe();
    const high = fields.high("epochs");
    lowered =
      values.epochs > high ? `${name} asks for ${values.epochs} epochs; lowered to ${high}` : "";
    fields.fill({ ...values, epochs: Math.min(values.epochs, high) });
  }

  function choose(name, value) {
    const radio = root.querySelector(`[name="${name}"][value="${CSS.escape(String(value))}"]`);
    if (radio) radio.checked = true;
    return Boolean(radio);
  }

  function begin({ recipe: name, digits, count: generated, drawings: names, settings }) {
    if (!choose("recipe", name)) choose("recipe", known.first.recipe);
    if (!choose("digits", digits)) choose("digits", known.first.digits);
    fields.fill({ count: known.count.value });
    takeRecipe();
    fields.fill({ ...settings, ...(generated ? { count: generated } : {}) });
    drawings.choose(names ?? []);
    paint();
  }

  async function send(all) {
    if (isBusy || !fields.check(all ? ["count"] : null)) return;
    isBusy = true;
    const answer = await train(all, choice());
    isBusy = false;
    refusal = null;
    if (answer.field) fields.refuse(answer.field, answer.problem);
    else if (answer.problem) refusal = { text: answer.problem };
    else started = answer.runs;
    if (answer.left_out?.length) {
      refusal = { text: `The queue has no room left for ${answer.left_out.join(", ")}.` };
    }
    setText(find(".notice"), refusal?.text ?? "");
  }

  find(".recipes").append(...known.recipes.map(recipeRow));
  const word = explained("Recipe", "A network's design, and the settings to train it with.");
  find(".recipes legend").replaceChildren(word);
  if (!known.mnist.is_here) {
    find("[value=mnist]").parentElement.append(" (11 MB to download)");
  }
  find(".all").hidden = !known.may.manage;

  root.addEventListener("input", ({ target }) => {
    refusal = null;
    if (target.name === "recipe") takeRecipe();
    if (target.name === "epochs") lowered = "";
    paint();
    keep(choice());
  });
  root.addEventListener("change", ({ target }) => fields.check([target.name]));
  root.addEventListener("submit", (event) => {
    event.preventDefault();
    send(false);
  });
  root.addEventListener("reset", (event) => {
    event.preventDefault();
    refusal = null;
    setText(find(".notice"), "");
    begin({ recipe: null, digits: null, count: null, drawings: null, settings: {} });
    for (const details of root.querySelectorAll("details")) details.open = false;
    keep({});
  });
  find(".all").addEventListener("click", () => send(true));
  begin({ settings: {}, ...kept() });
  root.hidden = false;

  return {
    /**
     * Says how the runs that were started from here stand, for as long as they wait.
     *
     * @param {{ queue: string[], running: string[] }} answer of the server's `watch`
     */
    update({ queue, running }) {
      if (refusal) {
        refusal.queued ??= queue.length;
        if (refusal.queued === queue.length) return;
        refusal = null;
      }
      const waiting = started.filter((name) => queue.includes(name));
      let text = "";
      if (waiting.length > 1) text = `${waiting.length} runs are queued: ${waiting.join(", ")}.`;
      else if (waiting.length) {
        const place = queue.indexOf(waiting[0]) + 1;
        const when = place > 1 ? `number ${place}` : "next up";
        text =
          place === 1 && !running.length
            ? `${waiting[0]} is about to start.`
            : `${waiting[0]} is queued (${when}).`;
      }
      setText(find(".notice"), text);
    },
  };
}
