// The form's fields for settings: made, filled, and checked where they stand.

import { make, setText } from "../parts/dom.js";
import { explained } from "../parts/explain.js";

const plain = (number) => number.toLocaleString("en", { maximumFractionDigits: 6 });

// What is wrong with a value, in the server's words; empty if nothing is.
function problemOf({ label, low, high, whole }, value) {
  const limits = `between ${plain(low)} and ${plain(high)}`;
  if (!Number.isFinite(value) || (whole && !Number.isInteger(value))) {
    return `${label} must be ${whole ? "a whole number" : "a number"} ${limits}.`;
  }
  return value < low || value > high ? `${label} must be ${limits}.` : "";
}

/**
 * @param {any} known as the server's `form` answers
 * @param {(name: string) => HTMLElement} groupOf where the field of that name goes
 */
export function createFields(known, groupOf) {
  const all = new Map();
  const lines = new Map(); // of each group: what is wrong in it

  function add(name, label, meaning, input, more = []) {
    const group = groupOf(name);
    if (!lines.has(group)) {
      const line = make("p", { class: "error", role: "alert", id: `error-${lines.size}` });
      lines.set(group, group.appendChild(line));
    }
    const line = lines.get(group);
    input.setAttribute("aria-label", label);
    input.setAttribute("aria-describedby", line.id);
    const word = explained(label, meaning);
    line.before(make("div", { class: "field" }, word, input, ...more));
    return line;
  }

  function addNumber(field) {
    const { name, label, low, high, step, whole, meaning } = field;
    const isSlider = !whole && name !== "learning_rate";
    const input = make("input", { name, min: low, max: high, step, autocomplete: "off" });
    input.type = isSlider ? "range" : "number";
    const output = make("output", {});
    const line = add(name, label, meaning, input, isSlider ? [output] : []);
    const show = () => setText(output, input.value);
    input.addEventListener("input", show);
    all.set(name, {
      input,
      field,
      line,
      read: () => input.valueAsNumber,
      write(value) {
        input.value = String(value);
        show();
      },
    });
  }

  function addOptimizer() {
    const options = known.optimizers.map((name) => make("option", {}, name));
    const input = make("select", { name: "optimizer" }, ...options);
    const line = add("optimizer", "Optimizer", known.optimizer_meaning, input);
    const write = (value) => {
      input.value = value;
    };
    all.set("optimizer", { input, field: null, line, read: () => input.value, write });
  }

  function say({ input, line }, problem) {
    input.toggleAttribute("aria-invalid", Boolean(problem));
    if (problem) input.setAttribute("aria-invalid", "true");
    else if (line.dataset.of !== input.name) return; // the line is about another field
    line.dataset.of = input.name;
    setText(line, problem);
  }

  function refuse(name, problem) {
    const { input } = all.get(name);
    say(all.get(name), problem);
    const folded = input.closest("details");
    if (folded) folded.open = true;
    input.focus();
  }

  addNumber(known.count);
  for (const field of known.fields.slice(0, 3)) addNumber(field);
  addOptimizer();
  for (const field of known.fields.slice(3)) addNumber(field);

  return {
    /** Values by name, as they are. */
    values: () => Object.fromEntries([...all].map(([name, { read }]) => [name, read()])),
    /** The largest value of a field. */
    high: (name) => all.get(name).field.high,
    /** @param {Record<string, any>} values of some fields; nothing is wrong with them */
    fill(values) {
      for (const [name, value] of Object.entries(values)) {
        const entry = all.get(name);
        if (entry && value !== null) entry.write(value);
        if (entry) say(entry, "");
      }
    },
    enable(name, isEnabled) {
      const { input } = all.get(name);
      input.disabled = !isEnabled;
      input.parentElement.classList.toggle("off", !isEnabled);
      if (!isEnabled) say(all.get(name), "");
    },
    refuse,
    /**
     * @param {string[] | null} names of the fields to check; null for all, where the first that is
     *   wrong gets the focus
     * @returns {boolean} whether nothing is wrong
     */
    check(names) {
      let first = null;
      for (const [name, entry] of all) {
        if (!entry.field || entry.input.disabled || (names && !names.includes(name))) continue;
        const problem = problemOf(entry.field, entry.read());
        if (problem) first ??= [name, problem];
        else say(entry, "");
      }
      if (first && names) say(all.get(first[0]), first[1]);
      else if (first) refuse(first[0], first[1]);
      return first === null;
    },
  };
}
