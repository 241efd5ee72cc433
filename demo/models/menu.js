// A row's menu: a list of buttons in a popover beside the button that opened it.

import { make } from "../parts/dom.js";

const MARGIN = 8; // CSS pixels between the menu and the edge of the window

/** @param {HTMLElement} root the popover */
export function createMenu(root) {
  function place(opener) {
    const { right, bottom, top } = opener.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const left = Math.min(right - root.offsetWidth, clientWidth - root.offsetWidth - MARGIN);
    const isLow = bottom + root.offsetHeight > clientHeight && top > root.offsetHeight;
    root.style.left = `${scrollX + Math.max(MARGIN, left)}px`;
    root.style.top = `${scrollY + (isLow ? top - root.offsetHeight : bottom)}px`;
  }

  root.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const buttons = [...root.querySelectorAll("button")];
    const now = buttons.indexOf(/** @type {HTMLButtonElement} */ (document.activeElement));
    event.preventDefault();
    buttons[(now + step + buttons.length) % buttons.length].focus();
  });

  // Its place is the row's, which a turned phone moves.
  addEventListener("resize", () => root.hidePopover());

  return {
    /**
     * @param {HTMLElement} opener
     * @param {{ label: string, title?: string, onPress: () => void }[]} items
     */
    open(opener, items) {
      const buttons = items.map(({ label, title, onPress }) => {
        const button = make("button", { type: "button", title: title ?? "" }, label);
        button.addEventListener("click", () => {
          root.hidePopover();
          onPress();
        });
        return button;
      });
      root.replaceChildren(...buttons);
      root.showPopover();
      place(opener);
      buttons[0].focus({ preventScroll: true });
    },
    close() {
      root.hidePopover();
    },
  };
}
