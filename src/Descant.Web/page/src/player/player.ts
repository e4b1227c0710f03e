// A song being played: its lanes, what the listener set, and the clock.

import { batch, computed, effect, signal, type Signal } from "@preact/signals";
import type { Source } from "../api";
import { ChunkLoader } from "./chunkLoader";
import type { Loop } from "./laneAudio";
import type { LaneSetting } from "./mixing";
import type { Status, ToProcessor } from "./messages";
import { openOutput, type Output } from "./output";

const CHUNK_SAMPLES = 131072;
const FOLLOW_MS = 250;

export const SPEEDS = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.25, 1.5, 2];

/** One lane: a stem, or the mixture. */
export class Lane {
  readonly volume = signal(1);
  readonly pan = signal(0);
  readonly muted: Signal<boolean>;
  readonly soloed = signal(false);
  /** Loudest sample of late, for the meter; read every frame, so not a signal. */
  level = 0;

  constructor(
    readonly source: Source,
    readonly isMixture: boolean,
    /** Brings the mixture to the level of the stems, which were scaled together so that none clips. */
    readonly gain: number,
    muted: boolean,
  ) {
    this.muted = signal(muted);
  }

  get name(): string {
    return this.source.name;
  }
}

export class Player {
  readonly playing = signal(false);
  readonly stalled = signal(false);
  readonly speed = signal(1);
  readonly loop = signal<Loop | null>(null);
  readonly master = signal(1);
  /** The untouched song instead of the listener's mix. */
  readonly original = signal(false);
  readonly trouble = signal<string | null>(null);
  /** Moves when the position jumped, so that what shows it redraws while paused. */
  readonly jumps = signal(0);
  readonly sampleRate: number;
  readonly samples: number;

  private readonly loader: ChunkLoader;
  private readonly chunkSamples: number;
  private waiting: { message: ToProcessor; transfer: Transferable[] }[] = [];
  private context: AudioContext | null = null;
  private opening: Promise<void> | null = null;
  private output: Output | null = null;
  private status: Status | null = null;
  private at = 0;
  private seeks = 0;
  private readonly timer: number;
  private readonly stop: (() => void)[] = [];

  readonly settings = computed<readonly LaneSetting[]>(() => {
    const solo = this.lanes.some((lane) => lane.soloed.value);
    return this.lanes.map((lane) => {
      const heard = this.original.value ? lane.isMixture : solo ? lane.soloed.value : !lane.muted.value;
      return this.original.value
        ? { gain: heard ? lane.gain : 0, pan: 0 }
        : { gain: heard ? lane.volume.value * lane.gain : 0, pan: lane.pan.value };
    });
  });

  constructor(
    readonly lanes: readonly Lane[],
    maxChunkSamples: number,
  ) {
    const first = lanes[0].source;
    this.sampleRate = first.sampleRate;
    this.samples = first.samples;
    this.chunkSamples = Math.min(CHUNK_SAMPLES, maxChunkSamples);
    this.loader = new ChunkLoader(
      lanes.map((lane) => lane.source),
      this.chunkSamples,
      {
        put: (lane, chunk, samples, channels) => this.tell({ type: "chunk", lane, chunk, samples, channels }, [samples.buffer]),
        drop: (lane, chunk) => this.drop(lane, chunk),
      },
      (message) => (this.trouble.value = message),
    );
    this.stop.push(
      effect(() => this.tell({ type: "settings", lanes: this.settings.value, master: this.master.value })),
      effect(() => this.tell({ type: "speed", speed: this.speed.value })),
      effect(() => this.tell({ type: "loop", loop: this.loop.value })),
    );
    this.timer = window.setInterval(() => this.follow(), FOLLOW_MS);
    this.follow();
  }

  get seconds(): number {
    return this.samples / this.sampleRate;
  }

  get heldBytes(): number {
    return this.loader.heldBytes;
  }

  get peakBytes(): number {
    return this.loader.peakBytes;
  }

