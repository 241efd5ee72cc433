// Each tab's address: #draw, #train and so on, in the browser's history as its pages are.

import { openTab } from "../parts/page.js";

const FIRST = "draw"; // the tab of an address that names none

const selected = () =>
  /** @type {HTMLElement} */ (document.querySelector('[role="tab"][aria-selected="true"]'))?.dataset
    .tabId;
const addressed = () => location.hash.slice(1) || FIRST;

/** Keeps the address and the open tab the same; the page's start opens the first one. */
export function keepTabs() {
  // Of any element: buttons of other tabs open tabs too, and narrow windows have a menu of them.
  document.addEventListener("click", () => {
    setTimeout(() => {
      const tab = selected();
      if (tab && tab !== addressed()) history.pushState(null, "", `#${tab}`);
    });
  });
  window.addEventListener("popstate", () => openTab(addressed()));
}
