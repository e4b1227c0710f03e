// Spectrogram of one chunk of a lane: short-time Fourier transform with a Hann window, magnitudes in decibels on a
// logarithmic frequency axis.

import { samples } from "../api";
import { FFT, HIGHEST_HZ, LOWEST_HZ, ROWS, SPECTRUM_HOP, type SpectrumRequest, type SpectrumTile } from "./spectrogramTiles";

const FLOOR_DB = -84;

const window_ = new Float32Array(FFT);
for (let i = 0; i < FFT; i++) window_[i] = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FFT);

async function tile({ id, source, from, count }: SpectrumRequest): Promise<SpectrumTile> {
  const first = Math.max(0, from - FFT / 2);
  const last = Math.min(source.samples, from + count + FFT / 2);
  const interleaved = await samples(source, first, last - first);
  const columns = Math.ceil(count / SPECTRUM_HOP);
  const levels = new Uint8Array(columns * ROWS);
  const re = new Float32Array(FFT);
  const im = new Float32Array(FFT);
  const highest = Math.min(HIGHEST_HZ, source.sampleRate / 2);
  const edges = Array.from({ length: ROWS + 1 }, (_, r) => (LOWEST_HZ * (highest / LOWEST_HZ) ** (r / ROWS) * FFT) / source.sampleRate);
  for (let column = 0; column < columns; column++) {
    const start = from + column * SPECTRUM_HOP - FFT / 2;
    for (let i = 0; i < FFT; i++) {
      const at = start + i - first;
      let sum = 0;
      if (at >= 0) for (let c = 0; c < source.channels; c++) sum += interleaved[at * source.channels + c] ?? 0;
      re[i] = (window_[i] * sum) / (32768 * source.channels);
      im[i] = 0;
    }
    transform(re, im);
    for (let row = 0; row < ROWS; row++) {
      const low = Math.floor(edges[row]);
      const high = Math.max(low + 1, Math.ceil(edges[row + 1]));
      let power = 0;
      for (let bin = low; bin < high; bin++) power = Math.max(power, re[bin] * re[bin] + im[bin] * im[bin]);
      // A sine of amplitude 1 has magnitude FFT / 4 under a Hann window.
      const decibels = 10 * Math.log10(power + 1e-20) - 20 * Math.log10(FFT / 4);
      levels[column * ROWS + row] = Math.round(255 * Math.min(1, Math.max(0, 1 - decibels / FLOOR_DB)));
    }
  }
  return { id, columns, levels };
}

/** In-place radix-2 transform (Cooley and Tukey, 1965). */
function transform(re: Float32Array, im: Float32Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let length = 2; length <= n; length <<= 1) {
    const half = length >> 1;
    for (let k = 0; k < half; k++) {
      const angle = (-2 * Math.PI * k) / length;
      const c = Math.cos(angle);
      const s = Math.sin(angle);
      for (let i = k; i < n; i += length) {
        const j = i + half;
        const x = re[j] * c - im[j] * s;
        const y = re[j] * s + im[j] * c;
        re[j] = re[i] - x;
        im[j] = im[i] - y;
        re[i] += x;
        im[i] += y;
      }
    }
  }
}

self.onmessage = async (event: MessageEvent<SpectrumRequest>) => {
  try {
    const answer = await tile(event.data);
    self.postMessage(answer, { transfer: [answer.levels!.buffer] });
  } catch {
    const none: SpectrumTile = { id: event.data.id, columns: 0, levels: null };
    self.postMessage(none);
  }
};
