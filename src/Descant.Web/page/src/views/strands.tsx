// The page's picture: one line of sound that parts into its voices. Drawn by hand as curves, moved by CSS where the
// listener has nothing against motion.

const WIDTH = 720;
const HEIGHT = 120;

function curve(phase: number, spread: number, lift: number): string {
  let d = "";
  for (let i = 0; i <= 180; i++) {
    const t = i / 180;
    const apart = 1 / (1 + Math.exp(-14 * (t - 0.48)));
    const near = (0.7 + 0.3 * Math.sin(t * 21)) * Math.sin(t * 58) * 34 * Math.sin(Math.PI * Math.min(1, t * 2.1)) * (1 - apart);
    const far = Math.sin(t * spread + phase) * 13 * apart * (1.15 - 0.5 * t);
    const y = HEIGHT / 2 + near + far + lift * apart;
    d += `${i === 0 ? "M" : "L"}${(t * WIDTH).toFixed(1)} ${y.toFixed(1)}`;
  }
  return d;
}

export function Strands() {
  return (
    <svg class="strands" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" preserveAspectRatio="xMidYMid meet">
      <path class="strand bass" d={curve(2.6, 16, 36)} />
      <path class="strand drums" d={curve(0.7, 44, 12)} />
      <path class="strand accompaniment" d={curve(1.4, 27, -12)} />
      <path class="strand vocals" d={curve(0, 20, -36)} />
    </svg>
  );
}