  /** The sample that is heard now. */
  get position(): number {
    const status = this.status;
    if (status === null || this.context === null || !this.playing.value || status.stalled) return this.at;
    const latency = this.context.outputLatency || this.context.baseLatency || 0;
    const elapsed = this.context.currentTime - latency - status.time;
    let at = status.position + elapsed * this.sampleRate * this.speed.value;
    const loop = this.loop.value;
    if (loop !== null && status.position < loop.end) {
      const length = loop.end - loop.start;
      if (at >= loop.end) at = loop.start + ((at - loop.start) % length);
      else if (at < loop.start) at += length;
    }
    return Math.min(this.samples, Math.max(0, at));
  }

  async play(): Promise<void> {
    if (this.at >= this.samples && this.loop.value === null) this.seek(0);
    this.playing.value = true;
    this.opening ??= this.open();
    try {
      await this.opening;
      await this.context?.resume();
      this.tell({ type: "play" });
      this.follow();
    } catch (error) {
      this.opening = null;
      batch(() => {
        this.playing.value = false;
        this.trouble.value = `This browser cannot play the lanes (${(error as Error).message}). The downloads work all the same.`;
      });
    }
  }

  pause(): void {
    this.at = this.position;
    this.playing.value = false;
    this.tell({ type: "pause" });
  }

  toggle(): void {
    if (this.playing.value) this.pause();
    else void this.play();
  }

  /** Goes to a sample; leaving a loop's region by hand ends the loop. */
  seek(sample: number): void {
    const to = Math.round(Math.min(this.samples, Math.max(0, sample)));
    const loop = this.loop.value;
    if (loop !== null && (to < loop.start || to >= loop.end)) this.loop.value = null;
    this.at = to;
    if (this.status !== null) this.status = { ...this.status, position: to, time: this.context?.currentTime ?? 0 };
    this.tell({ type: "seek", sample: to, seek: ++this.seeks });
    this.jumps.value++;
    this.follow();
  }

  /** Repeats [start, end) samples; plays on inside it. */
  setLoop(start: number, end: number): void {
    const from = Math.max(0, Math.round(Math.min(start, end)));
    const to = Math.min(this.samples, Math.round(Math.max(start, end)));
    if (to - from < this.sampleRate / 20) return;
    const at = this.position;
    this.loop.value = { start: from, end: to };
    if (at < from || at >= to) this.seek(from);
  }

  close(): void {
    window.clearInterval(this.timer);
    this.stop.forEach((stop) => stop());
    this.loader.close();
    void this.context?.close();
    this.context = null;
  }

  private follow(): void {
    this.loader.follow(Math.floor(this.position), this.playing.value, this.loop.value);
  }

  private drop(lane: number, chunk: number): void {
    const kept = this.waiting.filter(({ message: m }) => m.type !== "chunk" || m.lane !== lane || m.chunk !== chunk);
    if (kept.length < this.waiting.length) this.waiting = kept;
    else this.tell({ type: "drop", lane, chunk });
  }

  private tell(message: ToProcessor, transfer: Transferable[] = []): void {
    if (this.output === null) this.waiting.push({ message, transfer });
    else this.output.send(message, transfer);
  }

  private async open(): Promise<void> {
    const context = new AudioContext({ sampleRate: this.sampleRate, latencyHint: "playback" });
    this.context = context;
    // Within the listener's own click: some browsers let sound begin only then.
    void context.resume();
    const output = await openOutput(
      context,
      {
        lanes: this.lanes.length,
        totalSamples: this.samples,
        chunkSamples: this.chunkSamples,
        reference: Math.max(0, this.lanes.findIndex((lane) => lane.isMixture)),
      },
      (status) => this.hear(status),
    );
    this.output = output;
    for (const { message, transfer } of this.waiting.splice(0)) output.send(message, transfer);
  }

  private hear(status: Status): void {
    if (status.seek !== this.seeks) return;
    this.status = status;
    this.lanes.forEach((lane, i) => (lane.level = Math.max(lane.level * 0.8, status.peaks[i])));
    this.stalled.value = status.stalled;
    if (status.playing) this.at = status.position;
    if (status.ended && this.playing.value) {
      this.at = this.samples;
      this.playing.value = false;
      this.jumps.value++;
    }
  }
}
