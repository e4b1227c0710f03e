// Speed without change of pitch: WSOLA (Verhelst and Roelands, "An overlap-add technique based on waveform similarity
// (WSOLA) for high quality time-scale modification of speech", ICASSP 1993). Frames of the song are overlapped at half
// their length; each is taken near where the speed asks for it, at the place that best continues the frame before.
// The place is searched once, on one reference lane, and used for all lanes: they stay synchronous, and their sum is
// the stretched sum.

/** Samples by which an output block advances; a frame is two hops. */
export const HOP = 1024;

/** How far from the asked position a frame may be taken, in samples. */
export const TOLERANCE = 512;

const COARSE = 4;

export interface StretchSource {
  readonly lanes: number;
  read(lane: number, channel: number, start: number, count: number, to: Float32Array): void;
}

export class TimeStretch {
  /** Rising half of the window; with its mirror image it sums to one. */
  private readonly rise = new Float32Array(HOP);
  private readonly wanted = new Float32Array(HOP);
  private readonly around = new Float32Array(HOP + 2 * TOLERANCE);
  private readonly other = new Float32Array(HOP + 2 * TOLERANCE);
  private readonly tail = new Float32Array(HOP);
  private readonly head = new Float32Array(HOP);

  /** Where the song would go on without a cut, in samples. */
  private next = 0;

  constructor(
    private readonly source: StretchSource,
    private readonly reference: number,
  ) {
    for (let i = 0; i < HOP; i++) this.rise[i] = 0.5 - 0.5 * Math.cos((Math.PI * (i + 0.5)) / HOP);
  }

  /** Starts at a position that is being heard: the first block continues it. */
  start(position: number): void {
    this.next = position;
  }

  /** Moves the state by whole loops, for a position that was brought back into its loop. */
  shift(samples: number): void {
    this.next += samples;
  }

  /** Where playback at normal speed would take over without a seam, in samples. */
  get continuation(): number {
    return this.next;
  }

  /**
   * Writes one hop of every lane, `out[lane][channel]` with HOP samples: what fades out is the continuation of the frame
   * before, what fades in is the frame found near `target`.
   */
  block(target: number, out: Float32Array[][]): void {
    const from = this.find(target);
    for (let lane = 0; lane < out.length; lane++) {
      for (let channel = 0; channel < out[lane].length; channel++) {
        const to = out[lane][channel];
        this.source.read(lane, channel, this.next, HOP, this.tail);
        this.source.read(lane, channel, from, HOP, this.head);
        for (let i = 0; i < HOP; i++) to[i] = this.tail[i] + this.rise[i] * (this.head[i] - this.tail[i]);
      }
    }
    this.next = from + HOP;
  }

  /** The start near `target` whose samples are most similar to the natural continuation (normalised correlation). */
  private find(target: number): number {
    if (Math.abs(target - this.next) < 1) return this.next;
    this.mono(this.next, HOP, this.wanted);
    this.mono(target - TOLERANCE, HOP + 2 * TOLERANCE, this.around);
    let best = this.search(0, 2 * TOLERANCE, COARSE, COARSE);
    best = this.search(Math.max(0, best - COARSE), Math.min(2 * TOLERANCE, best + COARSE), 1, 1);
    return target - TOLERANCE + best;
  }

  private search(first: number, last: number, step: number, stride: number): number {
    let best = first;
    let score = -Infinity;
    for (let shift = first; shift <= last; shift += step) {
      let product = 0;
      let energy = 1e-9;
      for (let i = 0; i < HOP; i += stride) {
        const x = this.around[shift + i];
        product += x * this.wanted[i];
        energy += x * x;
      }
      const similarity = product / Math.sqrt(energy);
      if (similarity > score) {
        score = similarity;
        best = shift;
      }
    }
    return best;
  }

  private mono(start: number, count: number, to: Float32Array): void {
    this.source.read(this.reference, 0, start, count, to);
    this.source.read(this.reference, 1, start, count, this.other);
    for (let i = 0; i < count; i++) to[i] += this.other[i];
  }
}
