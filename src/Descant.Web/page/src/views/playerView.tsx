import { effect, signal } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Job, Source, Track } from "../api";
import { Lane, Player } from "../player/player";
import { rememberMix, type Standing } from "../player/session";
import { Spectrograms } from "../player/spectrogram";
import { server } from "../store";
import { list, size } from "../words";
import { DownloadDialog } from "./downloadDialog";
import { Download } from "./icons";
import { LaneRow, type View } from "./laneRow";
import { handleKeys } from "./keys";
import { ShortcutsDialog } from "./shortcutsDialog";
import { Timeline } from "./timeline";
import { Transport } from "./transport";

/** Spectrograms are made of the samples themselves; longer views would fetch whole songs. */
const LONGEST_SPECTRUM_SECONDS = 60;
const SHORTEST_VIEW_SECONDS = 4;

interface Props {
  readonly track: Track;
  readonly mixture: Source;
  /** The separation whose stems are played; without one, the song alone. */
  readonly job?: Job;
  /** A separation that is under way. */
  readonly active?: Job;
  /** All finished separations of the song. */
  readonly done: readonly Job[];
  readonly onChoose: (jobId: string) => void;
  readonly onAgain?: () => void;
  /** The player that this one replaces when a separation is done: what was playing goes on. */
  readonly standing: { current: Standing | null };
}

export function PlayerView({ track, mixture, job, active, done, onChoose, onAgain, standing }: Props) {
  const chunk = server.value?.limits.maxChunkSamples ?? 131072;
  const player = useMemo(() => {
    const stems = job?.stems ?? [];
    const lanes = [
      new Lane(mixture, true, job?.gain ?? 1, stems.length > 0),
      ...stems.map((stem) => new Lane(stem, false, 1, false)),
    ];
    return new Player(lanes, chunk);
  }, []);
  const view = useMemo(() => signal<View>({ start: 0, end: player.samples }), []);
  const [spectrograms, setSpectrograms] = useState<Spectrograms | null>(null);
  const [dialog, setDialog] = useState<"download" | "keys" | null>(null);
  const [scale, setScale] = useState(0.05);
  const root = useRef<HTMLElement>(null);

  useEffect(() => {
    const stop = rememberMix(player, job?.id ?? track.id, standing.current);
    return () => {
      standing.current = { position: player.position, playing: player.playing.peek() };
      stop();
      player.close();
    };
  }, []);
  useEffect(() => () => spectrograms?.close(), [spectrograms]);

  const longest = (): number => (spectrograms === null ? player.samples : Math.min(player.samples, LONGEST_SPECTRUM_SECONDS * player.sampleRate));

  const show = (start: number, length: number, longestLength = longest()): void => {
    const span = Math.round(Math.max(Math.min(player.samples, SHORTEST_VIEW_SECONDS * player.sampleRate), Math.min(longestLength, length)));
    const from = Math.round(Math.max(0, Math.min(player.samples - span, start)));
    view.value = { start: from, end: from + span };
  };
  const zoom = (factor: number, at = player.position): void => {
    const { start, end } = view.value;
    const anchor = at < start || at > end ? (start + end) / 2 : at;
    show(anchor - (anchor - start) * factor, (end - start) * factor);
  };
  const scroll = (by: number): void => show(view.value.start + by, view.value.end - view.value.start);
  const toggleSpectrum = (): void => {
    if (spectrograms !== null) {
      setSpectrograms(null);
      return;
    }
    const span = LONGEST_SPECTRUM_SECONDS * player.sampleRate;
    if (view.value.end - view.value.start > span) show(player.position - span / 4, span, span);
    setSpectrograms(new Spectrograms());
  };

  useFrames(player, root, view, show);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => handleKeys(event, player, view.value, { zoom, toggleSpectrum, showKeys: () => setDialog("keys"), download: () => setDialog("download") });
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });

  const alone = player.lanes.length === 1;
  return (
    <section class={`player ${player.original.value ? "original" : ""}`} aria-label="Player" ref={root}>
      {job !== undefined && (
        <div class="player-head">
          {done.length > 1 && (
            <label>
              <span class="muted small">Separation</span>
              <select value={job.id} onChange={(e) => onChoose(e.currentTarget.value)}>
                {done.map((other) => <option key={other.id} value={other.id}>{list(other.stemNames)} by {other.model}</option>)}
              </select>
            </label>
          )}
          {onAgain && <button class="quiet" onClick={onAgain}>Separate differently</button>}
          <button class="primary" onClick={() => setDialog("download")}><Download /> Download</button>
        </div>
      )}
      <Timeline player={player} view={view} onZoom={zoom} onScroll={scroll}>
        {player.lanes.map((lane, index) => (
          <LaneRow key={lane.name} lane={lane} player={player} index={index} view={view} spectrograms={spectrograms} scale={scale} alone={alone}
            separated={active?.state === "running" ? active.fraction : 0}
            onPeak={(peak) => setScale((known) => Math.max(known, peak))} />
        ))}
      </Timeline>
      <Memory player={player} />
      <Transport player={player} view={view} spectrum={spectrograms !== null} onSpectrum={toggleSpectrum} onZoom={zoom} onScroll={scroll} onKeys={() => setDialog("keys")} />
      {dialog === "download" && job !== undefined && <DownloadDialog player={player} job={job} track={track} onClose={() => setDialog(null)} />}
      {dialog === "keys" && <ShortcutsDialog lanes={player.lanes} onClose={() => setDialog(null)} />}
    </section>
  );
}

