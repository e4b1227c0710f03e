"""Mixtures of voices that a singing-voice model was hardly trained for, a choir and speech, and of a singer, for the model cards.

usage: other_voices.py DATA CHOIR SPEECH OUT
  DATA    ../shared/data      CHOIR   a folder with one recording per singer of one piece (schufo/umss: Nino_Dios/audio_16kHz)
  SPEECH  a folder of sentences (coqui-ai/TTS: tests/data/ljspeech/wavs)
Writes OUT/mixtures/*.wav and OUT/references/NAME/*.wav: the first minute of each voice over two validation instrumentals, equally loud,
and each voice alone. Then:
  descant separate OUT/mixtures -o OUT/estimates --model vocals --bits 32f
  descant evaluate OUT/references OUT/estimates --metrics v4,usdr --load-diagonal 1e-8
"""
import pathlib
import subprocess
import sys

import numpy as np

RATE, SECONDS = 44100, 60


def read(path):
    """Samples [time, 2] at 44.1 kHz."""
    raw = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", path, "-t", str(SECONDS), "-ar", str(RATE), "-ac", "2", "-f", "f32le", "pipe:1"], check=True, capture_output=True).stdout
    return np.frombuffer(raw, np.float32).reshape(-1, 2).astype(float)


def write(path, x):
    path.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE), "-ac", "2", "-i", "pipe:0", "-c:a", "pcm_f32le", path], check=True, input=x.astype(np.float32).tobytes())


def choir(folder):
    """All singers at once, each somewhere between left and right."""
    rng, total = np.random.default_rng(1), 0
    parts = [read(path) for path in sorted(folder.glob("*.wav"))]
    length = min(map(len, parts))
    for part in parts:
        angle = rng.uniform(0.2, 0.8) * np.pi / 2
        total = total + part[:length] * np.array([np.cos(angle), np.sin(angle)]) * np.sqrt(2)
    return total


def main():
    data, singers, sentences, out = map(pathlib.Path, sys.argv[1:])
    voices = {
        "choir": choir(singers),
        "speech": np.concatenate([read(path) for path in sorted(sentences.glob("*.wav"))[:12]]),
        "singer": np.concatenate([read(path)[:, 1:].repeat(2, 1) for path in sorted((data / "mir-1k" / "Wavfile").glob("stool_*.ogg"))[:10]]),
    }
    for name, voice in voices.items():
        voice = voice[:SECONDS * RATE] * 0.1 / np.sqrt((voice[:SECONDS * RATE] ** 2).mean())
        write(out / "mixtures" / f"{name}-alone.wav", voice)
        for band in ("Pink-Blue", "The-Struggle-Loop"):
            music = read(data / "instrumentals" / "openhv" / f"{band}.opus")[:len(voice)]
            music *= 0.1 / np.sqrt((music ** 2).mean())
            item = f"{name}-{band}"
            write(out / "references" / item / "vocals.wav", voice[:len(music)])
            write(out / "references" / item / "accompaniment.wav", music)
            write(out / "mixtures" / f"{item}.wav", voice[:len(music)] + music)


main()
