import type { Signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { peaks } from "../api";
import type { Lane, Player } from "../player/player";
import { drawSpectrogram, shadesOf, type Spectrograms } from "../player/spectrogram";
import { colours } from "../theme";
import { laneName } from "../words";
import { drawWaveform, fit, tint } from "./waveform";

export interface View {
  /** First sample shown. */
  readonly start: number;
  /** Sample after the last one shown. */
  readonly end: number;
}

const MOST_PEAKS = 40_000;

interface Props {
  readonly lane: Lane;
  readonly player: Player;
  readonly index: number;
  readonly view: Signal<View>;
  readonly spectrograms: Spectrograms | null;
  readonly scale: number;
  readonly onPeak: (peak: number) => void;
  readonly alone: boolean;
  /** How much of the song is separated, 0 to 1. */
  readonly separated: number;
}

export function LaneRow({ lane, player, index, view, spectrograms, scale, onPeak, alone, separated }: Props) {
  const name = laneName(lane.name);
  const key = lane.isMixture ? "0" : `${index}`;
  const silent = player.settings.value[player.lanes.indexOf(lane)].gain === 0;
  return (
    <div class={`lane ${silent ? "silent" : ""} ${alone ? "alone" : ""}`} data-stem={lane.name} role="group" aria-label={name}>
      {!alone && (
        <div class="lane-head">
          <span class="lane-name"><i class="dot" aria-hidden="true" />{name}</span>
          <span class="lane-toggles">
            <button class="toggle mute" aria-pressed={lane.muted.value} aria-label={`Mute ${name}`} title={`Mute (${key})`}
              onClick={() => (lane.muted.value = !lane.muted.value)}>M</button>
            <button class="toggle solo" aria-pressed={lane.soloed.value} aria-label={`Solo ${name}`} title={`Solo (Shift+${key})`}
              onClick={() => (lane.soloed.value = !lane.soloed.value)}>S</button>
          </span>
          <label class="slider volume">
            <span aria-hidden="true">Vol</span>
            <input type="range" min="0" max="150" step="1" value={Math.round(lane.volume.value * 100)} aria-label={`Volume of ${name}`}
              aria-valuetext={`${Math.round(lane.volume.value * 100)} percent`}
              onInput={(e) => (lane.volume.value = Number(e.currentTarget.value) / 100)} onDblClick={() => (lane.volume.value = 1)} />
          </label>
          <label class="slider pan">
            <span aria-hidden="true">Pan</span>
            <input type="range" min="-100" max="100" step="1" value={Math.round(lane.pan.value * 100)} aria-label={`Pan of ${name}`}
              aria-valuetext={panText(lane.pan.value)}
              onInput={(e) => (lane.pan.value = Number(e.currentTarget.value) / 100)} onDblClick={() => (lane.pan.value = 0)} />
          </label>
          <span class="meter" aria-hidden="true"><i data-meter={player.lanes.indexOf(lane)} /></span>
        </div>
      )}
      <div class="lane-wave">
        <Picture lane={lane} view={view} spectrograms={spectrograms} scale={scale} onPeak={onPeak} separated={separated} />
        <LoopShade player={player} view={view} />
        <i class="playhead" data-playhead aria-hidden="true" />
      </div>
    </div>
  );
}

function panText(pan: number): string {
  const percent = Math.round(Math.abs(pan) * 100);
  return percent === 0 ? "centre" : `${percent} percent ${pan < 0 ? "left" : "right"}`;
}

function LoopShade({ player, view }: { player: Player; view: Signal<View> }) {
  const loop = player.loop.value;
  if (loop === null) return null;
  const { start, end } = view.value;
  const left = (loop.start - start) / (end - start);
  const right = (loop.end - start) / (end - start);
  return <i class="loop-shade" aria-hidden="true" style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }} />;
}

function Picture({ lane, view, spectrograms, scale, onPeak, separated }: Pick<Props, "lane" | "view" | "spectrograms" | "scale" | "onPeak" | "separated">) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [wave, setWave] = useState<{ samplesPerPeak: number; pairs: Int8Array } | null>(null);
  const [problem, setProblem] = useState(false);
  const [size, setSize] = useState(0);

  useEffect(() => {
    let gone = false;
    const load = (): void => {
      peaks(lane.source, MOST_PEAKS).then((answer) => {
        if (gone) return;
        setProblem(false);
        setWave(answer);
        let peak = 0;
        for (const value of answer.pairs) peak = Math.max(peak, Math.abs(value));
        onPeak(peak / 127);
      }).catch(() => {
        if (gone) return;
        setProblem(true);
        window.setTimeout(load, 3000);
      });
    };
    load();
    return () => {
      gone = true;
    };
  }, [lane]);

  useEffect(() => {
    const observer = new ResizeObserver(() => setSize((n) => n + 1));
    observer.observe(canvas.current!);
    return () => observer.disconnect();
  }, []);

  const { start, end } = view.value;
  const pictures = spectrograms?.version.value ?? 0;
  const theme = colours.value;
  useEffect(() => {
    const element = canvas.current!;
    if (!fit(element)) return;
    const style = getComputedStyle(element);
    if (spectrograms !== null) {
      const shades = shadesOf(rgb(style.getPropertyValue("--spectrum-paper")), rgb(style.getPropertyValue("--spectrum-ink")), rgb(style.getPropertyValue("--spectrum-bright")));
      drawSpectrogram(element, spectrograms, lane.source, start, end, shades);
    } else if (wave !== null) {
      drawWaveform(element, wave.pairs, wave.samplesPerPeak, start, end, scale, style.color);
      const part = (separated * lane.source.samples - start) / (end - start);
      if (part > 0) tint(element, Math.min(1, part), style.getPropertyValue("--vocals"), style.getPropertyValue("--accompaniment"));
    }
  }, [wave, start, end, scale, size, theme, spectrograms, pictures, separated]);

  return (
    <>
      <canvas ref={canvas} class={`picture ${spectrograms !== null ? "spectrum" : ""} ${wave === null ? "loading" : ""}`} aria-hidden="true" />
      {problem && <span class="picture-problem small">The waveform does not arrive; trying again.</span>}
    </>
  );
}

/** "#rrggbb" as three numbers. */
function rgb(hex: string): [number, number, number] {
  const n = Number.parseInt(hex.trim().slice(1), 16);
  return [(n >> 16) & 255, (n >> 8) & 255, n & 255];
}
