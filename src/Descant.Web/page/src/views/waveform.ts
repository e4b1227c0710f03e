// Waveforms on canvases: columns of the loudest samples in a light shade, of how loud it is on the whole in a full one.

const MEAN_SHARE = 0.72;

/**
 * Draws samples [start, end) from (min, max) pairs of `samplesPerPeak` samples each. `scale` is the amplitude at which a
 * column fills the height; all lanes of a song share it, so that a quiet stem looks quiet.
 */
export function drawWaveform(
  canvas: HTMLCanvasElement,
  pairs: Int8Array,
  samplesPerPeak: number,
  start: number,
  end: number,
  scale: number,
  colour: string,
): void {
  const context = canvas.getContext("2d")!;
  const { width, height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  context.clearRect(0, 0, width, height);
  context.fillStyle = colour;
  const step = Math.max(2, Math.round(3 * ratio));
  const bar = Math.max(1, Math.round(2 * ratio));
  const middle = height / 2;
  const count = pairs.length / 2;
  const perColumn = (end - start) / (width / step);
  const columns: [x: number, peak: number, mean: number][] = [];
  // Columns start at multiples of their width in the song, so that they stand still while the view moves.
  const firstColumn = Math.floor(start / perColumn);
  for (let column = firstColumn; ; column++) {
    const x = ((column * perColumn - start) / (end - start)) * width;
    if (x >= width) break;
    const from = Math.max(0, Math.floor((column * perColumn) / samplesPerPeak));
    const to = Math.min(count, Math.max(from + 1, Math.floor(((column + 1) * perColumn) / samplesPerPeak)));
    if (from >= count) break;
    let peak = 0;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const loud = Math.max(-pairs[2 * i], pairs[2 * i + 1]);
      peak = Math.max(peak, loud);
      sum += loud;
    }
    columns.push([x, peak, sum / (to - from)]);
  }
  const paint = (alpha: number, value: (column: [number, number, number]) => number): void => {
    context.globalAlpha = alpha;
    context.beginPath();
    for (const column of columns) {
      const half = Math.max(ratio * 0.5, Math.min(1, value(column) / 127 / scale) * (middle - 3 * ratio));
      context.roundRect(column[0], middle - half, bar, 2 * half, bar / 2);
    }
    context.fill();
  };
  paint(0.4, ([, peak]) => peak);
  // The mean of the peaks, a little lower so that loud masters keep a shape.
  paint(1, ([, , mean]) => mean * MEAN_SHARE);
  context.globalAlpha = 1;
}

/** Colours what is drawn in the left part of a canvas, from one colour above to another below. */
export function tint(canvas: HTMLCanvasElement, part: number, above: string, below: string): void {
  const context = canvas.getContext("2d")!;
  const colours = context.createLinearGradient(0, 0, 0, canvas.height);
  colours.addColorStop(0.42, above);
  colours.addColorStop(0.58, below);
  context.globalCompositeOperation = "source-atop";
  context.fillStyle = colours;
  context.fillRect(0, 0, part * canvas.width, canvas.height);
  context.globalCompositeOperation = "source-over";
}

/** Fits a canvas to its box in device pixels; says whether it has a size. */
export function fit(canvas: HTMLCanvasElement): boolean {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return width > 0 && height > 0;
}
