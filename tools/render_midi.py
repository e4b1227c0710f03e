#!/usr/bin/env python3
"""Renders MIDI songs into aligned stems (drums, bass, other) for training, with several soundfonts in turn.

usage: render_midi.py OUT [--seconds 25] [--soundfont FILE.sf2]... SONG.mid...
  OUT          gets a folder of 16-bit FLAC stems for each song, as the data sets of `descant train --data` have them
  --seconds    length of the excerpt, taken from a third of the song on (default: 25)
  --soundfont  may be repeated; song by song they take turns (default: those of Debian's fluid-soundfont-gm and timgm6mb-soundfont)
Stems keep their balance: the highest peak of their sum is 0.7. A song without notes of at least two stems is passed over, and named.
Needs the programs fluidsynth and ffmpeg, and numpy. The MIDI songs of ../shared/data/midi were rendered so for models/ (their names and
soundfonts stand in models/training-files.tsv).
"""
import argparse
import pathlib
import struct
import subprocess
import sys
import tempfile

import numpy as np

RATE = 44100
TAIL_SECONDS = 1.5
PEAK = 0.7
STEMS = ("drums", "bass", "other")
SOUNDFONTS = ["/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf2/TimGM6mb.sf2"]


def quantity(data, at):
    """A variable-length quantity and where it ends."""
    value = 0
    while True:
        byte = data[at]
        at += 1
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            return value, at


def packed(value):
    """The opposite of `quantity`."""
    parts = [value & 0x7F]
    while value := value >> 7:
        parts.append(value & 0x7F | 0x80)
    return bytes(reversed(parts))


def track_events(data):
    """(tick, message) of one track; running status is written out."""
    events, at, tick, status = [], 0, 0, 0
    while at < len(data):
        step, at = quantity(data, at)
        tick += step
        if at >= len(data):
            break
        first = data[at]
        if first == 0xFF:
            length, body = quantity(data, at + 2)
            if data[at + 1] == 0x2F:
                break
            events.append((tick, data[at:body + length]))
            at = body + length
        elif first in (0xF0, 0xF7):
            length, body = quantity(data, at + 1)
            events.append((tick, data[at:body + length]))
            at = body + length
        else:
            if first & 0x80:
                status, at = first, at + 1
            length = 1 if status >> 4 in (0xC, 0xD) else 2
            events.append((tick, bytes([status]) + data[at:at + length]))
            at += length
    return events


def read(path):
    """Ticks of a quarter note, and the events of each track."""
    data = path.read_bytes()
    start = data.find(b"MThd")
    if start < 0:
        raise ValueError("no MIDI file")
    length, form, _, division = struct.unpack(">IHHH", data[start + 4:start + 14])
    if form == 2 or division & 0x8000:
        raise ValueError("expected tracks that play together and ticks of a quarter note")
    tracks, at = [], start + 8 + length
    while at + 8 <= len(data):
        kind, size = data[at:at + 4], struct.unpack(">I", data[at + 4:at + 8])[0]
        if kind == b"MTrk":
            tracks.append(track_events(data[at + 8:at + 8 + size]))
        at += 8 + size
    return division, tracks


def is_note(message):
    return message[0] >> 4 == 9 and message[2] > 0


def assign(division, tracks):
    """Stem and seconds of every note, by (track, place in the track).

    Drums are channel 10, what a bank of drums (XG) or Roland's "use for rhythm part" says; bass is General MIDI's programs 33 to 40.
    """
    ordered = sorted((tick, track, place) for track, events in enumerate(tracks) for place, (tick, _) in enumerate(events))
    tempo, now, seconds = 500_000, 0, 0.0
    program, drums, notes = [0] * 16, [channel == 9 for channel in range(16)], {}
    for tick, track, place in ordered:
        message = tracks[track][place][1]
        seconds += (tick - now) * tempo / 1e6 / division
        now = tick
        kind, channel = message[0] >> 4, message[0] & 15
        if message[:2] == b"\xff\x51":
            tempo = int.from_bytes(message[3:6], "big")
        elif message[0] == 0xF0:
            at = message.find(b"\x42\x12\x40")
            if b"\x41" in message[:4] and 0 <= at < len(message) - 5 and message[at + 3] >> 4 == 1 and message[at + 4] == 0x15:
                block = message[at + 3] & 15
                drums[9 if block == 0 else block - 1 if block <= 9 else block] = message[at + 5] != 0
        elif kind == 0xC:
            program[channel] = message[1]
        elif kind == 0xB and message[1] == 0 and channel != 9:
            drums[channel] = message[2] in (120, 127)
        elif is_note(message):
            stem = "drums" if drums[channel] else "bass" if 32 <= program[channel] <= 39 else "other"
            notes[track, place] = stem, seconds
    return notes


