// About this page, and the link to it with its QR code, for the phone across the table.

import { listenToDialog } from "../parts/dialog.js";
import { finder } from "../parts/dom.js";
import { keepTabs } from "./tabs.js";

function howToCopy() {
  if (matchMedia("(pointer: coarse)").matches) return "hold it to copy";
  return `press ${/Mac/.test(navigator.platform) ? "⌘" : "Ctrl"}+C to copy`;
}

/**
 * @param {HTMLElement} element the header
 * @param {object} _props
 * @param {Record<string, (given: any) => Promise<any>>} server
 */
export function mount(element, _props, server) {
  /** @type {HTMLDialogElement} */
  const dialog = element.querySelector(".link");
  const find = finder(dialog);

  async function openLink() {
    find(".code").replaceChildren();
    find(".address").textContent = "";
    find(".note").textContent = "";
    let answer;
    try {
      answer = await server.share(location.origin + location.pathname);
    } catch {
      // As where nothing came back.
    }
    answer ??= { problem: "Can't reach the server. Try again." };
    if (answer.problem) {
      find(".note").textContent = answer.problem;
      return;
    }
    find(".code").innerHTML = answer.svg;
    find(".address").textContent = answer.url;
    find(".address").href = answer.url;
    const isLocal = /^(localhost|127\.|\[::1\])/.test(new URL(answer.url).host);
    if (isLocal) {
      find(".note").textContent =
        "This address works on this machine only. Start the app with --share for a public link.";
    } else {
      find(".note").textContent = answer.is_public ? "A public link, for a week at most." : "";
    }
  }

  async function copyLink() {
    let isCopied = true;
    try {
      await navigator.clipboard.writeText(find(".address").textContent); // not over plain http
    } catch {
      getSelection().selectAllChildren(find(".address"));
      isCopied = document.execCommand("copy");
    }
    find(".note").textContent = isCopied ? "Copied." : `The link is selected: ${howToCopy()}.`;
  }

  keepTabs();
  listenToDialog(element.querySelector(".story"), element.querySelector(".about"));
  listenToDialog(dialog, element.querySelector(".share"), openLink);
  find(".copy").addEventListener("click", copyLink);
}
