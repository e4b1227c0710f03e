// Keeps the chunks around the playhead on the audio side, the same ones of every lane, and nothing else: what a page holds
// of a song does not depend on the song's length.

import { samples, type Source } from "../api";

/** Most bytes of samples that are held for all lanes together. */
export const BUDGET_BYTES = 96 * 1024 * 1024;

const SECONDS_AHEAD = 30;
const SECONDS_AHEAD_PAUSED = 6;
const SECONDS_BEHIND = 4;
const AT_ONCE = 4;
const RETRY_MS = 1500;

export interface ChunkSink {
  put(lane: number, chunk: number, samples: Int16Array<ArrayBuffer>, channels: number): void;
  drop(lane: number, chunk: number): void;
}

export class ChunkLoader {
  private readonly held = new Map<string, { lane: number; chunk: number; bytes: number }>();
  private readonly loading = new Map<string, AbortController>();
  private wanted: { key: string; lane: number; chunk: number }[] = [];
  private bytes = 0;
  private peak = 0;
  private closed = false;
  private retry: number | undefined;

  constructor(
    private readonly sources: readonly Source[],
    private readonly chunkSamples: number,
    private readonly sink: ChunkSink,
    private readonly onTrouble: (message: string | null) => void,
  ) {}

  /** Bytes of samples held now. */
  get heldBytes(): number {
    return this.bytes;
  }

  /** Most bytes of samples held at any time. */
  get peakBytes(): number {
    return this.peak;
  }

  /** Says what is played: the position, whether it moves, and the loop that it stays in (samples). */
  follow(position: number, playing: boolean, loop: { start: number; end: number } | null): void {
    if (this.closed) return;
    const rate = this.sources[0].sampleRate;
    const chunkBytes = this.sources.reduce((sum, s) => sum + s.channels * 2 * this.chunkSamples, 0);
    const most = Math.max(3, Math.floor(BUDGET_BYTES / chunkBytes) - 1);
    const last = Math.ceil(this.sources[0].samples / this.chunkSamples) - 1;
    const chunks: number[] = [];
    const add = (from: number, to: number): void => {
      const first = Math.max(0, Math.floor(from / this.chunkSamples));
      const until = Math.min(last, Math.floor(to / this.chunkSamples));
      for (let c = first; c <= until && chunks.length < most; c++) if (!chunks.includes(c)) chunks.push(c);
    };
    const ahead = position + (playing ? SECONDS_AHEAD : SECONDS_AHEAD_PAUSED) * rate;
    const inLoop = loop !== null && position < loop.end;
    add(position, inLoop ? Math.min(ahead, loop.end) : ahead);
    if (inLoop) add(loop.start, Math.min(loop.end, loop.start + SECONDS_AHEAD_PAUSED * rate));
    add(position - SECONDS_BEHIND * rate, position);

    const keep = new Set(chunks);
    for (const [key, { lane, chunk, bytes }] of this.held) {
      if (keep.has(chunk)) continue;
      this.held.delete(key);
      this.bytes -= bytes;
      this.sink.drop(lane, chunk);
    }
    this.wanted = chunks.flatMap((chunk) => this.sources.map((_, lane) => ({ key: `${lane}/${chunk}`, lane, chunk })));
    const keys = new Set(this.wanted.map((w) => w.key));
    for (const [key, controller] of this.loading) if (!keys.has(key)) controller.abort();
    this.pump();
  }

  close(): void {
    this.closed = true;
    window.clearTimeout(this.retry);
    for (const controller of this.loading.values()) controller.abort();
  }

  private pump(): void {
    if (this.closed || this.retry !== undefined) return;
    for (const { key, lane, chunk } of this.wanted) {
      if (this.loading.size >= AT_ONCE) return;
      if (!this.held.has(key) && !this.loading.has(key)) void this.load(key, lane, chunk);
    }
  }

  private async load(key: string, lane: number, chunk: number): Promise<void> {
    const controller = new AbortController();
    this.loading.set(key, controller);
    try {
      const source = this.sources[lane];
      const from = chunk * this.chunkSamples;
      const chunkOfLane = await samples(source, from, Math.min(this.chunkSamples, source.samples - from), controller.signal);
      if (controller.signal.aborted || this.closed) return;
      const bytes = chunkOfLane.byteLength;
      this.held.set(key, { lane, chunk, bytes });
      this.bytes += bytes;
      this.peak = Math.max(this.peak, this.bytes);
      this.sink.put(lane, chunk, chunkOfLane, source.channels);
      this.onTrouble(null);
    } catch (error) {
      if (controller.signal.aborted || this.closed) return;
      this.onTrouble(error instanceof TypeError ? "The server does not answer. Playing goes on when it is back." : (error as Error).message);
      this.retry ??= window.setTimeout(() => {
        this.retry = undefined;
        this.pump();
      }, RETRY_MS);
    } finally {
      this.loading.delete(key);
      this.pump();
    }
  }
}
