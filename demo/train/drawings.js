// The form's files of pen drawings: chosen by checkboxes; the owner adds and removes some.

import { ask } from "../parts/ask.js";
import { finder, keepFocus, make, setText } from "../parts/dom.js";
import { count } from "../parts/numbers.js";
import { addressOf, LOST } from "../parts/page.js";

const MB = 1_000_000;

/**
 * @param {HTMLElement} root
 * @param {any} known as the server's `form` answers
 * @param {Record<string, (given: any) => Promise<any>>} server
 * @param {() => void} changed is called when files have come or gone
 */
export function createDrawings(root, known, server, changed) {
  const find = finder(root);
  const users = known.recipes.filter((recipe) => recipe.learns_non_digits);
  let files = known.drawings;
  let isUsed = false; // by the recipe that is chosen

  const boxes = () => [...root.querySelectorAll("[type=checkbox]")];
  const chosen = () => boxes().flatMap(({ checked, value }) => (checked ? [value] : []));
  const say = (text) => setText(find(".said"), text);

  function row({ name, digits, others, problem }, isChosen) {
    const box = make("input", { type: "checkbox", value: name, checked: isChosen && !problem });
    box.dataset.broken = problem;
    const words = problem
      ? `Cannot be used: ${problem}.`
      : `${count(digits)} digits, ${count(others)} other drawings`;
    const label = make(
      "label",
      {},
      box,
      make("span", { class: "title" }, name),
      make("span", { class: "about" }, words),
    );
    if (!known.may.manage) return make("li", {}, label);
    const button = make("button", { type: "button", "aria-label": `Remove ${name}` }, "Remove");
    button.addEventListener("click", () => remove(name));
    return make("li", {}, label, button);
  }

  function paint() {
    for (const box of boxes()) box.disabled = !isUsed || Boolean(box.dataset.broken);
    find(".files").classList.toggle("unused", !isUsed);
    const names = users.map(({ name }) => name).join(", ");
    setText(find(".chosen"), isUsed ? chosen().join(", ") || "none" : `for ${names} only`);
  }

  function list(names) {
    find(".files").replaceChildren(...files.map((file) => row(file, names.includes(file.name))));
    root.hidden = !files.length && !known.may.manage;
    paint();
  }

  async function remove(name) {
    const place = root.closest(".train"); // a form has no place inside a form
    const words = "It is deleted for good. Runs that learn from it cannot be resumed without it.";
    if (!(await ask(place, `Remove ${name}?`, [make("p", {}, words)], "Remove"))) return;
    try {
      const { problem } = await server.delete_drawings(name);
      say(problem ?? `${name} is removed.`);
      if (problem) return;
    } catch {
      say(LOST);
      return;
    }
    files = files.filter((file) => file.name !== name);
    list(chosen());
    changed();
    keepFocus(find(".add button"), find(".add button"));
  }

  async function send(file) {
    if (file.size > known.max_drawings) {
      return `${file.name} is too large: a file may have ${known.max_drawings / MB} MB.`;
    }
    const address = addressOf(`drawings/${encodeURIComponent(file.name)}`);
    const { error } = await (await fetch(address, { method: "POST", body: file })).json();
    if (error) return error;
    files = (await server.form(null)).drawings;
    list([...chosen(), file.name]);
    changed();
    return `${file.name} is added.`;
  }

  find(".add").hidden = !known.may.manage;
  find(".add button").addEventListener("click", () => find("[type=file]").click());
  find("[type=file]").addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    if (!file) return;
    say(`Adding ${file.name}…`);
    say(await send(file).catch(() => LOST));
    target.value = ""; // the same file can be chosen again
  });

  return {
    /** Names of the files that are chosen, whether the recipe uses them or not. */
    chosen,
    /** Images that a recipe learns from in them. */
    images: () =>
      files
        .filter(({ name }) => chosen().includes(name))
        .reduce((sum, { images }) => sum + images, 0),
    /** @param {string[]} names of the files to choose, there or not */
    choose(names) {
      say("");
      list(names);
    },
    /** @param {boolean} is whether the recipe uses them */
    use(is) {
      isUsed = is;
      paint();
    },
  };
}
