// Light or dark. Gradio follows the system's theme; a choice made here is remembered and wins.

const KEY = "digit-sketchpad-theme";

/** @param {HTMLButtonElement} button its label is the theme that it leads to */
export function mountTheme(button) {
  const page = document.body.classList;
  const theme = () => (page.contains("dark") ? "dark" : "light");
  const showLabel = () => {
    button.textContent = theme() === "dark" ? "Light" : "Dark";
  };
  try {
    const chosen = localStorage.getItem(KEY);
    if (chosen) page.toggle("dark", chosen === "dark");
  } catch {
    // Storage is blocked: the system's theme it is.
  }
  button.addEventListener("click", () => {
    page.toggle("dark");
    try {
      localStorage.setItem(KEY, theme());
    } catch {
      // Then for this page only.
    }
  });
  new MutationObserver(showLabel).observe(document.body, { attributeFilter: ["class"] });
  showLabel();
}
