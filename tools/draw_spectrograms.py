#!/usr/bin/env python3
"""Draws log spectrograms of WAV files, one above the other, as a PNG: the picture in the README.

usage: draw_spectrograms.py OUT.png SONG.wav STEM.wav ...      needs numpy
The README's: ./descant separate samples/moonlight.wav && tools/draw_spectrograms.py docs/stems.png samples/moonlight.wav \
    separated/moonlight/vocals.wav separated/moonlight/accompaniment.wav
"""
import struct
import sys
import wave
import zlib

import numpy as np

WINDOW, TOP_HZ, ROWS, COLUMNS, GAP = 2048, 5000, 110, 720, 6
RANGE_DB = 65

# Dark violet over red to pale yellow, at equal steps of level.
COLOURS = np.array([[8, 6, 22], [58, 15, 98], [138, 34, 106], [212, 72, 66], [249, 149, 43], [252, 253, 191]], float)
LEVELS = 32
WHITE = LEVELS


def read(path):
    with wave.open(path) as file:
        if file.getsampwidth() != 2:
            sys.exit(f"{path}: expected 16-bit PCM, got {8 * file.getsampwidth()} bits; separate a 16-bit song")
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, file.getnchannels())
        return samples.mean(1) / 32768, file.getframerate()


def spectrogram(samples, rate):
    centres = np.linspace(0, len(samples) - 1, COLUMNS).astype(int)
    padded = np.pad(samples, WINDOW // 2)
    frames = padded[centres[:, None] + np.arange(WINDOW)] * np.hanning(WINDOW)
    levels = 20 * np.log10(np.abs(np.fft.rfft(frames)) + 1e-9)
    bins = np.linspace(TOP_HZ, 0, ROWS, endpoint=False) * WINDOW / rate
    low = np.floor(bins).astype(int)
    part = bins - low
    return (levels[:, low] * (1 - part) + levels[:, low + 1] * part).T


def main(target, *paths):
    panels = [spectrogram(*read(path)) for path in paths]
    top = panels[0].max()
    rows = []
    for panel in panels:
        place = np.clip((panel - top + RANGE_DB) / RANGE_DB, 0, 1) * (LEVELS - 1)
        rows += [place.round().astype(np.uint8), np.full((GAP, COLUMNS), WHITE, np.uint8)]
    image = np.concatenate(rows[:-1])
    place = np.linspace(0, len(COLOURS) - 1, LEVELS)
    palette = np.stack([np.interp(place, range(len(COLOURS)), channel) for channel in COLOURS.T], 1).round().astype(np.uint8)
    palette = np.concatenate([palette, np.full((1, 3), 255, np.uint8)])

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + line.tobytes() for line in image)
    with open(target, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", COLUMNS, len(image), 8, 3, 0, 0, 0))
                   + chunk(b"PLTE", palette.tobytes()) + chunk(b"IDAT", zlib.compress(lines, 9)) + chunk(b"IEND", b""))


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
