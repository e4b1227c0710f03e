"""Two levels that a model card states: of the vocal estimate in music without vocals, and of its highest octave against the truth.

usage: model_levels.py DATA WORK MODEL…
  DATA   ../shared/data     WORK   the folder of tools/evaluate-models (references/songs and estimates/MODEL/songs are read)
Leak: the first minute of each validation instrumental, vocal estimate against the music, in dB; median and highest.
Band: energy of the estimated vocals between 11 and 15 kHz against that of the true ones, over the blocks of 1024 samples in which
the true ones are above −50 dBFS there, in dB; each evaluation song. Needs numpy, scipy and ffmpeg.
"""
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from scipy.signal import butter, sosfiltfilt

ROOT = pathlib.Path(__file__).resolve().parent.parent
RATE = 44100


def samples(path, seconds=None):
    """[time, 2] at 44.1 kHz."""
    limit = ["-t", str(seconds)] if seconds else []
    raw = subprocess.run(["ffmpeg", "-v", "error", "-i", path, *limit, "-ar", str(RATE), "-ac", "2", "-f", "f32le", "pipe:1"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2).astype(float)


def validation_instrumentals(data):
    """openhv, and every tenth file by name of the other folders (README of the data)."""
    folders = sorted(path for path in (data / "instrumentals").iterdir() if path.is_dir())
    return [file for folder in folders for file in (sorted(folder.iterdir()) if folder.name == "openhv" else sorted(folder.iterdir())[9::10])]


def leak(model, data):
    with tempfile.TemporaryDirectory() as folder:
        mixtures = pathlib.Path(folder, "mixtures")
        mixtures.mkdir()
        for file in validation_instrumentals(data):
            subprocess.run(["ffmpeg", "-v", "error", "-i", file, "-t", "60", "-ar", str(RATE), "-ac", "2", "-c:a", "pcm_f32le", mixtures / f"{file.parent.name}-{file.stem}.wav"], check=True)
        subprocess.run([ROOT / "descant", "separate", mixtures, "-o", pathlib.Path(folder, "out"), "--model", model, "--stems", "vocals", "--bits", "32f", "--progress", "none"],
                       check=True, stdout=subprocess.DEVNULL)
        levels = {}
        for mixture in sorted(mixtures.iterdir()):
            vocals = samples(pathlib.Path(folder, "out", mixture.stem, "vocals.wav"))
            levels[mixture.stem] = 10 * np.log10((vocals ** 2).sum() / (samples(mixture) ** 2).sum())
    return levels


def band(path):
    """Level of 11 to 15 kHz in each block, dBFS."""
    filtered = sosfiltfilt(butter(8, [11000, 15000], "band", fs=RATE, output="sos"), samples(path), axis=0)
    blocks = len(filtered) // 1024
    return 10 * np.log10((filtered[:blocks * 1024] ** 2).reshape(blocks, -1).mean(1) + 1e-14)


def main():
    data, work, *models = sys.argv[1:]
    data, work = pathlib.Path(data), pathlib.Path(work)
    for model in models:
        levels = leak(model, data)
        worst = max(levels, key=levels.get)
        print(f"{model}: vocals in music without: {np.median(list(levels.values())):.1f} dB at the median, {levels[worst]:.1f} dB at most ({worst})")
        for song in sorted((data / "eval").iterdir()):
            true, estimate = (band(work / folder / "songs" / song.name / "vocals.wav") for folder in ("references", f"estimates/{pathlib.Path(model).stem}"))
            heard = true > -50
            if heard.any():
                energy = [10 * np.log10((10 ** (levels[heard] / 10)).mean()) for levels in (true, estimate)]
                print(f"{model}: {song.name}, 11 to 15 kHz: {energy[1] - energy[0]:+.1f} dB in {heard.sum()} blocks")


if __name__ == "__main__":
    main()
