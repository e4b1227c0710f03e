// What the page asks of the spectrogram worker, and what it answers.

import type { Source } from "../api";

export const FFT = 2048;
export const SPECTRUM_HOP = 1024;
export const ROWS = 144;
export const LOWEST_HZ = 50;
export const HIGHEST_HZ = 16000;

export interface SpectrumRequest {
  readonly id: number;
  readonly source: Source;
  readonly from: number;
  readonly count: number;
}

export interface SpectrumTile {
  readonly id: number;
  readonly columns: number;
  /** [columns, ROWS], lowest frequency first: 0 is the floor of −84 dB, 255 is full scale. */
  readonly levels: Uint8Array | null;
}
