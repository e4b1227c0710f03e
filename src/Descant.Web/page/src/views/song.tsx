import { useEffect, useRef, useState } from "preact/hooks";
import { Refusal, send, type Job, type Track } from "../api";
import type { Standing } from "../player/session";
import { HOME, go } from "../route";
import { attempt, connection, jobsOf, keepJob, loadTrack, removed, tracks } from "../store";
import { clock, codec, day, expiry, SEPARATOR } from "../words";
import { Choose } from "./choose";
import { Back, Pencil, Trash } from "./icons";
import { JobProgress } from "./jobProgress";
import { PlayerView } from "./playerView";
import { DeleteDialog, EditDialog } from "./songDialogs";

export function SongPage({ id }: { id: string }) {
  const [problem, setProblem] = useState<string | null>(null);
  const [chosen, setChosen] = useState<string | null>(null);
  const [again, setAgain] = useState(false);
  const standing = useRef<Standing | null>(null);
  const track = tracks.value.get(id);
  const live = connection.value === "live";

  useEffect(() => {
    setProblem(null);
    loadTrack(id).catch((error: unknown) => {
      if (error instanceof Refusal && error.status === 404) setProblem("This song does not exist, or no longer: songs are deleted when they expire.");
      else if (tracks.peek().get(id) === undefined) setProblem((error as Error).message);
    });
    // Asked again when the stream comes back: events may have been missed.
  }, [id, live]);

  useEffect(() => {
    document.title = track === undefined ? "Descant" : `${track.title} · Descant`;
  }, [track?.title]);

  if (removed.value.has(id)) return <Missing text="This song was deleted." />;
  if (problem !== null) return <Missing text={problem} />;
  if (track === undefined) return <div class="opening" aria-busy="true"><p class="muted">Opening…</p></div>;

  const mine = jobsOf(id);
  const active = mine.find((j) => j.state === "queued" || j.state === "running");
  const done = mine.filter((j) => j.state === "done" && (j.stems?.length ?? 0) > 0);
  const shown = done.find((j) => j.id === chosen) ?? done[0];
  const failed = active === undefined && mine[0]?.state === "failed" ? mine[0] : undefined;
  const choosing = active === undefined && track.state !== "failed" && (shown === undefined || again);
  return (
    <article class="song-page">
      <SongHead track={track} />
      {track.state === "failed" && (
        <div class="card trouble" role="alert">
          <h2>This song could not be read</h2>
          <p>{track.problem?.detail ?? "The file is damaged or of a kind that is not supported."}</p>
        </div>
      )}
      {failed && <Failed job={failed} canRetry={track.state !== "failed"} />}
      {active && <JobProgress job={active} />}
      {choosing && (
        <Choose
          onStart={async (model, stems) => {
            const job = await attempt(() => send<Job>("POST", "jobs", { trackId: id, model, stems }));
            if (job === undefined) return;
            keepJob(job);
            setAgain(false);
            setChosen(job.state === "done" ? job.id : null);
          }}
          onCancel={shown === undefined ? undefined : () => setAgain(false)} />
      )}
      {shown?.warnings.map((warning) => <p key={warning} class="muted small">{warning}</p>)}
      {track.mixture !== null
        ? <PlayerView key={shown?.id ?? "mixture"} track={track} mixture={track.mixture} job={shown} active={active} done={done}
            onChoose={setChosen} standing={standing} onAgain={active === undefined && !again ? () => setAgain(true) : undefined} />
        : track.state === "preparing" && <Preparing />}
    </article>
  );
}

function SongHead({ track }: { track: Track }) {
  const [dialog, setDialog] = useState<"edit" | "delete" | null>(null);
  const facts = [track.artist, track.album, clock(track.durationSeconds), codec(track.codec), track.expires ? expiry(track.expires) : day(track.created)];
  return (
    <header class="song-head">
      <a class="back" href={HOME}><Back size={18} /> Library</a>
      <div class="song-name">
        <h1>{track.title}</h1>
        <div class="song-head-actions">
          <button class="icon" aria-label="Edit" title="Edit" onClick={() => setDialog("edit")}><Pencil size={18} /></button>
          <button class="icon" aria-label="Delete" title="Delete" onClick={() => setDialog("delete")}><Trash size={18} /></button>
        </div>
      </div>
      <p class="facts muted">{facts.filter(Boolean).join(SEPARATOR)}</p>
      {dialog === "edit" && <EditDialog track={track} onClose={() => setDialog(null)} />}
      {dialog === "delete" && <DeleteDialog track={track} onClose={() => setDialog(null)} onDeleted={() => go(HOME)} />}
    </header>
  );
}

function Preparing() {
  return (
    <div class="preparing" role="status">
      <div class="shimmer" aria-hidden="true" />
      <p class="muted small">Drawing the waveform…</p>
    </div>
  );
}

function Failed({ job, canRetry }: { job: Job; canRetry: boolean }) {
  const retry = async (): Promise<void> => {
    const next = await attempt(() => send<Job>("POST", `jobs/${job.id}/retry`));
    if (next !== undefined) keepJob(next);
  };
  return (
    <div class="card trouble" role="alert">
      <h2>The separation failed</h2>
      <p>{job.problem?.detail ?? "The server did not say why."}</p>
      {canRetry && <button class="secondary" onClick={() => void retry()}>Try again</button>}
    </div>
  );
}

function Missing({ text }: { text: string }) {
  return (
    <section class="missing">
      <h1>Nothing here</h1>
      <p class="muted">{text}</p>
      <a class="button secondary" href={HOME}>To the library</a>
    </section>
  );
}
