// How numbers and names are said to people.

/** 83.4 → "1:23". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  const h = Math.floor(whole / 3600);
  const m = Math.floor((whole % 3600) / 60);
  const s = `${whole % 60}`.padStart(2, "0");
  return h > 0 ? `${h}:${`${m}`.padStart(2, "0")}:${s}` : `${m}:${s}`;
}

/** 83.4 → "1 minute 23 seconds", for screen readers. */
export function spoken(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const m = Math.floor(whole / 60);
  const parts = [];
  if (m > 0) parts.push(plural(m, "minute"));
  if (whole % 60 > 0 || m === 0) parts.push(plural(whole % 60, "second"));
  return parts.join(" ");
}

/** 83.4 → "about 1½ minutes left": as exact as an estimate deserves. */
export function timeLeft(seconds: number): string {
  if (seconds < 5) return "a few seconds left";
  if (seconds < 55) return `about ${Math.ceil(seconds / 5) * 5} seconds left`;
  if (seconds < 90) return "about a minute left";
  if (seconds < 3600) return `about ${Math.round(seconds / 60)} minutes left`;
  return `about ${(seconds / 3600).toFixed(1)} hours left`;
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

export function size(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  if (bytes < 1e9) return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** A stem's or the mixture's name as a heading. */
export function laneName(name: string): string {
  if (name === "mixture") return "Original";
  return name.charAt(0).toUpperCase() + name.slice(1).replace(/[_-]+/g, " ");
}

export function list(names: readonly string[]): string {
  const shown = names.map(laneName).map((name, i) => (i === 0 ? name : name.toLowerCase()));
  if (shown.length < 2) return shown.join("");
  return `${shown.slice(0, -1).join(", ")} & ${shown[shown.length - 1]}`;
}

/** "expires in 6 days", "expires today". */
export function expiry(iso: string): string {
  const days = Math.floor((Date.parse(iso) - Date.now()) / 86_400_000);
  if (days < 0) return "expiring now";
  if (days === 0) return "expires today";
  return `expires in ${plural(days, "day")}`;
}

export function day(iso: string): string {
  return new Date(iso).toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
}

const STAGES: Record<string, string> = {
  waiting: "Waiting for its turn",
  preparing: "Reading the song",
  loading: "Loading the model",
  separating: "Separating",
  writing: "Writing the stems",
  finishing: "Finishing",
};

export function stageName(stage: string | null): string {
  return stage === null ? "Starting" : (STAGES[stage] ?? stage);
}

/** Between facts in a row: a dot between spaces as wide as half the letters are high. */
export const SEPARATOR = "\u2002·\u2002";

/** What a codec is called on a sleeve; ffmpeg's name where nobody has another. */
export function codec(name: string | null): string | null {
  if (name === null) return null;
  if (name.startsWith("pcm")) return "PCM";
  return { vorbis: "Vorbis", opus: "Opus" }[name] ?? name.toUpperCase();
}
