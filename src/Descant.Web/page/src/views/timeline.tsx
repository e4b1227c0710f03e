import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Player } from "../player/player";
import { clock } from "../words";
import type { View } from "./laneRow";

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
const LABEL_PIXELS = 76;
const DRAG_PIXELS = 5;

interface Props {
  readonly player: Player;
  readonly view: Signal<View>;
  readonly onZoom: (factor: number, at?: number) => void;
  readonly onScroll: (samples: number) => void;
  readonly children: ComponentChildren;
}

/** Ruler and lanes: a click goes there, a drag along the ruler (or with Shift along the lanes) makes a loop. */
export function Timeline({ player, view, onZoom, onScroll, children }: Props) {
  const ruler = useRef<HTMLDivElement>(null);
  const area = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  useEffect(() => {
    const observer = new ResizeObserver(() => setWidth(ruler.current?.clientWidth ?? 800));
    observer.observe(ruler.current!);
    return () => observer.disconnect();
  }, []);

  const sampleAt = (clientX: number): number => {
    const box = ruler.current!.getBoundingClientRect();
    const { start, end } = view.value;
    return start + Math.min(1, Math.max(0, (clientX - box.left) / box.width)) * (end - start);
  };

  const press = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const target = event.target as HTMLElement;
    const onRuler = ruler.current!.contains(target);
    if (!onRuler && target.closest(".lane-wave") === null) return;
    const looping = onRuler || event.shiftKey;
    const from = event.clientX;
    const origin = sampleAt(from);
    const touch = event.pointerType !== "mouse";
    let dragged = false;
    const holder = target;
    holder.setPointerCapture(event.pointerId);
    const move = (e: PointerEvent): void => {
      if (!dragged && Math.abs(e.clientX - from) < DRAG_PIXELS) return;
      dragged = true;
      if (looping) player.setLoop(origin, sampleAt(e.clientX));
      else player.seek(sampleAt(e.clientX));
    };
    const end = (e: PointerEvent): void => {
      holder.removeEventListener("pointermove", move);
      holder.removeEventListener("pointerup", end);
      holder.removeEventListener("pointercancel", end);
      if (!dragged && e.type === "pointerup") player.seek(sampleAt(e.clientX));
    };
    if (!touch) event.preventDefault();
    holder.addEventListener("pointermove", move);
    holder.addEventListener("pointerup", end);
    holder.addEventListener("pointercancel", end);
  };

  useEffect(() => {
    const element = area.current!;
    const wheel = (event: WheelEvent): void => {
      const { start, end } = view.peek();
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        onZoom(Math.exp(event.deltaY / 300), sampleAt(event.clientX));
      } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY) && end - start < player.samples) {
        event.preventDefault();
        onScroll((event.deltaX / width) * (end - start));
      }
    };
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  });

  const { start, end } = view.value;
  const seconds = (end - start) / player.sampleRate;
  const step = STEPS.find((s) => (s / seconds) * width >= LABEL_PIXELS) ?? 3600;
  const ticks: number[] = [];
  for (let t = Math.ceil(start / player.sampleRate / step) * step; t <= end / player.sampleRate; t += step) {
    // A label that would be cut off at the right edge is left out.
    if ((t * player.sampleRate - start) / (end - start) < 1 - 40 / width) ticks.push(t);
  }
  const place = (sample: number): string => `${((sample - start) / (end - start)) * 100}%`;
  const loop = player.loop.value;
  return (
    <div class="timeline" ref={area} onPointerDown={press}>
      <div class="ruler" ref={ruler} title="Drag to loop a part" aria-hidden="true">
        {ticks.map((t) => <span key={t} class="tick" style={{ left: place(t * player.sampleRate) }}>{clock(t)}</span>)}
        {loop && <i class="loop-bar" style={{ left: place(loop.start), width: `${((loop.end - loop.start) / (end - start)) * 100}%` }} />}
      </div>
      {children}
    </div>
  );
}
