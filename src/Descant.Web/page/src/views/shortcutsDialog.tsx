import type { Lane } from "../player/player";
import { keysOn } from "../preferences";
import { laneName } from "../words";
import { Dialog } from "./dialog";

const KEYS: readonly [keys: readonly string[], what: string][] = [
  [["Space"], "Play or pause"],
  [["←", "→"], "Five seconds back or on (with Shift: one)"],
  [["Home", "End"], "To the start or the end"],
  [["A"], "Your mix or the original"],
  [["L"], "Loop on or off"],
  [["[", "]"], "Loop starts or ends here"],
  [[",", "."], "Slower or faster, the pitch stays"],
  [["G"], "Waveforms or spectrograms"],
  [["+", "−"], "Zoom in or out"],
  [["D"], "Download"],
  [["?"], "This list"],
];

export function ShortcutsDialog({ lanes, onClose }: { lanes: readonly Lane[]; onClose: () => void }) {
  const stems = lanes.filter((lane) => !lane.isMixture);
  return (
    <Dialog title="Keyboard" onClose={onClose} wide>
      <dl class="key-list">
        {KEYS.map(([keys, what]) => (
          <div key={what}><dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt><dd>{what}</dd></div>
        ))}
        {stems.slice(0, 9).map((lane, i) => (
          <div key={lane.name}><dt><kbd>{i + 1}</kbd></dt><dd>Mute {laneName(lane.name)} (with Shift: solo)</dd></div>
        ))}
        {lanes.length > 1 && <div><dt><kbd>0</kbd></dt><dd>Mute Original (with Shift: solo)</dd></div>}
      </dl>
      <p class="muted small">Along the ruler, drag to loop a part. On the lanes, click or drag to go there; Ctrl and the wheel zoom.</p>
      <label class="check">
        <input type="checkbox" checked={keysOn.value} onChange={(e) => (keysOn.value = e.currentTarget.checked)} />
        <span>Single keys control the player</span>
      </label>
    </Dialog>
  );
}