def only(division, tracks, keeps):
    """The song as a file with those notes only for which `keeps(track, place)` holds; everything else stays, so that it sounds alike."""
    parts = [struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), division)]
    for track, events in enumerate(tracks):
        body, before = bytearray(), 0
        for place, (tick, message) in enumerate(events):
            if is_note(message) and not keeps(track, place):
                continue
            body += packed(tick - before) + message
            before = tick
        body += b"\x00\xff\x2f\x00"
        parts.append(struct.pack(">4sI", b"MTrk", len(body)) + bytes(body))
    return b"".join(parts)


def sound(song, soundfont, folder):
    """[samples, 2] of a MIDI file."""
    midi, wav = folder / "stem.mid", folder / "stem.wav"
    midi.write_bytes(song)
    wav.unlink(missing_ok=True)
    subprocess.run(["fluidsynth", "-ni", "-q", "-g", "0.3", "-r", str(RATE), "-O", "float", "-F", wav, "-T", "wav", soundfont, midi],
                   check=True, capture_output=True, timeout=300)
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", wav, "-ac", "2", "-f", "f32le", "pipe:1"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2)


def render(path, soundfont, seconds):
    """The stems of an excerpt, equally long; those without sound are left out."""
    division, tracks = read(path)
    notes = assign(division, tracks)
    if not notes:
        return {}
    end = max(at for _, at in notes.values())
    first = max(0.0, min(end * 0.3, end - seconds))
    last = first + seconds
    stems = {}
    with tempfile.TemporaryDirectory() as folder:
        for stem in STEMS:
            chosen = {key for key, (name, at) in notes.items() if name == stem and first <= at < last}
            if chosen:
                audio = sound(only(division, tracks, lambda track, place: (track, place) in chosen), soundfont, pathlib.Path(folder))
                stems[stem] = audio[round(first * RATE):round((last + TAIL_SECONDS) * RATE)]
    stems = {stem: audio for stem, audio in stems.items() if len(audio) and np.sqrt(np.mean(audio ** 2)) > 1e-4}
    longest = max((len(audio) for audio in stems.values()), default=0)
    stems = {stem: np.pad(audio, ((0, longest - len(audio)), (0, 0))) for stem, audio in stems.items()}
    if not stems:
        return {}
    gain = PEAK / np.abs(sum(stems.values())).max()
    ramp = np.linspace(0, 1, RATE // 50)[:, None]
    for stem, audio in stems.items():
        stems[stem] = audio * gain
        stems[stem][:len(ramp)] *= ramp
        stems[stem][-len(ramp):] *= ramp[::-1]
    return stems


def write(audio, path):
    part = path.with_suffix(".part.flac")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "pipe:0", "-c:a", "flac", "-sample_fmt", "s16", part],
                   check=True, input=audio.astype(np.float32).tobytes())
    part.rename(path)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("songs", nargs="+", type=pathlib.Path)
    parser.add_argument("--seconds", type=float, default=25)
    parser.add_argument("--soundfont", action="append")
    chosen = parser.parse_args()
    soundfonts = chosen.soundfont or SOUNDFONTS
    for number, song in enumerate(chosen.songs):
        soundfont = soundfonts[number % len(soundfonts)]
        name = f"{song.stem}-{pathlib.Path(soundfont).stem}"
        try:
            stems = render(song, soundfont, chosen.seconds)
        except (OSError, ValueError, IndexError, struct.error, subprocess.SubprocessError) as error:
            print(f"render_midi: {song}: {error}", file=sys.stderr)
            continue
        if len(stems) < 2:
            print(f"render_midi: {song}: expected at least two stems that sound, got {', '.join(stems) or 'none'}", file=sys.stderr)
            continue
        folder = chosen.out / name
        folder.mkdir(parents=True, exist_ok=True)
        for stem, audio in stems.items():
            write(audio, folder / f"{stem}.flac")
        print(f"{number + 1}/{len(chosen.songs)} {name}: {', '.join(stems)}", flush=True)


if __name__ == "__main__":
    main()
