// What the audio thread holds of one song: 16-bit chunks of every lane around the playhead.
// A chunk covers samples [n * chunkSamples, (n + 1) * chunkSamples) of its lane, the last one to the end of the song.

export interface Loop {
  /** First sample of the region. */
  readonly start: number;
  /** Sample after the last one of the region. */
  readonly end: number;
}

const FADE = 256;

export class LaneAudio {
  private readonly chunks: Map<number, Int16Array[]>[];
  loop: Loop | null = null;

  constructor(
    readonly lanes: number,
    readonly totalSamples: number,
    readonly chunkSamples: number,
  ) {
    this.chunks = Array.from({ length: lanes }, () => new Map<number, Int16Array[]>());
  }

  put(lane: number, chunk: number, channels: Int16Array[]): void {
    this.chunks[lane].set(chunk, channels);
  }

  drop(lane: number, chunk: number): void {
    this.chunks[lane].delete(chunk);
  }

  /** Whether every lane has samples [start, start + count) of the played line: with a loop, what follows its end is its start. */
  has(start: number, count: number): boolean {
    let at = start;
    let left = count;
    while (left > 0) {
      const p = this.place(at);
      const until = this.loop !== null && p < this.loop.end ? Math.min(left, this.loop.end - p) : left;
      if (!this.holds(p, until)) return false;
      at += until;
      left -= until;
    }
    return true;
  }

  /** The song's sample that is heard at `p` of the played line. */
  place(p: number): number {
    const loop = this.loop;
    if (loop === null || p < loop.end) return p;
    return loop.start + ((p - loop.start) % (loop.end - loop.start));
  }

  /**
   * Copies samples [start, start + count) of the played line of one lane, −1 to 1, zeros outside the song.
   * The last samples of a loop are cross-faded with those before its start, so that the seam is not heard.
   */
  read(lane: number, channel: number, start: number, count: number, to: Float32Array): void {
    const loop = this.loop;
    if (loop === null) {
      this.copy(lane, channel, start, count, to, 0);
      return;
    }
    let done = 0;
    while (done < count) {
      const p = this.place(start + done);
      const part = p < loop.end ? Math.min(count - done, loop.end - p) : count - done;
      this.copy(lane, channel, p, part, to, done);
      const fade = Math.min(FADE, loop.end - loop.start);
      for (let i = Math.max(0, loop.end - fade - p); p < loop.end && i < part; i++) {
        const weight = (p + i - (loop.end - fade)) / fade;
        const before = this.sample(lane, channel, p + i - (loop.end - loop.start));
        to[done + i] += weight * (before - to[done + i]);
      }
      done += part;
    }
  }

  private holds(start: number, count: number): boolean {
    const first = Math.max(0, start);
    const last = Math.min(this.totalSamples, start + count) - 1;
    if (last < first) return true;
    for (let c = Math.floor(first / this.chunkSamples); c <= Math.floor(last / this.chunkSamples); c++) {
      for (const lane of this.chunks) if (!lane.has(c)) return false;
    }
    return true;
  }

  private sample(lane: number, channel: number, p: number): number {
    if (p < 0 || p >= this.totalSamples) return 0;
    const chunk = this.chunks[lane].get(Math.floor(p / this.chunkSamples));
    if (chunk === undefined) return 0;
    return (chunk[Math.min(channel, chunk.length - 1)][p % this.chunkSamples] ?? 0) / 32768;
  }

  private copy(lane: number, channel: number, start: number, count: number, to: Float32Array, at: number): void {
    let i = 0;
    while (i < count) {
      const p = start + i;
      if (p < 0 || p >= this.totalSamples) {
        const zeros = p < 0 ? Math.min(count - i, -p) : count - i;
        to.fill(0, at + i, at + i + zeros);
        i += zeros;
        continue;
      }
      const index = Math.floor(p / this.chunkSamples);
      const offset = p - index * this.chunkSamples;
      const part = Math.min(count - i, this.chunkSamples - offset, this.totalSamples - p);
      const chunk = this.chunks[lane].get(index);
      const samples = chunk?.[Math.min(channel, chunk.length - 1)];
      for (let k = 0; k < part; k++) to[at + i + k] = samples === undefined ? 0 : (samples[offset + k] ?? 0) / 32768;
      i += part;
    }
  }
}
