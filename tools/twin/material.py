"""Training audio on the device: decoded once, kept as 16-bit samples at 48 kHz, cut and resampled where it lies."""
import csv
import ctypes
import os
import re
import sys
from multiprocessing import Pool

import numpy as np
import torch

RATE = 48000  # Opus always decodes to this
NETWORK_RATE = 44100
BLOCK = 4800  # samples of one level measurement


def _library(folder):
    for name in ("libogg.so.0", "libopus.so.0"):
        ctypes.CDLL(os.path.join(folder, name), mode=ctypes.RTLD_GLOBAL)
    library = ctypes.CDLL(os.path.join(folder, "libopusfile.so.0"))
    library.op_open_file.restype = ctypes.c_void_p
    library.op_open_file.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_int)]
    library.op_read_stereo.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
    library.op_free.argtypes = [ctypes.c_void_p]
    return library


def decode(job):
    """Decodes one Opus file to a stereo 16-bit .npy; the name appears when it is whole."""
    source, target, libraries = job
    if os.path.exists(target):
        return target
    try:
        library = _library(libraries)
        error = ctypes.c_int(0)
        handle = library.op_open_file(source.encode(), ctypes.byref(error))
        if not handle:
            raise RuntimeError(f"opus error {error.value}")
        buffer = np.empty((5760, 2), np.int16)
        chunks = []
        while True:
            count = library.op_read_stereo(handle, buffer.ctypes.data, buffer.size)
            if count <= 0:
                break
            chunks.append(buffer[:count].copy())
        library.op_free(handle)
        audio = np.concatenate(chunks)
        blocks = len(audio) // BLOCK
        power = audio[:blocks * BLOCK].astype(np.float32).reshape(blocks, BLOCK * 2)
        np.save(target + ".levels.npy", np.sqrt(np.square(power).mean(1)) / 32768)
        np.save(target + ".part.npy", audio)
        os.replace(target + ".part.npy", target)
        return target
    except Exception as failure:  # one bad file must not end the run
        print("decode", source, failure, flush=True)
        return None


def decode_all(pack, cache, libraries, processes):
    os.makedirs(cache, exist_ok=True)
    jobs = []
    for row in read_index(pack):
        source = os.path.join(pack, row["part"], row["file"])
        if os.path.exists(source):
            jobs.append((source, os.path.join(cache, row["file"] + ".npy"), libraries))
    with Pool(processes) as pool:
        for _ in pool.imap_unordered(decode, jobs, chunksize=4):
            pass


def read_index(pack):
    with open(os.path.join(pack, "index.tsv"), newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def admits(row, open_only, without=None):
    """Whether a model trained on open audio only, or without some sources, may use a file; all may validate."""
    return row["set"] == "valid" or ((not open_only or row["licence_class"] == "open") and (not without or re.search(without, row["source"]) is None))


# How often a voice of each corpus is drawn: songs' own vocals and full-band singers count more than their minutes.
VOICE_SHARES = {"song": 25, "gtsinger-nc": 14, "demos-research": 20, "demos-research-narrow": 8, "timepills": 4, "phrases": 3, "nnsvs": 2,
                "pjs": 4, "pjs2": 4, "repleatur-chant": 3, "repleatur": 4, "umss": 2, "choraltracks": 3, "vocadito": 2, "mir": 10}


def family(name):
    """The corpus a packed file comes from."""
    return name.split("_")[1] if name.startswith("voice_") else "mir" if name.startswith("mir_") else "song"


class Recording:
    """A stretch of the pool: start and length in samples, bandwidth in Hz, loudness by block."""
    __slots__ = ("start", "length", "bandwidth", "levels", "group", "name", "weight")


class Material:
    """Everything decoded so far that a filter admits; `voices`, `bands`, `drums`, `bass`, `other` to draw from, `songs` aligned."""

    def __init__(self, pack, cache, device, open_only, without=None):
        self.device = device
        self.voices, self.bands, self.songs, self.valid = [], [], [], {}
        self.stems = {"drums": [], "bass": [], "other": []}
        pieces, offset, groups = [], 0, {}
        self.files = 0
        for row in read_index(pack):
            if not admits(row, open_only, without):
                continue
            path = os.path.join(cache, row["file"] + ".npy")
            if not os.path.exists(path):
                continue
            audio = np.load(path, mmap_mode="r")
            if len(audio) < RATE:
                continue
            self.files += 1
            if row["set"] == "valid":
                self.valid.setdefault(row["group"] or row["file"], []).append((row, path))
                continue
            recording = Recording()
            recording.start, recording.length = offset, len(audio)
            recording.bandwidth = float(row["bandwidth_hz"] or 20000)
            recording.group, recording.name = row["group"], row["file"]
            recording.levels = np.load(path + ".levels.npy")
            recording.weight = np.sqrt(len(audio) / RATE)
            pieces.append(torch.from_numpy(np.asarray(audio)).to(device))
            offset += len(audio)
            if row["kind"] == "voice":
                self.voices.append(recording)
            elif row["kind"] == "band":
                self.bands.append(recording)
            else:
                stem = row["file"].rsplit("__", 1)[1].split(".")[0]
                groups.setdefault(row["group"], {})[stem] = recording
        pieces.append(torch.zeros(RATE * 8, 2, dtype=torch.int16, device=device))
        self.samples = torch.cat(pieces)
        for name, stems in sorted(groups.items()):
            self.songs.append(stems)
            # A bass ends early by nature; what storage took away, it took from the whole song.
            widest = max(stem.bandwidth for stem in stems.values())
            for stem in stems.values():
                stem.bandwidth = widest
            if "vocals" in stems:
                self.voices.append(stems["vocals"])
            for stem in self.stems:
                if stem in stems:
                    self.stems[stem].append(stems[stem])
        totals = {}
        for voice in self.voices:
            totals[family(voice.name)] = totals.get(family(voice.name), 0) + voice.weight
        for voice in self.voices:
            voice.weight *= VOICE_SHARES.get(family(voice.name), 2) / totals[family(voice.name)]
        self.hours = offset / RATE / 3600
        print(f"material: {self.files} files, {self.hours:.2f} h, {len(self.voices)} voices, {len(self.bands)} bands, "
              f"{len(self.songs)} songs, {sum(len(v) for v in self.stems.values())} stems", file=sys.stderr, flush=True)

    def _send(self, values):
        values = torch.from_numpy(np.asarray(values, np.float64))
        return values.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else values

    def cut(self, begins, ends, starts, rates, samples):
        """Reads excerpts by cubic interpolation at `starts` + n · rate; silence outside [begin, end). float32 [items, 2, samples]."""
        begins, ends, starts, rates = (self._send(v) for v in (begins, ends, starts, rates))
        out = []
        for first in range(0, len(starts), 16):  # bounds the memory of the gather
            part = slice(first, first + 16)
            at = starts[part, None] + rates[part, None] * torch.arange(samples, device=self.device, dtype=torch.float64)
            known = (at >= begins[part, None] + 1) & (at < ends[part, None] - 3)
            whole = at.floor().long()
            t = (at - whole).float()[..., None]
            p = [self.samples[(whole + k).clamp(0, len(self.samples) - 1)].float() for k in (-1, 0, 1, 2)]
            a = -0.5 * p[0] + 1.5 * p[1] - 1.5 * p[2] + 0.5 * p[3]
            b = p[0] - 2.5 * p[1] + 2 * p[2] - 0.5 * p[3]
            c = -0.5 * p[0] + 0.5 * p[2]
            out.append(((((a * t + b) * t + c) * t + p[1]) * known[..., None]).transpose(1, 2) / 32768)
        return torch.cat(out)
