import { useState } from "preact/hooks";
import { remove, send, type Track } from "../api";
import { attempt, dropTrack, noteTrack, say, server } from "../store";
import { expiry, plural } from "../words";
import { Dialog } from "./dialog";

export function EditDialog({ track, onClose }: { track: Track; onClose: () => void }) {
  const [title, setTitle] = useState(track.title);
  const [artist, setArtist] = useState(track.artist ?? "");
  const keepDays = server.value?.keepDays ?? null;
  const keep = async (days: number): Promise<void> => {
    // A minute less than what the server allows: its clock may be behind this one.
    const until = new Date(Date.now() + days * 86_400_000 - 60_000).toISOString();
    const changed = await attempt(() => send<Track>("PATCH", `tracks/${track.id}`, { expires: until }));
    if (changed === undefined) return;
    noteTrack(changed);
    say(`“${changed.title}” is kept for ${plural(days, "day")}.`);
    onClose();
  };
  const save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const changed = await attempt(() => send<Track>("PATCH", `tracks/${track.id}`, { title: title.trim(), artist: artist.trim() }));
    if (changed === undefined) return;
    noteTrack(changed);
    onClose();
  };
  return (
    <Dialog title="Edit" onClose={onClose}>
      <form onSubmit={(e) => void save(e)}>
        <label for="rename-title">Title</label>
        <input id="rename-title" value={title} required maxLength={300} onInput={(e) => setTitle(e.currentTarget.value)} />
        <label for="rename-artist">Artist</label>
        <input id="rename-artist" value={artist} maxLength={300} onInput={(e) => setArtist(e.currentTarget.value)} />
        {track.expires !== null && keepDays !== null && (
          <div class="keep">
            <p class="muted small">This song {expiry(track.expires)}.</p>
            <button type="button" class="quiet" onClick={() => void keep(keepDays)}>Keep for {plural(keepDays, "day")} from now</button>
          </div>
        )}
        <div class="dialog-actions">
          <button type="button" class="secondary" onClick={onClose}>Cancel</button>
          <button type="submit" class="primary">Save</button>
        </div>
      </form>
    </Dialog>
  );
}

export function DeleteDialog({ track, onClose, onDeleted }: { track: Track; onClose: () => void; onDeleted?: () => void }) {
  const confirm = async (): Promise<void> => {
    const answer = await attempt(async () => {
      await remove(`tracks/${track.id}`);
      return true;
    });
    if (answer === undefined) return;
    dropTrack(track.id);
    say(`“${track.title}” was deleted.`);
    onClose();
    onDeleted?.();
  };
  return (
    <Dialog title={`Delete “${track.title}”?`} onClose={onClose}>
      <p>The song and its stems are deleted from the server at once. This cannot be undone.</p>
      <div class="dialog-actions">
        <button class="secondary" onClick={onClose}>Keep</button>
        <button class="danger" onClick={() => void confirm()}>Delete</button>
      </div>
    </Dialog>
  );
}
