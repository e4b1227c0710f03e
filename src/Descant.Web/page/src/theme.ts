import { signal } from "@preact/signals";

export type Theme = "auto" | "light" | "dark";

const KEY = "descant-theme";

export const theme = signal<Theme>((localStorage.getItem(KEY) as Theme | null) ?? "auto");
/** Grows whenever colours change, for what is painted on a canvas. */
export const colours = signal(0);

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
  localStorage.setItem(KEY, theme.value);
  applyTheme();
}

export function isDark(): boolean {
  return theme.value === "dark" || (theme.value === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => colours.value++);
