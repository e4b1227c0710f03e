import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { SPEEDS, type Player } from "../player/player";
import { clock, spoken } from "../words";
import { Back, Forward, Keyboard, Loop, Pause, Play, Spectrum, Volume, Wave, ZoomIn, ZoomOut } from "./icons";
import { toggleLoop } from "./keys";
import type { View } from "./laneRow";

/** How much of a zoomed view a press on a button moves it. */
const SCROLL_SHARE = 0.75;

interface Props {
  readonly player: Player;
  readonly view: Signal<View>;
  readonly spectrum: boolean;
  readonly onSpectrum: () => void;
  readonly onZoom: (factor: number) => void;
  readonly onScroll: (samples: number) => void;
  readonly onKeys: () => void;
}

export function Transport({ player, view, spectrum, onSpectrum, onZoom, onScroll, onKeys }: Props) {
  const loop = player.loop.value;
  const playing = player.playing.value;
  const stems = player.lanes.length > 1;
  const { start, end } = view.value;
  const zoomed = end - start < player.samples;
  return (
    <div class="transport" role="toolbar" aria-label="Playback">
      <Position player={player} />
      <div class="transport-row">
        <button class={`play ${player.stalled.value && playing ? "stalled" : ""}`} onClick={() => player.toggle()} aria-label={playing ? "Pause" : "Play"} title={playing ? "Pause (Space)" : "Play (Space)"}>
          {playing ? <Pause size={26} /> : <Play size={26} />}
        </button>
        <Clock player={player} />
        {stems && (
          <div class="segments ab" role="group" aria-label="What is heard">
            <button aria-pressed={!player.original.value} title="Your mix (A)" onClick={() => (player.original.value = false)}>Mix</button>
            <button aria-pressed={player.original.value} title="The untouched song (A)" onClick={() => (player.original.value = true)}>Original</button>
          </div>
        )}
        <button class="icon toggle-icon" aria-pressed={loop !== null} aria-label={loop === null ? "Loop the part in view" : `Loop ${clock(loop.start / player.sampleRate)} to ${clock(loop.end / player.sampleRate)}, on`}
          title="Loop (L); drag along the ruler to choose a part" onClick={() => toggleLoop(player, view.value)}><Loop /></button>
        <label class="speed" title="Speed, pitch stays (, and .)">
          <span class="visually-hidden">Speed</span>
          <select value={`${player.speed.value}`} onChange={(e) => (player.speed.value = Number(e.currentTarget.value))}>
            {SPEEDS.map((s) => <option key={s} value={`${s}`}>{s}×</option>)}
          </select>
        </label>
        <div class="transport-right">
          <button class="icon toggle-icon" aria-pressed={spectrum} aria-label="Spectrogram" title="Spectrogram (G)" onClick={onSpectrum}>{spectrum ? <Wave /> : <Spectrum />}</button>
          {zoomed && (
            <>
              <button class="icon" aria-label="Show an earlier part" title="Earlier" disabled={start === 0} onClick={() => onScroll(-SCROLL_SHARE * (end - start))}><Back /></button>
              <button class="icon" aria-label="Show a later part" title="Later" disabled={end === player.samples} onClick={() => onScroll(SCROLL_SHARE * (end - start))}><Forward /></button>
            </>
          )}
          <button class="icon" aria-label="Zoom out" title="Zoom out (−)" disabled={!zoomed} onClick={() => onZoom(2)}><ZoomOut /></button>
          <button class="icon" aria-label="Zoom in" title="Zoom in (+)" onClick={() => onZoom(0.5)}><ZoomIn /></button>
          <label class="master">
            <Volume size={18} />
            <input type="range" min="0" max="100" value={Math.round(player.master.value * 100)} aria-label="Volume of everything"
              aria-valuetext={`${Math.round(player.master.value * 100)} percent`} onInput={(e) => (player.master.value = Number(e.currentTarget.value) / 100)} />
          </label>
          <button class="icon keys-button" aria-label="Keyboard shortcuts" title="Keyboard (?)" onClick={onKeys}><Keyboard /></button>
        </div>
      </div>
    </div>
  );
}

/** Follows the "frame" events of the player's section without rendering. */
function useFrame(draw: (position: number, element: HTMLElement) => void) {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    const section = element.current!.closest(".player")!;
    const onFrame = (event: Event): void => draw((event as CustomEvent<number>).detail, element.current!);
    section.addEventListener("frame", onFrame);
    return () => section.removeEventListener("frame", onFrame);
  }, []);
  return element;
}

function Clock({ player }: { player: Player }) {
  const element = useFrame((position, span) => {
    const text = clock(position / player.sampleRate);
    if (span.textContent !== text) span.textContent = text;
  });
  return (
    <p class="clock number">
      <span ref={element as { current: HTMLSpanElement | null }}>{clock(player.position / player.sampleRate)}</span>
      <span class="muted"> / {clock(player.seconds)}</span>
    </p>
  );
}

function Position({ player }: { player: Player }) {
  const held = useRef(false);
  const element = useFrame((position, input) => {
    if (held.current) return;
    const range = input as HTMLInputElement;
    const seconds = position / player.sampleRate;
    range.value = `${seconds}`;
    range.style.setProperty("--part", `${(100 * position) / player.samples}%`);
    const text = `${spoken(seconds)} of ${spoken(player.seconds)}`;
    if (range.getAttribute("aria-valuetext") !== text) range.setAttribute("aria-valuetext", text);
  });
  return (
    <input ref={element as { current: HTMLInputElement | null }} class="position" type="range" min="0" max={player.seconds} step="0.01" defaultValue="0" aria-label="Position"
      onPointerDown={() => (held.current = true)} onPointerUp={() => (held.current = false)} onPointerCancel={() => (held.current = false)}
      onKeyDown={(e) => {
        // A hundredth of a second is a fine step for dragging and a useless one for keys.
        const step = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 }[e.key];
        if (step === undefined) return;
        e.preventDefault();
        e.stopPropagation();
        player.seek(player.position + step * player.sampleRate);
      }}
      onInput={(e) => player.seek(Number(e.currentTarget.value) * player.sampleRate)} />
  );
}
