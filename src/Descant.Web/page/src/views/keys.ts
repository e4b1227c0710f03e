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

export function handleKeys(event: KeyboardEvent, player: Player, actions: KeyActions): void {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]") !== null) return;
  const target = event.target as HTMLElement;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) && (target as HTMLInputElement).type !== "checkbox") {
    // Range inputs keep the arrows; everything else works from them too.
    if ((target as HTMLInputElement).type !== "range" || /^(Arrow|Page|Home|End)/.test(event.key)) return;
  }
  // Space on a focused button presses the button.
  if (event.key === " " && (target.tagName === "BUTTON" || target.tagName === "A")) return;
  if (!keysOn.value && event.key !== "?") return;
  const digit = /^Digit([0-9])$/.exec(event.code);
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
        toggleLoop(player, { start: 0, end: player.samples });
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
