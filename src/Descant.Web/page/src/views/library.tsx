import { signal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { get, type Job, type Page, type Track } from "../api";
import { songAddress } from "../route";
import { asking, attempt, jobsOf, keepTrack, libraryVersion, tracks } from "../store";
import { clock, day, expiry, list, plural, SEPARATOR, stageName, timeLeft } from "../words";
import { separate } from "./adding";
import { Note, Pencil, Search, Trash } from "./icons";
import { DeleteDialog, EditDialog } from "./songDialogs";

const PAGE_SIZE = 30;
/** Songs asked for at once: whole pages, below the 200 that the server gives. */
const MOST_AT_ONCE = 6 * PAGE_SIZE;

interface Shelf {
  readonly ids: readonly string[];
  readonly total: number;
  readonly search: string;
}

/** The part of the library that is shown; null until it was asked for. */
export const library = signal<Shelf | null>(null);

const ORDERS: readonly [label: string, sort: string, order: string][] = [
  ["Newest first", "created", "desc"],
  ["Oldest first", "created", "asc"],
  ["Title", "title", "asc"],
  ["Artist", "artist", "asc"],
  ["Longest first", "duration", "desc"],
  ["Expiring soon", "expires", "asc"],
];

export function Library() {
  const [search, setSearch] = useState("");
  const [order, setOrder] = useState(0);
  const [pages, setPages] = useState(1);
  const [editing, setEditing] = useState<Track | null>(null);
  const [deleting, setDeleting] = useState<Track | null>(null);
  const asked = useRef(0);
  const version = libraryVersion.value;

  useEffect(() => {
    const number = ++asked.current;
    const timer = window.setTimeout(() => void attempt(() => asking(async (newer) => {
      const [, sort, direction] = ORDERS[order];
      const wanted = PAGE_SIZE * pages;
      const pageSize = Math.min(wanted, MOST_AT_ONCE);
      const found = new Map<string, Track>(); // a song that moved on while pages were asked for comes twice
      let total = 0;
      for (let page = 1; (page - 1) * pageSize < wanted; page++) {
        const query = new URLSearchParams({ search, sort, order: direction, page: `${page}`, pageSize: `${pageSize}` });
        const answer = await get<Page<Track>>(`tracks?${query}`);
        if (number !== asked.current) return;
        answer.items.forEach((track) => found.set(track.id, track));
        total = answer.total;
        if (page * pageSize >= total) break;
      }
      const items = [...found.values()].slice(0, wanted);
      items.forEach((track) => keepTrack(track, newer));
      library.value = { ids: items.map((t) => t.id), total, search };
    })), search === (library.peek()?.search ?? "") ? 60 : 200);
    return () => window.clearTimeout(timer);
  }, [search, order, pages, version]);

  const shelf = library.value;
  if (shelf === null) return <section class="library" aria-busy="true" />;
  const items = shelf.ids.flatMap((id) => tracks.value.get(id) ?? []);
  const idle = items.filter((t) => t.state !== "failed" && jobsOf(t.id).length === 0);
  if (shelf.total === 0 && shelf.search === "" && search === "") {
    return (
      <section class="library empty" aria-label="Library">
        <p class="muted">Your songs will be listed here.</p>
      </section>
    );
  }
  return (
    <section class="library" aria-labelledby="library-title">
      <div class="library-head">
        <h2 id="library-title">Library</h2>
        {idle.length > 1 && (
          <button class="secondary" onClick={() => idle.forEach((t) => void separate(t.id))}>Separate all {idle.length} new songs</button>
        )}
        <div class="library-tools">
          <label class="search">
            <Search size={18} />
            <span class="visually-hidden">Search the library</span>
            <input type="search" placeholder="Search" value={search} onInput={(e) => setSearch(e.currentTarget.value)} />
          </label>
          <label>
            <span class="visually-hidden">Order</span>
            <select value={`${order}`} onChange={(e) => setOrder(Number(e.currentTarget.value))}>
              {ORDERS.map(([label], i) => <option key={label} value={`${i}`}>{label}</option>)}
            </select>
          </label>
        </div>
      </div>
      {items.length === 0 && <p class="muted nothing">Nothing matches “{shelf.search}”.</p>}
      <ul class="songs">
        {items.map((track) => (
          <SongRow key={track.id} track={track} onEdit={() => setEditing(track)} onDelete={() => setDeleting(track)} />
        ))}
      </ul>
      {shelf.total > items.length && items.length > 0 && (
        <button class="secondary more" onClick={() => setPages(pages + 1)}>Show more ({shelf.total - items.length} left)</button>
      )}
      {editing && <EditDialog track={editing} onClose={() => setEditing(null)} />}
      {deleting && <DeleteDialog track={deleting} onClose={() => setDeleting(null)} />}
    </section>
  );
}

function SongRow({ track, onEdit, onDelete }: { track: Track; onEdit: () => void; onDelete: () => void }) {
  const mine = jobsOf(track.id);
  const active = mine.find((j) => j.state === "running" || j.state === "queued");
  const done = mine.find((j) => j.state === "done");
  return (
    <li class="song">
      <a class="song-link" href={songAddress(track.id)}>
        <span class="song-mark" aria-hidden="true">{done ? <Dots names={done.stemNames} /> : <Note size={18} />}</span>
        <span class="song-text">
          <span class="song-title">{track.title}</span>
          <span class="song-sub muted small">
            {[track.artist, clock(track.durationSeconds), day(track.created), track.expires && expiry(track.expires)].filter(Boolean).join(SEPARATOR)}
          </span>
        </span>
        <span class="song-state small"><State track={track} active={active} done={done} last={mine[0]} /></span>
      </a>
      <span class="song-actions">
        <button class="icon" aria-label={`Edit ${track.title}`} title="Edit" onClick={onEdit}><Pencil size={18} /></button>
        <button class="icon" aria-label={`Delete ${track.title}`} title="Delete" onClick={onDelete}><Trash size={18} /></button>
      </span>
    </li>
  );
}

function Dots({ names }: { names: readonly string[] }) {
  return <span class="dots">{names.slice(0, 4).map((name) => <i key={name} data-stem={name} />)}</span>;
}

function State({ track, active, done, last }: { track: Track; active?: Job; done?: Job; last?: Job }) {
  if (track.state === "failed") return <span class="problem">Could not be read</span>;
  if (active?.state === "running") {
    const percent = Math.floor(active.fraction * 100);
    return (
      <span class="running">
        <progress max={1} value={active.fraction} aria-label={`${stageName(active.stage)}: ${track.title}`} />
        <span class="number">{percent} %{active.secondsLeft !== null && <span class="left"> · {timeLeft(active.secondsLeft)}</span>}</span>
      </span>
    );
  }
  if (active) return <span class="muted">{active.position === null || active.position <= 1 ? "Next in line" : `${plural(active.position - 1, "song")} before it`}</span>;
  if (done) return <span class="muted">{list(done.stemNames)}</span>;
  if (last?.state === "failed") return <span class="problem">Failed</span>;
  return <span class="muted">{track.state === "preparing" ? "Reading…" : "Not separated yet"}</span>;
}