/**
 * Moves what follows the music — playheads, meters, a zoomed view — once per frame, without rendering anything anew. A view
 * that was moved away from the playhead stays where it is until the playhead comes by, or jumps, or starts.
 */
function useFrames(player: Player, root: { current: HTMLElement | null }, view: { value: View; peek(): View }, show: (start: number, length: number) => void): void {
  useEffect(() => {
    let request = 0;
    let jumps = player.jumps.peek();
    let follows = true;
    let drawn = view.peek();
    const follow = (position: number): void => {
      const { start, end } = view.peek();
      const isInside = position >= start && position <= end;
      if (drawn !== view.peek()) follows &&= isInside;
      else follows ||= isInside;
      if (follows && !isInside) show(position - (end - start) * 0.02, end - start);
      drawn = view.peek();
    };
    const draw = (): void => {
      request = 0;
      const element = root.current;
      if (element === null) return;
      const position = player.position;
      follow(position);
      const { start, end } = view.peek();
      const playing = player.playing.peek();
      const part = (position - start) / (end - start);
      for (const head of element.querySelectorAll<HTMLElement>("[data-playhead]")) {
        head.style.visibility = part < 0 || part > 1 ? "hidden" : "visible";
        head.style.left = `${part * 100}%`;
      }
      for (const meter of element.querySelectorAll<HTMLElement>("[data-meter]")) {
        const lane = player.lanes[Number(meter.dataset.meter)];
        if (!playing) lane.level = 0;
        // −48 dB to full scale.
        const filled = lane.level < 0.004 ? 0 : Math.min(1, 1 + (20 * Math.log10(lane.level)) / 48);
        meter.style.transform = `scaleX(${filled.toFixed(3)})`;
      }
      element.dispatchEvent(new CustomEvent("frame", { detail: position }));
      // Unless the view was moved just now, which asked for a frame already.
      if (playing && request === 0) request = requestAnimationFrame(draw);
    };
    const stopJumps = effect(() => {
      if (player.playing.value || player.jumps.value !== jumps) {
        follows = true;
        drawn = view.peek(); // also where the view was moved before the jump, but not drawn yet
      }
      jumps = player.jumps.value;
    });
    const stop = effect(() => {
      void [player.playing.value, player.jumps.value, view.value];
      if (request === 0) request = requestAnimationFrame(draw);
    });
    return () => {
      stopJumps();
      stop();
      cancelAnimationFrame(request);
    };
  }, []);
}

function Memory({ player }: { player: Player }) {
  const [bytes, setBytes] = useState(player.heldBytes);
  useEffect(() => {
    const timer = window.setInterval(() => setBytes(player.heldBytes), 1000);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <p class="muted small memory" data-held={player.heldBytes} data-peak={player.peakBytes}>
      {player.trouble.value ?? (bytes < 1e6 ? "" : `${player.lanes.length === 1 ? "One lane" : `${player.lanes.length} lanes`}, ${size(bytes)} of sound held in this page`)}
    </p>
  );
}
