// One lane's way to the output: volume and position between the speakers, moved without clicks.

/** What a lane is asked to do: gain 0 (silent) to any, pan −1 (left) to 1 (right). */
export interface LaneSetting {
  readonly gain: number;
  readonly pan: number;
}

/** Gains from a lane's [left, right] to the output's [left, right]; the equal-power law of the Web Audio API's StereoPannerNode. */
export function panGains(pan: number): [ll: number, rl: number, lr: number, rr: number] {
  const x = ((pan <= 0 ? pan + 1 : pan) * Math.PI) / 2;
  if (pan === 0) return [1, 0, 0, 1];
  return pan < 0 ? [1, Math.cos(x), 0, Math.sin(x)] : [Math.cos(x), 0, Math.sin(x), 1];
}

export class LaneMixer {
  private readonly now = [0, 0, 0, 0];
  private readonly goal = [0, 0, 0, 0];

  set(setting: LaneSetting): void {
    panGains(setting.pan).forEach((g, i) => (this.goal[i] = g * setting.gain));
  }

  /** Jumps to what was set, for a lane that is not heard yet. */
  settle(): void {
    this.goal.forEach((g, i) => (this.now[i] = g));
  }

  /** Adds `count` samples of the lane to the mix, and to `tap` where there is one; gives the largest absolute value. */
  add(left: Float32Array, right: Float32Array, at: number, count: number, mix: Float32Array[], tap: Float32Array[] | undefined): number {
    const [ll, rl, lr, rr] = this.now;
    for (let i = 0; i < 4; i++) {
      const distance = this.goal[i] - this.now[i];
      this.now[i] = Math.abs(distance) < 1e-4 ? this.goal[i] : this.now[i] + 0.3 * distance;
    }
    if (ll === 0 && rl === 0 && lr === 0 && rr === 0 && this.now.every((g) => g === 0)) return 0;
    const dll = (this.now[0] - ll) / count;
    const drl = (this.now[1] - rl) / count;
    const dlr = (this.now[2] - lr) / count;
    const drr = (this.now[3] - rr) / count;
    let peak = 0;
    for (let i = 0; i < count; i++) {
      const l = left[at + i];
      const r = right[at + i];
      const outLeft = (ll + dll * i) * l + (rl + drl * i) * r;
      const outRight = (lr + dlr * i) * l + (rr + drr * i) * r;
      mix[0][i] += outLeft;
      mix[1][i] += outRight;
      if (tap !== undefined) {
        tap[0][i] = outLeft;
        tap[1][i] = outRight;
      }
      peak = Math.max(peak, Math.abs(outLeft), Math.abs(outRight));
    }
    return peak;
  }
}
