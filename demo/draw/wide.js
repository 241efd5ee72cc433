// A pad twice as wide as it is high, for long numbers: a button, and by itself in a wide window.

const KEY = "digit-sketchpad-wide";
const WIDE_WINDOW = "(min-width: 1600px) and (min-height: 761px)"; // as page.css has it

/**
 * @param {HTMLElement} root the pad
 * @param {HTMLElement} button
 * @param {() => Storage} storage may throw: browsers can block it
 * @param {() => void} onChange
 */
export function listenToWide(root, button, storage, onChange) {
  let chosen = null; // "true" or "false", once somebody chose
  try {
    chosen = storage().getItem(KEY);
  } catch {
    // Blocked: the window decides.
  }

  function show(isWide) {
    root.classList.toggle("wide", isWide);
    button.setAttribute("aria-pressed", String(isWide));
  }

  button.addEventListener("click", () => {
    chosen = String(!root.classList.contains("wide"));
    show(chosen === "true");
    try {
      storage().setItem(KEY, chosen);
    } catch {
      // Then until the page is reloaded.
    }
    onChange();
  });
  show(chosen === null ? matchMedia(WIDE_WINDOW).matches : chosen === "true");
}
