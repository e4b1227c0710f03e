import { useEffect, useRef, useState } from "preact/hooks";
import { below, path, prepare, Refusal, type Job, type Track } from "../api";
import type { Player } from "../player/player";
import { downloadFormat } from "../preferences";
import { loadSession, say, server } from "../store";
import { laneName } from "../words";
import { Dialog } from "./dialog";
import { Download } from "./icons";

const FORMATS: Record<string, string> = {
  wav: "exact, for every program",
  flac: "exact, half the size",
  mp3: "small, for listening",
};

export function DownloadDialog({ player, job, track, onClose }: { player: Player; job: Job; track: Track; onClose: () => void }) {
  const formats = server.value?.formats ?? ["wav"];
  const format = formats.includes(downloadFormat.value) ? downloadFormat.value : formats[0];
  const [preparing, setPreparing] = useState<ReadonlySet<string>>(new Set());
  const [problem, setProblem] = useState<string | null>(null);
  const isOpen = useRef(true);
  useEffect(() => () => {
    isOpen.current = false;
  }, []);

  /** The browser says no more than that a download failed: so the file is made first, and a refusal said here. */
  const download = async (address: string): Promise<void> => {
    if (preparing.has(address)) return;
    setProblem(null);
    setPreparing((known) => new Set(known).add(address));
    try {
      await prepare(address);
      save(address);
    } catch (error) {
      const text = (error as Error).message;
      if (isOpen.current) setProblem(text);
      else say(text, "bad");
      if (error instanceof Refusal && error.status === 401) void loadSession();
    }
    setPreparing((known) => new Set([...known].filter((other) => other !== address)));
  };
  const file = (href: string) => ({ href, preparing: preparing.has(href), onDownload: () => void download(href) });
  return (
    <Dialog title="Download" onClose={onClose}>
      <fieldset class="formats">
        <legend class="visually-hidden">Format</legend>
        {formats.map((f) => (
          <label key={f} class={f === format ? "on" : ""}>
            <input type="radio" name="format" value={f} checked={f === format} onChange={() => (downloadFormat.value = f)} />
            <strong>{f.toUpperCase()}</strong>
            <span class="muted small">{FORMATS[f]}</span>
          </label>
        ))}
      </fieldset>
      <ul class="files">
        {(job.stems ?? []).map((stem) => (
          <File key={stem.name} stem={stem.name} title={laneName(stem.name)} {...file(below(stem, `file?format=${format}`))} />
        ))}
        <File stem="mix" title="Your mix" note={mixNote(player)} {...file(mixAddress(player, job, format))} />
        <File stem="zip" title="All stems" note="one ZIP" {...file(path(`jobs/${job.id}/zip?format=${format}`))} />
      </ul>
      <p class="visually-hidden" role="status">{preparing.size > 0 && "Preparing the download"}</p>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      <p class="muted small">“{track.title}”, with the mute, solo, volume and pan that you hear now for the mix.</p>
    </Dialog>
  );
}

interface FileProps {
  readonly stem: string;
  readonly title: string;
  readonly note?: string;
  readonly href: string;
  readonly preparing: boolean;
  readonly onDownload: () => void;
}

function File({ stem, title, note, href, preparing, onDownload }: FileProps) {
  return (
    <li data-stem={stem}>
      <a href={href} download onClick={(e) => { e.preventDefault(); onDownload(); }}>
        <i class="dot" aria-hidden="true" />
        <span class="file-name">{title}{note && <span class="muted small"> {note}</span>}</span>
        {preparing && <span class="muted small">Preparing…</span>}
        <Download size={18} />
      </a>
    </li>
  );
}

/** Loads a file as a click on a link to it does. */
function save(address: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}

/** What is heard now as the server's parameters: lanes that are silent are left out. */
export function mixAddress(player: Player, job: Job, format: string): string {
  const query = new URLSearchParams();
  player.settings.value.forEach(({ gain, pan }, i) => {
    if (gain > 0) query.append("stem", `${player.lanes[i].name}:${gain.toFixed(4)}:${pan.toFixed(3)}`);
  });
  if (!query.has("stem")) query.append("stem", `${player.lanes[0].name}:0:0`);
  query.append("format", format);
  return path(`jobs/${job.id}/mix?${query}`);
}

function mixNote(player: Player): string {
  const heard = player.lanes.filter((_, i) => player.settings.value[i].gain > 0).map((lane) => laneName(lane.name).toLowerCase());
  return heard.length === 0 ? "silence" : heard.join(", ");
}
