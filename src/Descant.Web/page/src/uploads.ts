// Files on their way to the server: in chunks, each taken up where the server says it stopped, across lost connections,
// reloads and closed tabs.

import { signal } from "@preact/signals";
import { changing, insisting, newKey, OFFLINE, path, refusal, Refusal, remove, send, type Track, type Upload } from "./api";
import { all, fingerprint, forget, keep } from "./pendingFiles";
import { dropUpload, noteTrack, server, user, wavOnly } from "./store";

export interface LocalUpload {
  readonly key: string;
  readonly name: string;
  readonly size: number;
  readonly sent: number;
  /** "waiting": the connection is lost, it goes on by itself. "refused": the file is not what the server takes. "lost": it must be picked again. */
  readonly state: "starting" | "sending" | "waiting" | "reading" | "failed" | "refused" | "lost";
  readonly bytesPerSecond: number | null;
  readonly problem: string | null;
}

/** This tab's uploads, and those that a closed tab left and that need their file again. */
export const uploads = signal<readonly LocalUpload[]>([]);

const PARALLEL = 2;
const MOST_RETRY_MS = 15_000;
/** Answers that say that this file will never be taken. */
const REFUSALS = [413, 415, 422, 501];
const UNREADABLE = "unreadable";

interface Task {
  readonly key: string;
  readonly file: File;
  readonly onDone: (track: Track) => void;
  readonly cancel: AbortController;
  id: string | null;
}

const tasks = new Map<string, Task>();
const queue: Task[] = [];
let running = 0;

/** Gets each song as soon as the server has read it; `single`: it was the only file that was added. */
type Arrival = (track: Track, single: boolean) => void;

/** Starts uploads. Gives back what was refused at once. */
export async function upload(files: readonly File[], onDone: Arrival): Promise<string[]> {
  const refused: string[] = [];
  const arrive = (track: Track): void => onDone(track, files.length === 1);
  const pending = await all(user.value);
  for (const file of files) {
    const problem = refuse(file);
    if (problem !== null) {
      refused.push(problem);
      continue;
    }
    const known = pending.find((p) => p.fingerprint === fingerprint(file));
    if (known !== undefined && tasks.has(known.key)) continue;
    const key = known?.key ?? newKey();
    await keep(file, key, user.value);
    enqueue({ key, file, onDone: arrive, cancel: new AbortController(), id: null });
  }
  return refused;
}

/** Goes on with what a reload or a closed tab of this user left behind; an upload that another tab still works on is left to it. */
export async function resume(onDone: Arrival): Promise<void> {
  const whose = user.value;
  const pending = await all(whose);
  const arrive = (track: Track): void => onDone(track, pending.length === 1);
  for (const { key, name, size, file } of pending) {
    if (tasks.has(key)) continue;
    const go = (): void => {
      if (file !== null) enqueue({ key, file, onDone: arrive, cancel: new AbortController(), id: null });
      else show({ key, name, size, sent: 0, state: "lost", bytesPerSecond: null, problem: null });
    };
    if (!("locks" in navigator)) {
      go();
      continue;
    }
    void navigator.locks.request(`descant-upload-${key}`, { ifAvailable: true }, async (lock) => {
      if (lock !== null && (await all(whose)).some((p) => p.key === key)) go();
    });
  }
}

export async function cancel(key: string): Promise<void> {
  const task = tasks.get(key);
  task?.cancel.abort();
  tasks.delete(key);
  uploads.value = uploads.value.filter((u) => u.key !== key);
  await forget(key);
  if (task?.id) await remove(`uploads/${task.id}`).catch(() => undefined);
}

export function retry(key: string): void {
  const task = tasks.get(key);
  if (task === undefined) return;
  tasks.delete(key);
  enqueue({ ...task, cancel: new AbortController() });
}

/** Whether the file is called like those that the server takes. */
export function hasKnownEnding(file: File): boolean {
  return server.value?.accepts.some((ending) => file.name.toLowerCase().endsWith(ending)) ?? false;
}

