// Asks, in a dialog, before something is done for good or for everybody.

import { make } from "./dom.js";

const REFLEX = 500; // ms in which a second click of the same hand confirms nothing

/**
 * @param {HTMLElement} place in whose style sheet the dialog stands
 * @param {string} question
 * @param {Node[]} body what there is to know
 * @param {string} yes what the button says that does it
 * @returns {Promise<boolean>} whether it is to be done
 */
export function ask(place, question, body, yes) {
  const button = make("button", { value: "yes", class: "primary", disabled: true }, yes);
  const dialog = make(
    "dialog",
    { class: "ask", "aria-label": question },
    make("h2", {}, question),
    ...body,
    make(
      "form",
      { method: "dialog" },
      make("button", { value: "no", autofocus: true }, "Cancel"),
      button,
    ),
  );
  place.append(dialog);
  dialog.showModal();
  setTimeout(() => {
    button.disabled = false;
  }, REFLEX);
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}
