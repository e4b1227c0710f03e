import { remove } from "../api";
import { attempt, dropUpload, serverUploads } from "../store";
import { cancel, retry, uploads, type LocalUpload } from "../uploads";
import { size, timeLeft } from "../words";
import { Close } from "./icons";

export function UploadList() {
  const mine = uploads.value;
  const elsewhere = [...serverUploads.value.values()].filter((u) => u.trackId === null && !mine.some((m) => m.name === u.name && m.size === u.size));
  if (mine.length + elsewhere.length === 0) return null;
  return (
    <section class="uploads" aria-labelledby="uploads-title">
      <h2 id="uploads-title">Uploading</h2>
      <ul>
        {mine.map((upload) => <Row key={upload.key} upload={upload} />)}
        {elsewhere.map((upload) => (
          <li key={upload.id} class="upload card">
            <div class="upload-head">
              <strong class="name">{upload.name}</strong>
              <button class="icon" aria-label={`Cancel the upload of ${upload.name}`} title="Cancel" onClick={() => void giveUp(upload.id)}><Close size={18} /></button>
            </div>
            <progress max={upload.size} value={upload.offset} aria-label={`Upload of ${upload.name}`} />
            <p class="muted small">Unfinished. Another tab or browser sends it, or choose the file again to go on.</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Deletes what arrived, whoever sent it: it takes room until then. */
function giveUp(id: string): Promise<void> {
  return attempt(async () => {
    await remove(`uploads/${id}`);
    dropUpload(id);
  });
}

function Row({ upload }: { upload: LocalUpload }) {
  const percent = Math.floor((100 * upload.sent) / upload.size);
  const refused = upload.state === "refused";
  const bad = refused || upload.state === "failed";
  return (
    <li class={`upload card ${upload.state}`}>
      <div class="upload-head">
        <strong class="name">{upload.name}</strong>
        {!refused && <span class="muted small number">{percent} %</span>}
        {upload.state === "failed" && <button class="quiet" onClick={() => retry(upload.key)}>Try again</button>}
        <button class="icon" aria-label={refused ? `Dismiss ${upload.name}` : `Cancel the upload of ${upload.name}`} title={refused ? "Dismiss" : "Cancel"} onClick={() => void cancel(upload.key)}><Close size={18} /></button>
      </div>
      {!refused && <progress max={upload.size} value={upload.sent} aria-label={`Upload of ${upload.name}`} />}
      <p class={`small ${bad ? "problem" : "muted"}`} role={bad ? "alert" : undefined}>{note(upload)}</p>
    </li>
  );
}

function note(upload: LocalUpload): string {
  switch (upload.state) {
    case "starting":
      return "Waiting for its turn";
    case "sending": {
      const speed = upload.bytesPerSecond;
      const left = speed === null || speed <= 0 ? "" : `, ${timeLeft((upload.size - upload.sent) / speed)}`;
      return `${size(upload.sent)} of ${size(upload.size)}${left}`;
    }
    case "waiting":
      return upload.problem ?? "Waiting for the connection";
    case "reading":
      return "Reading the song";
    case "failed":
    case "refused":
      return upload.problem ?? "The upload failed.";
    case "lost":
      return "Choose this file again to go on where the upload stopped.";
  }
}
