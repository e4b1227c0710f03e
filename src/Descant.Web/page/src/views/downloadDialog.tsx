import { path, type Job, type Track } from "../api";
import type { Player } from "../player/player";
import { downloadFormat } from "../preferences";
import { server } from "../store";
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
          <File key={stem.name} stem={stem.name} title={laneName(stem.name)} href={`${stem.url.replace(/^\/+/, "")}/file?format=${format}`} />
        ))}
        <File stem="mix" title="Your mix" note={mixNote(player)} href={mixAddress(player, job, format)} />
        <File stem="zip" title="All stems" note="one ZIP" href={path(`jobs/${job.id}/zip?format=${format}`)} />
      </ul>
      <p class="muted small">“{track.title}”, with the mute, solo, volume and pan that you hear now for the mix.</p>
    </Dialog>
  );
}

function File({ stem, title, note, href }: { stem: string; title: string; note?: string; href: string }) {
  return (
    <li data-stem={stem}>
      <a href={href} download>
        <i class="dot" aria-hidden="true" />
        <span class="file-name">{title}{note && <span class="muted small"> {note}</span>}</span>
        <Download size={18} />
      </a>
    </li>
  );
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
