// What a listener set once and this browser remembers.

import { effect, signal, type Signal } from "@preact/signals";

function remembered<T>(key: string, initial: T): Signal<T> {
  let start = initial;
  try {
    const text = localStorage.getItem(key);
    if (text !== null) start = JSON.parse(text) as T;
  } catch {
    // Unreadable or forbidden storage: the initial value it is.
  }
  const value = signal(start);
  effect(() => {
    const text = JSON.stringify(value.value);
    try {
      localStorage.setItem(key, text);
    } catch {
      // A private window may refuse; the setting then lasts as long as the page.
    }
  });
  return value;
}

/** Separate each song with the default model as soon as it is uploaded. */
export const separateAtOnce = remembered("descant-at-once", false);
/** The format that the download dialog offers first. */
export const downloadFormat = remembered("descant-format", "wav");
/** Single keys control the player. */
export const keysOn = remembered("descant-keys", true);
