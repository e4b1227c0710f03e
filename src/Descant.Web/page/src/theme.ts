import { signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";

const KEY = "descant-theme";

export const theme = signal<Theme>(remembered());
/** Grows whenever colours change, for what is painted on a canvas. */
export const colours = signal(0);

function remembered(): Theme {
  try {
    return (localStorage.getItem(KEY) as Theme | null) ?? "auto";
  } catch {
    return "auto"; // storage is forbidden
  }
}

export function applyTheme(): void {
  const root = document.documentElement;
  if (theme.value === "auto") delete root.dataset.theme;
  else root.dataset.theme = theme.value;
  colours.value++;
}

export function nextTheme(): void {
  const dark = isDark();
  const system = matchMedia("(prefers-color-scheme: dark)").matches;
  const wanted: Theme = dark ? "light" : "dark";
  theme.value = (wanted === "dark") === system ? "auto" : wanted;
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // A browser that forbids storage keeps the choice as long as the page.
  }
  applyTheme();
}

export function isDark(): boolean {
  return theme.value === "dark" || (theme.value === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => colours.value++);
