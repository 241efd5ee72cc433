// Picture files for the pad: chosen, dropped anywhere on the page, or pasted.

/**
 * @param {HTMLElement} root the pad
 * @param {object} parts
 * @param {AbortSignal} parts.signal ends the listeners outside the pad
 * @param {() => boolean} parts.isShown
 * @param {(file: File) => void} parts.onFile
 */
export function listenForFiles(root, { signal, isShown, onFile }) {
  /** @type {HTMLInputElement} */
  const input = root.querySelector(".file");

  root.querySelector(".open").addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    if (input.files[0]) onFile(input.files[0]);
    input.value = "";
  });
  for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) {
    // Beside the pad too: a browser leaves the page for a file that nobody takes.
    const onDrag = (/** @type {DragEvent} */ event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (!isShown()) return;
      root.classList.toggle("dropping", kind === "dragenter" || kind === "dragover");
      if (kind === "drop" && event.dataTransfer.files[0]) onFile(event.dataTransfer.files[0]);
    };
    document.addEventListener(kind, onDrag, { signal });
  }
  document.addEventListener(
    "paste",
    (event) => {
      const target = /** @type {Element} */ (event.target);
      if (target.closest?.("input, textarea, [contenteditable]")) return;
      const files = [...(event.clipboardData?.files ?? [])];
      const image = files.find(({ type }) => type.startsWith("image/"));
      if (image && isShown()) onFile(image);
    },
    { signal },
  );
}
