// The page shown, kept in the address after #, so that a reload, a bookmark and the back button find it.

import { signal } from "@preact/signals";

export type Route = { readonly page: "home" } | { readonly page: "song"; readonly id: string };

function parse(): Route {
  const song = /^#\/song\/([a-z0-9]+)$/.exec(location.hash);
  return song === null ? { page: "home" } : { page: "song", id: song[1] };
}

export const route = signal<Route>(parse());

window.addEventListener("hashchange", () => {
  route.value = parse();
  window.scrollTo(0, 0);
  document.getElementById("main")?.focus({ preventScroll: true });
});

export const HOME = "#/";

export function songAddress(id: string): string {
  return `#/song/${id}`;
}

export function go(address: string): void {
  location.hash = address;
}
