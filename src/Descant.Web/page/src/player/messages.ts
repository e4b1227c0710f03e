// What the page and its audio thread tell each other.

import type { Loop } from "./laneAudio";
import type { LaneSetting } from "./mixing";

export const PROCESSOR = "descant-lanes";

export interface ProcessorOptions {
  readonly lanes: number;
  readonly totalSamples: number;
  readonly chunkSamples: number;
  /** The lane whose samples decide where speed changes cut; all lanes follow it. */
  readonly reference: number;
}

export type ToProcessor =
  | { readonly type: "chunk"; readonly lane: number; readonly chunk: number; readonly samples: Int16Array; readonly channels: number }
  | { readonly type: "drop"; readonly lane: number; readonly chunk: number }
  | { readonly type: "play" }
  | { readonly type: "pause" }
  | { readonly type: "seek"; readonly sample: number; readonly seek: number }
  | { readonly type: "speed"; readonly speed: number }
  | { readonly type: "loop"; readonly loop: Loop | null }
  | { readonly type: "settings"; readonly lanes: readonly LaneSetting[]; readonly master: number };

export interface Status {
  /** The sample that the next rendered one comes from. */
  readonly position: number;
  /** The context's time at which it is rendered, in seconds. */
  readonly time: number;
  readonly playing: boolean;
  /** The number of the last seek that this status knows of. */
  readonly seek: number;
  /** Playing is asked for, and samples are missing. */
  readonly stalled: boolean;
  readonly ended: boolean;
  /** Largest absolute value of each lane since the last status, after its volume. */
  readonly peaks: readonly number[];
}
