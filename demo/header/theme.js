// Light or dark. Gradio follows the system's theme; a choice made here is remembered and wins.
// No module: it runs inside js_on_load, before the page is painted in the system's theme.
{
  const KEY = "digit-sketchpad-theme";
  const classes = document.body.classList;
  try {
    const chosen = localStorage.getItem(KEY);
    if (chosen) classes.toggle("dark", chosen === "dark");
  } catch {
    // Storage is blocked: the system's theme it is.
  }
  element.querySelector(".theme").addEventListener("click", () => {
    const theme = classes.toggle("dark") ? "dark" : "light";
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Then for this page only.
    }
  });
}
