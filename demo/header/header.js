// The link to this page and its QR code, for the phone across the table.

import { finder } from "../parts/dom.js";
import { keepTabs } from "./tabs.js";

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
    dialog.showModal();
    let answer;
    try {
      answer = await server.share(location.origin + location.pathname);
    } catch {
      // As where nothing came back.
    }
    answer ??= { problem: "The server does not answer. Try again." };
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
    try {
      await navigator.clipboard.writeText(find(".address").textContent);
      find(".note").textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(find(".address"));
      find(".note").textContent = "Copy the marked link.";
    }
  }

  keepTabs();
  element.querySelector(".share").addEventListener("click", openLink);
  find(".copy").addEventListener("click", copyLink);
  find(".close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}
