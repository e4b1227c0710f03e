// Spectrograms of the lanes in view, made chunk by chunk in a worker and forgotten when there are too many.

import { signal } from "@preact/signals";
import type { Source } from "../api";
import { ROWS, SPECTRUM_HOP, type SpectrumRequest, type SpectrumTile } from "./spectrogramTiles";

/** Samples of one picture; a multiple of SPECTRUM_HOP. */
export const TILE_SAMPLES = 131072;

const MOST_TILES = 240;
const AT_ONCE = 2;

export class Spectrograms {
  /** Grows with every picture that arrived. */
  readonly version = signal(0);

  private readonly worker = new Worker(new URL("./spectrogram.worker.ts", import.meta.url), { type: "module" });
  private readonly tiles = new Map<string, SpectrumTile | null>();
  private readonly asked = new Map<number, string>();
  private readonly queue: { key: string; source: Source; tile: number }[] = [];
  private number = 0;

  constructor() {
    this.worker.onmessage = (event: MessageEvent<SpectrumTile>) => {
      const key = this.asked.get(event.data.id)!;
      this.asked.delete(event.data.id);
      if (event.data.levels === null) this.tiles.delete(key);
      else this.tiles.set(key, event.data);
      this.version.value++;
      this.pump();
    };
  }

  /** The picture of samples [tile · TILE_SAMPLES, …), or null while it is being made. */
  tile(source: Source, tile: number): SpectrumTile | null {
    const key = `${source.url}#${tile}`;
    const known = this.tiles.get(key);
    if (known === undefined) {
      this.tiles.set(key, null);
      this.queue.push({ key, source, tile });
      this.pump();
    } else if (known !== null) {
      // Last used, last forgotten.
      this.tiles.delete(key);
      this.tiles.set(key, known);
    }
    return known ?? null;
  }

  close(): void {
    this.worker.terminate();
  }

  private pump(): void {
    while (this.asked.size < AT_ONCE && this.queue.length > 0) {
      // The latest wish first: it is what is looked at now.
      const { key, source, tile } = this.queue.pop()!;
      const id = ++this.number;
      this.asked.set(id, key);
      const from = tile * TILE_SAMPLES;
      const request: SpectrumRequest = {
        id,
        source: { ...source, url: new URL(source.url.replace(/^\/+/, ""), document.baseURI).href },
        from,
        count: Math.min(TILE_SAMPLES, source.samples - from),
      };
      this.worker.postMessage(request);
    }
    for (const key of this.tiles.keys()) {
      if (this.tiles.size <= MOST_TILES) break;
      if (this.tiles.get(key) !== null) this.tiles.delete(key);
    }
  }
}

/** Draws samples [start, end) of a lane over a canvas, in shades of one colour from `paper` to `ink` (0–255 each). */
export function drawSpectrogram(
  canvas: HTMLCanvasElement,
  pictures: Spectrograms,
  source: Source,
  start: number,
  end: number,
  shades: Uint8ClampedArray,
): void {
  const context = canvas.getContext("2d")!;
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.imageSmoothingEnabled = true;
  const first = Math.max(0, Math.floor(start / TILE_SAMPLES));
  const last = Math.floor((Math.min(end, source.samples) - 1) / TILE_SAMPLES);
  for (let t = last; t >= first; t--) {
    const tile = pictures.tile(source, t);
    if (tile?.levels === undefined || tile.levels === null) continue;
    const image = new ImageData(tile.columns, ROWS);
    for (let column = 0; column < tile.columns; column++) {
      for (let row = 0; row < ROWS; row++) {
        const level = tile.levels[column * ROWS + row];
        const to = 4 * ((ROWS - 1 - row) * tile.columns + column);
        for (let c = 0; c < 3; c++) image.data[to + c] = shades[3 * level + c];
        image.data[to + 3] = 255;
      }
    }
    const sheet = new OffscreenCanvas(tile.columns, ROWS);
    sheet.getContext("2d")!.putImageData(image, 0, 0);
    const scale = canvas.width / (end - start);
    const x = (t * TILE_SAMPLES - start) * scale;
    context.drawImage(sheet, x, 0, tile.columns * SPECTRUM_HOP * scale, canvas.height);
  }
}

/** 256 shades from paper over the colour to its lightest, for levels 0 to 255. */
export function shadesOf(paper: [number, number, number], colour: [number, number, number], bright: [number, number, number]): Uint8ClampedArray {
  const shades = new Uint8ClampedArray(256 * 3);
  for (let level = 0; level < 256; level++) {
    const t = (level / 255) ** 1.4;
    const [a, b, u] = t < 0.6 ? [paper, colour, t / 0.6] : [colour, bright, (t - 0.6) / 0.4];
    for (let c = 0; c < 3; c++) shades[3 * level + c] = a[c] + (b[c] - a[c]) * u;
  }
  return shades;
}
