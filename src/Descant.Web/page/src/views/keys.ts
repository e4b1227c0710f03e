// The player's keyboard.

import { SPEEDS, type Player } from "../player/player";
import { keysOn } from "../preferences";
import type { View } from "./laneRow";

export interface KeyActions {
  readonly zoom: (factor: number) => void;
  readonly toggleSpectrum: () => void;
  readonly showKeys: () => void;
  readonly download: () => void;
}

/** Loops the part in view, or eight seconds from the playhead where the whole song is in view; or ends the loop. */
export function toggleLoop(player: Player, view: View): void {
  if (player.loop.value !== null) player.loop.value = null;
  else if (view.end - view.start < player.samples) player.setLoop(view.start, view.end);
  else player.setLoop(player.position, player.position + 8 * player.sampleRate);
}

export function changeSpeed(player: Player, steps: number): void {
  const at = SPEEDS.indexOf(player.speed.value);
  player.speed.value = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at + steps))];
}

function isBracket(key: string): boolean {
  return key === "[" || key === "]";
}

/**
 * Whether the key belongs to a shortcut of the browser. AltGr, which types brackets on many keyboards, says on Windows that
 * Ctrl and Alt are down; on a Mac it is Option, which says that Alt is.
 */
function isShortcut(event: KeyboardEvent): boolean {
  if (event.getModifierState("AltGraph")) return false;
  return event.ctrlKey || event.metaKey || (event.altKey && !isBracket(event.key));
}

/** Whether what has the focus does something of its own with the key. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  const type = target instanceof HTMLInputElement ? target.type : null;
  if (type === "checkbox" || /^(BUTTON|A)$/.test(target.tagName)) return event.key === " ";
  // Range inputs keep the arrows; everything else works from them too.
  if (type === "range") return /^(Arrow|Page|Home|End)/.test(event.key);
  return /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
}

export function handleKeys(event: KeyboardEvent, player: Player, view: View, actions: KeyActions): void {
  if (document.querySelector("dialog[open]") !== null || isShortcut(event) || isTaken(event)) return;
  if (!keysOn.value && event.key !== "?") return;
  // Many keyboards have the brackets on digits.
  const digit = isBracket(event.key) ? null : /^Digit([0-9])$/.exec(event.code);
  const second = player.sampleRate;
  const here = player.position;
  const loop = player.loop.value;
  if (digit !== null) {
    const index = Number(digit[1]);
    const lane = index === 0 ? player.lanes.find((l) => l.isMixture) : player.lanes.filter((l) => !l.isMixture)[index - 1];
    if (lane === undefined) return;
    const toggled = event.shiftKey ? lane.soloed : lane.muted;
    toggled.value = !toggled.value;
  } else {
    switch (event.key) {
      case " ":
        player.toggle();
        break;
      case "ArrowLeft":
        player.seek(here - (event.shiftKey ? 1 : 5) * second);
        break;
      case "ArrowRight":
        player.seek(here + (event.shiftKey ? 1 : 5) * second);
        break;
      case "Home":
        player.seek(0);
        break;
      case "End":
        player.seek(player.samples);
        break;
      case "a":
      case "A":
        player.original.value = !player.original.value;
        break;
      case "l":
      case "L":
        toggleLoop(player, view);
        break;
      case "[":
        player.setLoop(here, loop !== null && loop.end > here ? loop.end : Math.min(player.samples, here + 8 * second));
        break;
      case "]":
        player.setLoop(loop !== null && loop.start < here ? loop.start : Math.max(0, here - 8 * second), here);
        break;
      case ",":
        changeSpeed(player, -1);
        break;
      case ".":
        changeSpeed(player, 1);
        break;
      case "g":
      case "G":
        actions.toggleSpectrum();
        break;
      case "d":
      case "D":
        actions.download();
        break;
      case "+":
      case "=":
        actions.zoom(0.5);
        break;
      case "-":
        actions.zoom(2);
        break;
      case "?":
        actions.showKeys();
        break;
      default:
        return;
    }
  }
  event.preventDefault();
}
