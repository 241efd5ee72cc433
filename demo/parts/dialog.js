// A dialog over the page, closed by its button, by Escape and by a click beside it.

/**
 * @param {HTMLDialogElement} dialog with a button `.close`
 * @param {Element} opener
 * @param {() => void} [onOpen]
 */
export function listenToDialog(dialog, opener, onOpen = () => {}) {
  opener.addEventListener("click", () => {
    dialog.showModal();
    onOpen();
  });
  dialog.querySelector("button.close").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
}
