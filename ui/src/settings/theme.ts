/** Light or dark: the system's, unless somebody chose. `public/theme.js` sets the choice before the first paint. */
import { keep } from "./kept";

const KEY = "trilha.theme";
type Theme = "light" | "dark";

function shownTheme(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

export function toggleTheme(): void {
  const theme: Theme = shownTheme() === "dark" ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  keep(KEY, theme);
  dispatchEvent(new Event("trilha:theme"));
}
