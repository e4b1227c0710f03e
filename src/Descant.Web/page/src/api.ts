// The server's REST interface (docs/api.md) as the page uses it.

export interface Limits {
  readonly maxUploadBytes: number;
  readonly maxDurationSeconds: number;
  readonly chunkBytes: number;
  readonly maxChunkSamples: number;
  readonly quotaBytes: number | null;
}

export interface Server {
  readonly version: string;
  readonly limits: Limits;
  readonly usage: { readonly bytes: number; readonly tracks: number };
  readonly keepDays: number | null;
  readonly formats: readonly string[];
  readonly accepts: readonly string[];
}

export interface Session {
  readonly user: string | null;
  readonly tokenRequired: boolean;
  readonly authenticated: boolean;
  readonly csrf: string | null;
}

export interface Model {
  readonly name: string;
  readonly isDefault: boolean;
  readonly network: string;
  readonly licence: string;
  readonly description: string;
  readonly sampleRate: number;
  readonly stems: readonly string[];
}

export interface Source {
  readonly name: string;
  readonly url: string;
  readonly samples: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly peaks: readonly { readonly samplesPerPeak: number; readonly count: number }[];
}

export interface Fault {
  readonly code: string;
  readonly detail: string;
}

export interface Job {
  readonly id: string;
  readonly trackId: string;
  readonly model: string;
  readonly stemNames: readonly string[];
  readonly state: "queued" | "running" | "done" | "failed" | "cancelled";
  readonly stage: string | null;
  readonly fraction: number;
  readonly secondsLeft: number | null;
  readonly position: number | null;
  readonly created: string;
  readonly finished: string | null;
  readonly problem: Fault | null;
  readonly gain: number;
  readonly warnings: readonly string[];
  readonly stems: readonly Source[] | null;
}

export interface Track {
  readonly id: string;
  readonly state: "preparing" | "ready" | "failed";
  readonly problem: Fault | null;
  readonly name: string;
  readonly title: string;
  readonly artist: string | null;
  readonly album: string | null;
  readonly created: string;
  readonly expires: string | null;
  readonly durationSeconds: number;
  readonly samples: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly bytes: number;
  readonly codec: string | null;
  readonly isLossy: boolean;
  readonly mixture: Source | null;
  /** Left out by events. */
  readonly jobs?: readonly Job[] | null;
}

export interface Upload {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly offset: number;
  readonly chunkBytes: number;
  readonly trackId: string | null;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
  readonly page: number;
  readonly pageSize: number;
}

/** The code of a Refusal, with status 0, when no answer came. */
export const OFFLINE = "offline";

/** What the server refused, in its words. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly offset: number | null = null,
    readonly retryAfterSeconds: number | null = null,
  ) {
    super(detail);
  }
}

const ROOT = "api/v1";
let csrf: string | null = null;
let user: string | null = null;

export function useSession(session: Session): void {
  csrf = session.csrf;
  user = session.user;
}

/**
 * Runs a request that changes something. After a sign-in in another tab this one's token belongs to a cookie that is gone:
 * the session is asked for anew and the request repeated, once.
 */
export async function insisting<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await change();
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== "csrf") throw error;
    const before = user;
    useSession(await get<Session>("session"));
    if (user !== before) {
      location.reload(); // somebody else signed in: nothing on this page is theirs
      throw error;
    }
    return change();
  }
}

/** Headers that every request which changes something carries. */
export function changing(headers: Record<string, string> = {}): Record<string, string> {
  return csrf === null ? headers : { ...headers, "X-CSRF-Token": csrf };
}

export function path(below: string): string {
  return `${ROOT}/${below}`;
}

export function refusal(status: number, body: string, retryAfter: string | null): Refusal {
  const seconds = retryAfter === null ? null : Number(retryAfter) || null;
  try {
    const problem = JSON.parse(body) as { code?: string; detail?: string; title?: string; offset?: number };
    return new Refusal(status, problem.code ?? `${status}`, problem.detail ?? problem.title ?? `The server answered ${status}.`, problem.offset ?? null, seconds);
  } catch {
    return new Refusal(status, `${status}`, `The server answered ${status}.`, null, seconds);
  }
}

export function request(below: string, init: RequestInit = {}): Promise<Response> {
  return ask(path(below), init);
}

async function ask(address: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(address, { credentials: "same-origin", ...init });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal(0, OFFLINE, "The server does not answer.");
  }
  if (!response.ok) throw refusal(response.status, await response.text(), response.headers.get("Retry-After"));
  return response;
}

export async function get<T>(below: string, signal?: AbortSignal): Promise<T> {
  return (await (await request(below, { signal })).json()) as T;
}

export async function send<T>(method: "POST" | "PATCH", below: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
  const all = body === undefined ? headers : { ...headers, "Content-Type": "application/json" };
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response = await insisting(() => request(below, { method, headers: changing(all), body: text }));
  return (await response.json()) as T;
}

export async function remove(below: string): Promise<void> {
  await insisting(() => request(below, { method: "DELETE", headers: changing() }));
}

/** A source's address relative to the page, so that the application also lives below a path of a proxy. */
export function below(source: Source, rest: string): string {
  return `${source.url.replace(/^\/+/, "")}/${rest}`;
}

/** 16-bit samples [from, from + count) of a source, its channels interleaved. */
export async function samples(source: Source, from: number, count: number, signal?: AbortSignal): Promise<Int16Array<ArrayBuffer>> {
  const response = await fetch(below(source, `audio?from=${from}&count=${count}`), { signal, credentials: "same-origin" });
  if (!response.ok) throw refusal(response.status, await response.text(), response.headers.get("Retry-After"));
  return new Int16Array(await response.arrayBuffer());
}

/** (min, max) pairs of a whole source, −127 to 127, at the finest level that has at most `most` peaks. */
export async function peaks(source: Source, most: number): Promise<{ samplesPerPeak: number; pairs: Int8Array }> {
  const levels = [...source.peaks].sort((a, b) => a.samplesPerPeak - b.samplesPerPeak);
  const level = levels.find((l) => l.count <= most) ?? levels[levels.length - 1];
  const response = await fetch(below(source, `peaks?samplesPerPeak=${level.samplesPerPeak}`), { credentials: "same-origin" });
  if (!response.ok) throw refusal(response.status, await response.text(), null);
  return { samplesPerPeak: level.samplesPerPeak, pairs: new Int8Array(await response.arrayBuffer()) };
}

/** Waits until the server has made a file for downloading. Asks for its first byte: answers to HEAD cannot say why they refuse. */
export async function prepare(address: string): Promise<void> {
  const response = await ask(address, { headers: { Range: "bytes=0-0" }, cache: "no-store" });
  await response.body?.cancel();
}

export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
