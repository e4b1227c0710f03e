// What the audio thread holds of one song: 16-bit chunks of every lane around the playhead.
// A chunk covers samples [n * chunkSamples, (n + 1) * chunkSamples) of its lane, the last one to the end of the song.

export interface Loop {
  /** First sample of the region. */
  readonly start: number;
  /** Sample after the last one of the region. */
  readonly end: number;
}

interface Chunk {
  /** Interleaved. */
  readonly samples: Int16Array;
  readonly channels: number;
}

const FADE = 256;

export class LaneAudio {
  private readonly chunks: Map<number, Chunk>[];
  loop: Loop | null = null;

  constructor(
    readonly lanes: number,
    readonly totalSamples: number,
    readonly chunkSamples: number,
  ) {
    this.chunks = Array.from({ length: lanes }, () => new Map<number, Chunk>());
  }

  put(lane: number, chunk: number, samples: Int16Array, channels: number): void {
    this.chunks[lane].set(chunk, { samples, channels });
  }

  /** Forgets a chunk and gives its memory back at once: left to the collector, an audio thread would keep many songs' worth. */
  drop(lane: number, chunk: number): void {
    const buffer = this.chunks[lane].get(chunk)?.samples.buffer as (ArrayBuffer & { transfer?: (bytes: number) => ArrayBuffer }) | undefined;
    this.chunks[lane].delete(chunk);
    buffer?.transfer?.(0);
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
    return (chunk.samples[(p % this.chunkSamples) * chunk.channels + Math.min(channel, chunk.channels - 1)] ?? 0) / 32768;
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
      if (chunk === undefined) {
        to.fill(0, at + i, at + i + part);
      } else {
        const { samples, channels } = chunk;
        let from = offset * channels + Math.min(channel, channels - 1);
        for (let k = 0; k < part; k++, from += channels) to[at + i + k] = (samples[from] ?? 0) / 32768;
      }
      i += part;
    }
  }
}
