"""Trains the small network once for each idea, several at a time on one GPU, and prints a table for docs/experiments.md.

usage: trials.py --pack PACK --cache CACHE --out OUT --until T [--steps 1000] [--at-once 4] [--device cuda] [NAME…]

Every trial begins with fresh weights and takes as many steps; those that would end after the Unix time T are left out. Names of trials
(default: all, in this order) are the keys of TRIALS; what they change is an argument of train.py.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import time

import torch

import train
from subband_unet import SubbandUNet


class GainUNet(SubbandUNet):
    """Gains between 0 and 1 on the magnitudes of each channel, of the phase of the mixture, in place of complex masks."""

    def estimate(self, spectrum, gain):
        low = spectrum[:, :, :self.bins]
        return torch.sigmoid(4 * self.body(self.features(low * gain))[:, :, :, 0].float() - 2) * low[:, None]


TRIALS = {
    "base": [],
    "dry voices": ["--mixing", '{"produce": 0, "produce_song": 0}'],
    "base, another seed": ["--seed", "2"],
    "without MORE.md": ["--without", "^(?!shared/)"],
    "with 23 rendered MIDI songs": ["--mixing", '{"instrumental_songs": true}'],
    "gains of 0 to 1": [],
    "waveform error only": ["--loss", '{"spectrum": 0}'],
    "spectral error only": ["--loss", '{"wave": 0, "spectrum": 1.5}'],
    "no recurrent layers": ["--network", '{"paths": 0}'],
    "without MIR-1K": ["--without", "mir-1k"],
    "half the window": ["--network", '{"fft": 2048, "hop": 512, "bands": 4}', "--frames", "351"],
    "random mixes only": ["--mixing", '{"aligned": 0}'],
    "level of the highest octave in the loss": ["--loss", '{"octave": 0.003}'],
    "level in silence in the loss": ["--loss", '{"silence": 0.002}'],
    "four subbands": ["--network", '{"bands": 4}'],
    "two pairs of recurrent layers": ["--network", '{"paths": 2}'],
    "a fifth without a voice": ["--mixing", '{"no_voice": 0.2}'],
    "twice as many excerpts of half the length": ["--batch", "64", "--frames", "89"],
    "without the songs": ["--without", "shared/data/songs"],
}
NETWORKS = {"gains of 0 to 1": GainUNet}


def table(out, names):
    for name in names:
        log = out / f"{train.plain(name)}.log"
        for line in log.read_text().splitlines() if log.exists() else []:
            if found := re.search(r"step (\d+) (final|last, not averaged) ({.*})", line):
                print(f"{name}{'' if found[2] == 'final' else ' (last weights)'} | {found[1]} | {json.loads(found[3])}", flush=True)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    for name in ("pack", "cache", "out"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--until", type=float, required=True)
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--one", action="store_true", help="train NAME in this process")
    parser.add_argument("names", nargs="*")
    chosen = parser.parse_args()
    names, out = chosen.names or list(TRIALS), pathlib.Path(chosen.out)
    if chosen.one:
        name = names[0]
        return train.main(["--preset", "subband-fast", "--name", train.plain(name), "--lr", "2e-3", "--decay", "0.3", "--steps", str(chosen.steps),
                           "--until", str(chosen.until), "--validate-every", "1e9", "--device", chosen.device, "--pack", chosen.pack,
                           "--cache", chosen.cache, "--out", chosen.out, *TRIALS[name]], NETWORKS.get(name, SubbandUNet))
    out.mkdir(parents=True, exist_ok=True)
    waiting, running, longest = list(names), {}, 0.0
    while waiting or running:
        for name, (process, began) in list(running.items()):
            if process.poll() is not None:
                longest = max(longest, time.time() - began)
                del running[name]
        while waiting and len(running) < chosen.at_once and time.time() + longest < chosen.until:
            name = waiting.pop(0)
            with open(out / f"{train.plain(name)}.log", "w", encoding="utf-8") as log:
                running[name] = subprocess.Popen([sys.executable, __file__, *sys.argv[1:len(sys.argv) - len(chosen.names)], "--one", name], stdout=log, stderr=log), time.time()
        if not running:
            break
        time.sleep(1)
    table(out, names)


if __name__ == "__main__":
    main()
