// Ways for files to come in: dropped anywhere, picked, pasted.

import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Job, Track } from "../api";
import { send } from "../api";
import { droppedFiles } from "../droppedFiles";
import { separateAtOnce } from "../preferences";
import { go, HOME, route, songAddress } from "../route";
import { attempt, keepJob, models, say, server, wavOnly } from "../store";
import { hasKnownEnding, upload } from "../uploads";
import { Add } from "./icons";

const dragging = signal(false);

export async function addFiles(files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  const single = files.length === 1;
  if (!single && route.value.page !== "home") go(HOME);
  const refused = await upload(files, arrived);
  if (refused.length > 0) say(refused.join(" "), "bad");
  else if (route.value.page !== "home") say("Uploading. The song appears in your library.");
}

async function addDropped(transfer: DataTransfer): Promise<void> {
  const files = await droppedFiles(transfer, isRecording);
  if (files.length === 0) say("Nothing in there is a recording that this server takes.", "bad");
  await addFiles(files);
}

/** Whether a file out of a folder is meant: covers and play lists lie beside songs. */
function isRecording(file: File): boolean {
  return hasKnownEnding(file) || (!wavOnly.value && /^(audio|video)\//.test(file.type));
}

/** What follows when the server has read a song; `single`: nothing else came with it. */
export function arrived(track: Track, single: boolean): void {
  if (separateAtOnce.value && track.state !== "failed") void separate(track.id);
  if (single && route.value.page === "home") go(songAddress(track.id));
  else say(`“${track.title}” is here.`);
}

/** Asks for a separation; without a model, with the server's default one. */
export async function separate(trackId: string, model?: string, stems?: readonly string[]): Promise<void> {
  const name = model ?? models.value.find((m) => m.isDefault)?.name;
  const job = await attempt(() => send<Job>("POST", "jobs", { trackId, model: name, stems }));
  if (job) keepJob(job);
}

export function DropOverlay() {
  useEffect(() => {
    let depth = 0;
    const has = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const enter = (event: DragEvent): void => {
      if (!has(event)) return;
      event.preventDefault();
      depth++;
      dragging.value = true;
    };
    const over = (event: DragEvent): void => {
      if (has(event)) event.preventDefault();
    };
    const leave = (event: DragEvent): void => {
      if (has(event) && --depth <= 0) dragging.value = false;
    };
    const drop = (event: DragEvent): void => {
      if (!has(event)) return;
      event.preventDefault();
      depth = 0;
      dragging.value = false;
      const transfer = event.dataTransfer!;
      void attempt(() => addDropped(transfer));
    };
    const listeners = [["dragenter", enter], ["dragover", over], ["dragleave", leave], ["drop", drop]] as const;
    for (const [type, listener] of listeners) window.addEventListener(type, listener);
    return () => {
      for (const [type, listener] of listeners) window.removeEventListener(type, listener);
    };
  }, []);
  return dragging.value ? <div class="drop-overlay" aria-hidden="true"><p>Let go to add</p></div> : null;
}

export function PickButton({ label, prominent = false }: { label: string; prominent?: boolean }) {
  const input = useRef<HTMLInputElement>(null);
  const accepts = [...(server.value?.accepts ?? []), ...(wavOnly.value ? [] : ["audio/*", "video/*"])].join(",");
  return (
    <>
      <button class={prominent ? "primary large" : "secondary"} onClick={() => input.current?.click()}><Add /> {label}</button>
      <input ref={input} class="hidden" type="file" multiple accept={accepts} tabIndex={-1} aria-hidden="true" data-testid="files"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          event.currentTarget.value = "";
          void addFiles(files);
        }} />
    </>
  );
}
