// A listener's mix of one separation, remembered by the browser: a reload finds it as it was.

import { effect } from "@preact/signals";
import type { Player } from "./player";

interface Remembered {
  readonly lanes: Record<string, { volume: number; pan: number; muted: boolean; soloed: boolean }>;
  readonly speed: number;
  readonly loop: { start: number; end: number } | null;
  readonly position: number;
}

/** Where a player stood that another one of the same song replaces. */
export interface Standing {
  readonly position: number;
  readonly playing: boolean;
}

export function rememberMix(player: Player, key: string, before: Standing | null): () => void {
  const name = `descant-mix-${key}`;
  try {
    const text = localStorage.getItem(name);
    if (text !== null) restore(player, JSON.parse(text) as Remembered);
  } catch {
    // Nothing remembered, or nothing readable: the mix starts even.
  }
  if (before !== null) {
    player.seek(before.position);
    if (before.playing) void player.play();
  }
  let timer: number | undefined;
  const save = (): void => {
    const mix: Remembered = {
      lanes: Object.fromEntries(player.lanes.map((l) => [l.name, { volume: l.volume.peek(), pan: l.pan.peek(), muted: l.muted.peek(), soloed: l.soloed.peek() }])),
      speed: player.speed.peek(),
      loop: player.loop.peek(),
      position: Math.round(player.position),
    };
    try {
      localStorage.setItem(name, JSON.stringify(mix));
    } catch {
      // Storage may be full or forbidden; the mix then lasts as long as the page.
    }
  };
  const stop = effect(() => {
    for (const lane of player.lanes) void [lane.volume.value, lane.pan.value, lane.muted.value, lane.soloed.value];
    void [player.speed.value, player.loop.value, player.jumps.value, player.playing.value];
    window.clearTimeout(timer);
    timer = window.setTimeout(save, 400);
  });
  window.addEventListener("pagehide", save);
  return () => {
    window.clearTimeout(timer);
    save();
    stop();
    window.removeEventListener("pagehide", save);
  };
}

function restore(player: Player, mix: Remembered): void {
  for (const lane of player.lanes) {
    const known = mix.lanes[lane.name];
    if (known === undefined) continue;
    lane.volume.value = known.volume;
    lane.pan.value = known.pan;
    lane.muted.value = known.muted;
    lane.soloed.value = known.soloed;
  }
  player.speed.value = mix.speed;
  player.seek(mix.position >= player.samples ? 0 : mix.position);
  if (mix.loop !== null) player.setLoop(mix.loop.start, mix.loop.end);
}
