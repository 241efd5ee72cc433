// A word that is explained at a touch: a button, and its meaning in a bubble under it.

import { make } from "./dom.js";

const MARGIN = 8; // CSS pixels between the bubble and the edge of the window

function place(bubble, button) {
  const { left, bottom } = button.getBoundingClientRect();
  const room = document.documentElement.clientWidth - bubble.offsetWidth - MARGIN;
  bubble.style.left = `${scrollX + Math.max(MARGIN, Math.min(left, room))}px`;
  bubble.style.top = `${scrollY + bottom + MARGIN / 2}px`;
}

/**
 * @param {string} word
 * @param {string} meaning a sentence or two; empty for a word that speaks for itself
 * @returns {Element} the word, to be touched where there is a meaning
 */
export function explained(word, meaning) {
  if (!meaning) return make("span", {}, word);
  const bubble = make("span", { class: "meaning", popover: "auto" }, meaning);
  const button = make("button", { class: "word", type: "button" }, word);
  button.popoverTargetElement = bubble; // Escape, a touch elsewhere, aria-expanded: the browser's
  bubble.addEventListener("toggle", ({ newState }) => {
    if (newState === "open") place(bubble, button);
  });
  return make("span", { class: "explained" }, button, bubble);
}
