// Light or dark. Gradio follows the system's theme; a choice made here is remembered and wins.
const KEY = "digit-sketchpad-theme";
const themeButton = element.querySelector(".theme");
const page = document.body.classList;
const theme = () => (page.contains("dark") ? "dark" : "light");
const nameTheme = () => { themeButton.textContent = theme() === "dark" ? "Light" : "Dark"; };
try {
  const chosen = localStorage.getItem(KEY);
  if (chosen) page.toggle("dark", chosen === "dark");
} catch { /* storage is blocked: the system's theme it is */ }
themeButton.addEventListener("click", () => {
  page.toggle("dark");
  try { localStorage.setItem(KEY, theme()); } catch { /* then for this page only */ }
});
new MutationObserver(nameTheme).observe(document.body, { attributeFilter: ["class"] });
nameTheme();
