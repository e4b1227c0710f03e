// What the page knows of the server: kept current by one event stream, asked anew whenever events were missed.

import { batch, computed, signal } from "@preact/signals";
import { get, remove, Refusal, send, useSession, type Job, type Model, type Page, type Server, type Session, type Track, type Upload } from "./api";

export type Connection = "connecting" | "live" | "restarting" | "gone" | "offline";

export const connection = signal<Connection>("connecting");
export const session = signal<Session | null>(null);
export const server = signal<Server | null>(null);
/** Whether the server reads WAV only, for want of ffmpeg. */
export const wavOnly = computed(() => server.value?.accepts.every((ending) => ending === ".wav") ?? false);
export const models = signal<readonly Model[]>([]);
export const tracks = signal<ReadonlyMap<string, Track>>(new Map());
export const jobs = signal<ReadonlyMap<string, Job>>(new Map());
export const serverUploads = signal<ReadonlyMap<string, Upload>>(new Map());
/** Grows when the library's contents or order may have changed. */
export const libraryVersion = signal(0);
/** Songs that were removed here or elsewhere, so that an open page of one can say so. */
export const removed = signal<ReadonlySet<string>>(new Set());
/** The last message for the listener, shown briefly. */
export const notice = signal<{ text: string; tone: "good" | "bad" } | null>(null);

export const signedOut = computed(() => session.value !== null && session.value.tokenRequired && !session.value.authenticated);
/** Who is signed in, or "". */
export const user = computed(() => session.value?.user ?? "");

/** Tabs share one cookie: each tells the others whose it has become. */
const signs = new BroadcastChannel("descant-session");
signs.onmessage = (message: MessageEvent<string | null>) => {
  // Nothing on this page is theirs; a page that asks for a token goes on asking.
  if (session.value?.authenticated && session.value.user !== message.data) location.reload();
};

let noticeTimer: number | undefined;

export function say(text: string, tone: "good" | "bad" = "good"): void {
  notice.value = { text, tone };
  window.clearTimeout(noticeTimer);
  noticeTimer = window.setTimeout(() => (notice.value = null), tone === "bad" ? 8000 : 4000);
}

/** Runs what a button asks for; what the server refuses is said, in its words. */
export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) void loadSession();
    else say(error instanceof Error ? error.message : String(error), "bad");
    return undefined;
  }
}

export async function loadSession(): Promise<void> {
  enter(await get<Session>("session"));
}

export async function signIn(token: string): Promise<void> {
  enter(await send<Session>("POST", "session", { token }));
}

/** Ends the session in every tab. */
export async function signOut(): Promise<void> {
  await remove("session");
  signs.postMessage(null);
  location.reload();
}

function enter(answer: Session): void {
  const before = session.value;
  useSession(answer);
  if (JSON.stringify(answer) === JSON.stringify(before)) return;
  session.value = answer;
  if (before !== null && before.user !== answer.user) signs.postMessage(answer.user);
}

/**
 * Answers on their way, each with the identifiers of what events told meanwhile: an answer may be older than an event
 * that came before it, and must not bring back a job that has ended.
 */
const pending = new Set<Set<string>>();

function told(id: string): void {
  for (const ids of pending) ids.add(id);
}

export async function asking<T>(work: (told: ReadonlySet<string>) => Promise<T>): Promise<T> {
  const ids = new Set<string>();
  pending.add(ids);
  try {
    return await work(ids);
  } finally {
    pending.delete(ids);
  }
}

/** Everything but the library's pages, which their view asks for. */
export const loadAll = (): Promise<void> => asking(async (newer) => {
  const [info, known, active, unfinished] = await Promise.all([
    get<Server>("server"),
    get<Model[]>("models"),
    get<Page<Job>>("jobs?state=queued,running&pageSize=200"),
    get<Upload[]>("uploads"),
  ]);
  batch(() => {
    server.value = info;
    models.value = known;
    const next = new Map([...jobs.value].filter(([id, job]) => newer.has(id) || (job.state !== "queued" && job.state !== "running")));
    for (const job of active.items) if (!newer.has(job.id)) next.set(job.id, job);
    jobs.value = next;
    const uploads = new Map([...serverUploads.value].filter(([id]) => newer.has(id)));
    for (const upload of unfinished) if (!newer.has(upload.id)) uploads.set(upload.id, upload);
    serverUploads.value = uploads;
    libraryVersion.value++;
  });
});

/** A song as the server just described it; the library may now list it elsewhere. */
export function noteTrack(track: Track): void {
  batch(() => {
    const known = tracks.value.get(track.id);
    keepTrack(track);
    if (known === undefined || known.title !== track.title || known.artist !== track.artist || known.expires !== track.expires) libraryVersion.value++;
  });
}

export function keepTrack(track: Track, newer: ReadonlySet<string> = new Set()): void {
  batch(() => {
    if (!newer.has(track.id)) tracks.value = new Map(tracks.value).set(track.id, track);
    if (track.jobs) {
      const mine = track.jobs.filter((job) => !newer.has(job.id)).map((job) => [job.id, job] as const);
      const others = [...jobs.value].filter(([id, job]) => newer.has(id) || job.trackId !== track.id);
      jobs.value = new Map([...others, ...mine]);
    }
  });
}

export function dropUpload(id: string): void {
  const rest = new Map(serverUploads.value);
  rest.delete(id);
  serverUploads.value = rest;
}

export function keepJob(job: Job): void {
  // A job ends once: an answer that was made before its end may come after it, on a slow machine.
  if (job.finished === null && (jobs.value.get(job.id)?.finished ?? null) !== null) return;
  jobs.value = new Map(jobs.value).set(job.id, job);
}

export function dropTrack(id: string): void {
  batch(() => {
    const rest = new Map(tracks.value);
    rest.delete(id);
    tracks.value = rest;
    jobs.value = new Map([...jobs.value].filter(([, job]) => job.trackId !== id));
    removed.value = new Set(removed.value).add(id);
    libraryVersion.value++;
  });
}

export function dropJob(id: string): void {
  const rest = new Map(jobs.value);
  rest.delete(id);
  jobs.value = rest;
}

/** Jobs of one song, newest first. */
export function jobsOf(trackId: string): Job[] {
  return [...jobs.value.values()].filter((job) => job.trackId === trackId).sort((a, b) => b.created.localeCompare(a.created));
}

export const loadTrack = (id: string): Promise<Track> => asking(async (newer) => {
  const track = await get<Track>(`tracks/${id}`);
  keepTrack(track, newer);
  return track;
});

/** One event of the server's stream. */
export function take(type: string, data: unknown): void {
  told((data as { id: string }).id);
  switch (type) {
    case "track":
      noteTrack(data as Track);
      break;
    case "track-removed":
      dropTrack((data as { id: string }).id);
      break;
    case "job":
      keepJob(data as Job);
      break;
    case "job-removed":
      dropJob((data as { id: string }).id);
      break;
    case "upload": {
      const upload = data as Upload;
      serverUploads.value = new Map(serverUploads.value).set(upload.id, upload);
      break;
    }
    case "upload-removed":
      dropUpload((data as { id: string }).id);
      break;
  }
}