function refuse(file: File): string | null {
  const limits = server.value?.limits;
  if (file.size === 0) return `“${file.name}” is empty.`;
  if (wavOnly.value && !hasKnownEnding(file)) return `“${file.name}” is not a WAV file, and this server reads nothing else.`;
  if (limits && file.size > limits.maxUploadBytes) return `“${file.name}” is too large: ${megabytes(file.size)}, and this server takes up to ${megabytes(limits.maxUploadBytes)}.`;
  return null;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

function enqueue(task: Task): void {
  tasks.set(task.key, task);
  show({ key: task.key, name: task.file.name, size: task.file.size, sent: 0, state: "starting", bytesPerSecond: null, problem: null });
  queue.push(task);
  pump();
}

function pump(): void {
  while (running < PARALLEL && queue.length > 0) {
    const task = queue.shift()!;
    if (task.cancel.signal.aborted) continue;
    running++;
    void hold(task).finally(() => {
      running--;
      pump();
    });
  }
}

/** Other tabs see by the lock that this one works on the upload. */
async function hold(task: Task): Promise<void> {
  if (!("locks" in navigator)) return work(task);
  return navigator.locks.request(`descant-upload-${task.key}`, () => work(task));
}

async function work(task: Task): Promise<void> {
  for (let failures = 0; !task.cancel.signal.aborted; ) {
    try {
      const track = await once(task, () => (failures = 0));
      tasks.delete(task.key);
      await forget(task.key);
      uploads.value = uploads.value.filter((u) => u.key !== task.key);
      noteTrack(track);
      task.onDone(track);
      return;
    } catch (error) {
      if (task.cancel.signal.aborted) return;
      if (!isPassing(error)) {
        const refused = error instanceof Refusal && (error.code === UNREADABLE || REFUSALS.includes(error.status));
        change(task.key, { state: refused ? "refused" : "failed", problem: (error as Error).message });
        if (refused) await forget(task.key);
        return;
      }
      change(task.key, { state: "waiting", problem: error.message });
      const wait = error.retryAfterSeconds;
      await pause(wait !== null ? wait * 1000 : Math.min(MOST_RETRY_MS, 500 * 2 ** failures++), task.cancel.signal);
    }
  }
}

/** Whether the same may succeed in a while. A full library or disk (507) waits for somebody to delete something. */
function isPassing(error: unknown): error is Refusal {
  return error instanceof Refusal && (error.code === OFFLINE || error.status === 429 || (error.status >= 502 && error.status !== 507));
}

async function once(task: Task, progressed: () => void): Promise<Track> {
  const { file, key } = task;
  const created = await send<Upload>("POST", "uploads", { name: file.name, size: file.size }, { "Idempotency-Key": key });
  task.id = created.id;
  if (task.cancel.signal.aborted) {
    await remove(`uploads/${created.id}`).catch(() => undefined);
    throw new Refusal(0, OFFLINE, "Cancelled.");
  }
  const started = performance.now();
  let offset = created.offset;
  const first = offset;
  change(key, { state: "sending", sent: offset, problem: null });
  while (offset < file.size) {
    const part = file.slice(offset, Math.min(file.size, offset + created.chunkBytes));
    const at = offset;
    try {
      offset = await insisting(() => patch(created.id, at, part, task.cancel.signal, (loaded) => {
        const elapsed = (performance.now() - started) / 1000;
        const sent = at + loaded;
        change(key, { sent, bytesPerSecond: elapsed > 0.5 ? (sent - first) / elapsed : null });
      }));
    } catch (error) {
      if (error instanceof Refusal && error.code === OFFLINE && !(await isReadable(part))) {
        await remove(`uploads/${created.id}`).catch(() => undefined);
        throw new Refusal(0, UNREADABLE, "This file cannot be read; it may have been moved or changed.");
      }
      if (!(error instanceof Refusal) || error.code !== "wrong-offset" || error.offset === null) throw error;
      offset = error.offset;
    }
    progressed();
  }
  change(key, { state: "reading", sent: file.size });
  const track = await send<Track>("POST", `uploads/${created.id}/finish`);
  dropUpload(created.id);
  return track;
}

/** A browser reports a file that it cannot read like a connection that broke. */
async function isReadable(part: Blob): Promise<boolean> {
  try {
    await part.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
}

/** One chunk; XMLHttpRequest, because fetch does not say how much of a body has gone. */
function patch(id: string, offset: number, body: Blob, signal: AbortSignal, onProgress: (loaded: number) => void): Promise<number> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open("PATCH", path(`uploads/${id}`));
    for (const [name, value] of Object.entries(changing({ "Content-Type": "application/offset+octet-stream", "Upload-Offset": `${offset}` }))) {
      xhr.setRequestHeader(name, value);
    }
    const stop = (): void => xhr.abort();
    signal.addEventListener("abort", stop, { once: true });
    xhr.upload.onprogress = (event) => onProgress(event.loaded);
    xhr.onload = () => {
      if (xhr.status < 300) resolve(Number(xhr.getResponseHeader("Upload-Offset") ?? offset + body.size));
      else reject(refusal(xhr.status, xhr.responseText, xhr.getResponseHeader("Retry-After")));
    };
    xhr.onerror = xhr.onabort = xhr.ontimeout = () => reject(new Refusal(0, OFFLINE, "The connection was lost; the upload goes on by itself."));
    xhr.onloadend = () => signal.removeEventListener("abort", stop);
    xhr.send(body);
  });
}

function show(upload: LocalUpload): void {
  uploads.value = [...uploads.value.filter((u) => u.key !== upload.key), upload];
}

function change(key: string, part: Partial<LocalUpload>): void {
  uploads.value = uploads.value.map((u) => (u.key === key ? { ...u, ...part } : u));
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      window.clearTimeout(timer);
      window.removeEventListener("online", done);
      resolve();
    };
    const timer = window.setTimeout(done, ms);
    window.addEventListener("online", done);
    signal.addEventListener("abort", done, { once: true });
  });
}
