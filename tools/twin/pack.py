"""Packs the audio that models/training-files.tsv lists for the twin: Opus files in parts, with an index.

usage: pack.py DATA OUT [--mirrors DIR] [--midi DIR] [--part-mib 55] [--only TEXT]
  DATA       ../shared/data
  --mirrors  folder of checkouts OWNER+NAME (or OWNER/NAME) for what MORE.md lists; without it those files are left out, and counted
  --midi     what tools/render_midi.py wrote: folders NAME-SOUNDFONT of stems
  --only     files whose source matches this regular expression
Voices lose silences of more than three seconds; long files keep the stretch with the most energy; whole songs are cut in as many excerpts as
the list counts. An index that is there is written anew, Opus files that are there are kept. Needs ffmpeg and numpy.
"""
import argparse
import csv
import pathlib
import re
import subprocess
import sys

import numpy as np

RATE = 48000
LIST = pathlib.Path(__file__).resolve().parents[2] / "models" / "training-files.tsv"
COLUMNS = "file part kind group set licence_class bandwidth_hz seconds source".split()
SILENT = 2e-4
BLOCK = RATE // 50
LONGEST_SILENCE = 150  # blocks
KBITS = {"vocals": 72, "drums": 56, "bass": 32, "other": 56, "accompaniment": 64, "voice": 64, "band": 56}


def decode(path, filters="anull"):
    """[samples, 1 or 2] at 48 kHz."""
    probe = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", "stream=channels", "-of", "csv=p=0", path], check=True, capture_output=True, text=True)
    channels = 1 if filters != "anull" else min(2, int(probe.stdout.split()[0].strip(",")))
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:a:0", "-af", filters, "-ac", str(channels), "-ar", str(RATE), "-f", "f32le", "pipe:1"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, channels)


def encode(audio, path):
    if not path.exists():
        kind = path.stem.split("__")[-1] if "__" in path.stem else path.stem.split("_")[0]
        kbits = KBITS.get(kind, 56) * (2 if audio.shape[1] == 1 else 3) // 3
        part = path.with_suffix(".part.opus")
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE), "-ac", str(audio.shape[1]), "-i", "pipe:0", "-c:a", "libopus", "-b:a", f"{kbits}k", part],
                       check=True, input=audio.astype(np.float32).tobytes())
        part.rename(path)


def faded(audio):
    ramp = np.linspace(0, 1, BLOCK, dtype=np.float32)[:, None]
    audio = audio.copy()
    audio[:BLOCK] *= ramp
    audio[-BLOCK:] *= ramp[::-1]
    return audio


def without_silence(audio):
    """The stretches between silences of more than three seconds, each with a little of them around it."""
    blocks = len(audio) // BLOCK
    quiet = np.abs(audio[:blocks * BLOCK]).reshape(blocks, -1).max(1) < SILENT
    kept, start, at = [], 0, 0
    while at < blocks:
        end = at + 1
        while end < blocks and quiet[end] == quiet[at]:
            end += 1
        if quiet[at] and end - at > LONGEST_SILENCE:
            kept.append((start, min(blocks, at + 15)))
            start = max(0, end - 15)
        at = end
    kept.append((start, blocks))
    parts = [faded(audio[a * BLOCK:b * BLOCK]) for a, b in kept if b - a > 10 and not quiet[a:b].all()]
    return np.concatenate(parts) if parts else audio[:0]


def loudest(audio, seconds):
    """The stretch of that length with the most energy."""
    length = round(seconds * RATE)
    if len(audio) <= length + RATE:
        return audio
    energy = np.cumsum(np.concatenate([[0], np.square(audio.astype(float)).mean(1)]))
    starts = np.arange(0, len(audio) - length, 2 * RATE)
    start = starts[np.argmax(energy[starts + length] - energy[starts])]
    return faded(audio[start:start + length])


def plain(text):
    return re.sub(r"[^A-Za-z0-9.-]+", "-", text).strip("-")[:80]


def located(source, chosen):
    """The file or folder behind a source of the list; None where it is not at hand."""
    path = re.sub(r" \([^)]*\)$", "", source)
    if path.startswith("shared/data/midi/"):
        soundfont = source.rsplit(", ", 1)[-1].removesuffix(".sf2)")
        found = chosen.midi / f"{pathlib.Path(path).stem}-{soundfont}" if chosen.midi else None
    elif path.startswith("shared/data/"):
        found = chosen.data / path.removeprefix("shared/data/")
    elif chosen.mirrors and path.count("/") > 1:
        owner, name, rest = path.split("/", 2)
        found = next((folder / rest for folder in (chosen.mirrors / f"{owner}+{name}", chosen.mirrors / owner / name) if (folder / rest).exists()), None)
    else:
        found = None
    return found if found and found.exists() else None


def excerpts(row, path):
    """Name without ending, group and audio of everything that a row of the list stands for."""
    seconds, count = float(row["seconds"]), int(row["excerpts"])
    if row["kind"] != "song":
        audio = decode(path)
        name = f"{row['kind']}_{plain(str(path.parent.name))}_{plain(path.stem)}"
        yield name, name, loudest(without_silence(audio) if row["kind"] == "voice" else audio, seconds)
    elif path.is_file():  # MIR-1K: left the band, right the voice
        for stem, channel in (("accompaniment", "c0"), ("vocals", "c1")):
            yield f"mir_{path.stem}__{stem}", f"mir_{path.stem}", decode(path, f"pan=mono|c0={channel}")
    else:
        stems = {file.stem: decode(file) for file in sorted(path.iterdir())}
        longest, parts = max(len(audio) for audio in stems.values()), max(1, round(count / len(stems)))
        for part in range(parts):
            group = plain(path.name) + ("" if parts == 1 else f"-{'abcdefgh'[part]}")
            for stem, audio in stems.items():
                audio = audio[part * longest // parts:(part + 1) * longest // parts]
                if len(audio) > 2 * BLOCK and np.sqrt(np.mean(np.square(audio))) > 3e-5:
                    yield f"{group}__{stem}", group, audio if parts == 1 else faded(audio)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--mirrors", type=pathlib.Path)
    parser.add_argument("--midi", type=pathlib.Path)
    parser.add_argument("--part-mib", type=float, default=55)
    parser.add_argument("--only", default="")
    chosen = parser.parse_args()
    with open(LIST, encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE) if re.search(chosen.only, row["source"])]
    index, part, used, absent = [], 1, 0, 0
    for number, row in enumerate(rows):
        path = located(row["source"], chosen)
        if path is None:
            absent += 1
            continue
        for name, group, audio in excerpts(row, path):
            if not len(audio):
                continue
            folder = chosen.out / f"part{part}"
            folder.mkdir(parents=True, exist_ok=True)
            file = folder / f"{name}.opus"
            encode(audio, file)
            used += file.stat().st_size
            index.append([file.name, folder.name, row["kind"], group, row["set"], row["class"], row["bandwidth_hz"], f"{len(audio) / RATE:.2f}", row["source"]])
        if used > chosen.part_mib * 2 ** 20:
            part, used = part + 1, 0
        if number % 50 == 49:
            print(f"{number + 1}/{len(rows)}", file=sys.stderr, flush=True)
    chosen.out.mkdir(parents=True, exist_ok=True)
    with open(chosen.out / "index.tsv", "w", encoding="utf-8") as file:
        file.writelines("\t".join(line) + "\n" for line in [COLUMNS, *index])
    print(f"{len(index)} files of {len(rows) - absent} sources; {absent} are not at hand")


if __name__ == "__main__":
    main()
