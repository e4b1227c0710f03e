// One clock for all lanes: they are read at one position and cannot drift apart. A lane that lacks samples holds all of
// them; mute, solo and volume are gains and never touch the position. Runs on the audio thread (worklet.ts), or on the
// page's own where the browser has no audio worklets.

import { LaneAudio } from "./laneAudio";
import type { ProcessorOptions, Status, ToProcessor } from "./messages";
import { LaneMixer } from "./mixing";
import { HOP, TOLERANCE, TimeStretch } from "./timeStretch";

/** Samples rendered at once. */
export const QUANTUM = 128;
const STATUS_EVERY = 10;

export class Lanes {
  private readonly audio: LaneAudio;
  private readonly stretch: TimeStretch;
  private readonly mixers: LaneMixer[];
  private readonly block: Float32Array[][];
  private readonly peaks: number[];

  /** Sample of the song that is rendered next; between whole samples only while the speed is changed. */
  private position = 0;
  private speed = 1;
  private playing = false;
  private audible = false;
  private seekTo: number | null = null;
  private seek = 0;
  private ended = false;
  private master = 1;
  private masterNow = 1;

  /** While stretching: the next sample of `block` to play; HOP when a new block is needed. */
  private blockAt = HOP;
  private stretching = false;
  private target = 0;
  private untilStatus = 0;

  constructor(options: ProcessorOptions, private readonly report: (status: Status) => void) {
    const { lanes, totalSamples, chunkSamples, reference } = options;
    this.audio = new LaneAudio(lanes, totalSamples, chunkSamples);
    this.stretch = new TimeStretch(this.audio, reference);
    this.mixers = Array.from({ length: lanes }, () => new LaneMixer());
    this.block = Array.from({ length: lanes }, () => [new Float32Array(HOP), new Float32Array(HOP)]);
    this.peaks = new Array<number>(lanes).fill(0);
  }

  receive(message: ToProcessor): void {
    switch (message.type) {
      case "chunk":
        this.audio.put(message.lane, message.chunk, message.samples, message.channels);
        break;
      case "drop":
        this.audio.drop(message.lane, message.chunk);
        break;
      case "play":
        this.playing = true;
        this.ended = false;
        break;
      case "pause":
        this.playing = false;
        break;
      case "seek":
        this.seekTo = message.sample;
        this.seek = message.seek;
        this.ended = false;
        break;
      case "speed":
        this.speed = message.speed;
        break;
      case "loop":
        this.audio.loop = message.loop;
        break;
      case "settings":
        message.lanes.forEach((setting, lane) => this.mixers[lane].set(setting));
        this.master = message.master;
        break;
    }
    this.untilStatus = 0;
  }

  /**
   * Renders QUANTUM samples, heard from `time` (seconds) on, into cleared outputs: [0] is the mix; where there are more,
   * [1 + k] is lane k after its volume.
   */
  process(outputs: Float32Array[][], time: number): void {
    if (!this.audible) {
      if (this.seekTo !== null) this.jump(this.seekTo);
      if (this.playing && this.ready()) {
        this.mixers.forEach((mixer) => mixer.settle());
        this.render(outputs, 0, this.canGoOn() ? 1 : 0);
      }
    } else {
      this.render(outputs, 1, this.playing && this.seekTo === null && this.canGoOn() ? 1 : 0);
    }
    if (--this.untilStatus <= 0) this.tell(time);
  }

  private jump(sample: number): void {
    this.position = sample;
    this.seekTo = null;
    this.stretching = false;
    this.blockAt = HOP;
  }

  /** Whether the next quantum can be rendered. */
  private ready(): boolean {
    return this.hasAt(this.position, this.stretching || this.speed !== 1);
  }

  /** Whether the quantum after the next one can be rendered; if not, the next one fades out. */
  private canGoOn(): boolean {
    if (this.stretching && this.blockAt + 2 * QUANTUM <= HOP) return true;
    return this.hasAt(this.position + QUANTUM * this.speed, this.stretching || this.speed !== 1);
  }

  private hasAt(position: number, stretched: boolean): boolean {
    if (!stretched) return this.audio.has(position, QUANTUM);
    return this.audio.has(Math.max(0, Math.floor(position) - 2 * HOP), 5 * HOP + 2 * TOLERANCE);
  }

  /** Renders one quantum that goes from loudness `from` to `to` (0 or 1), and moves the position. */
  private render(outputs: Float32Array[][], from: number, to: number): void {
    if (this.stretching && this.speed === 1 && this.blockAt === HOP) {
      this.stretching = false;
      this.position = this.audio.place(this.stretch.continuation);
    } else if (!this.stretching && this.speed !== 1) {
      this.stretching = true;
      this.blockAt = HOP;
      this.target = this.position;
      this.stretch.start(this.position);
    }
    if (this.stretching && this.blockAt === HOP) this.nextBlock();

    const mix = outputs[0];
    for (let lane = 0; lane < this.mixers.length; lane++) {
      const [left, right] = this.block[lane];
      if (!this.stretching) {
        this.audio.read(lane, 0, this.position, QUANTUM, left);
        this.audio.read(lane, 1, this.position, QUANTUM, right);
      }
      const at = this.stretching ? this.blockAt : 0;
      const peak = this.mixers[lane].add(left, right, at, QUANTUM, mix, outputs[1 + lane]);
      this.peaks[lane] = Math.max(this.peaks[lane], peak);
    }
    this.shape(outputs, from, to);

    this.position += QUANTUM * this.speed;
    if (this.stretching) this.blockAt += QUANTUM;
    else this.position = this.audio.place(Math.round(this.position));
    this.audible = to === 1;
    if (this.audio.loop === null && this.position >= this.audio.totalSamples) {
      this.jump(this.audio.totalSamples);
      this.playing = false;
      this.audible = false;
      this.ended = true;
      this.untilStatus = 0;
    }
  }

  private nextBlock(): void {
    this.stretch.block(Math.round(this.target), this.block);
    this.position = this.target;
    this.target += HOP * this.speed;
    this.blockAt = 0;
    const loop = this.audio.loop;
    if (loop !== null && this.target >= loop.end) {
      const back = this.audio.place(Math.floor(this.target)) - Math.floor(this.target);
      this.target += back;
      this.stretch.shift(back);
    }
  }

  private shape(outputs: Float32Array[][], from: number, to: number): void {
    const start = this.masterNow;
    this.masterNow += 0.3 * (this.master - this.masterNow);
    if (Math.abs(this.master - this.masterNow) < 1e-4) this.masterNow = this.master;
    if (from === 1 && to === 1 && start === 1 && this.masterNow === 1) return;
    for (const output of outputs) {
      for (const channel of output) {
        for (let i = 0; i < QUANTUM; i++) {
          const t = i / QUANTUM;
          channel[i] *= (from + (to - from) * t) * (start + (this.masterNow - start) * t);
        }
      }
    }
  }

  private tell(time: number): void {
    this.untilStatus = STATUS_EVERY;
    this.report({
      position: this.seekTo ?? this.position,
      time,
      seek: this.seek,
      playing: this.playing,
      stalled: this.playing && !this.audible,
      ended: this.ended,
      peaks: this.peaks.slice(),
    });
    this.peaks.fill(0);
  }
}
