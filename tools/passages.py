"""Pictures for a model card: spectrograms of the true vocals and the estimate over a loud chorus, a quiet verse and a fricative.

usage: passages.py TRUE.wav ESTIMATE.wav OUT.png   (float, same rate; the passages are found by level, so nothing is chosen by eye)
Rows are the three passages; left the truth, right the estimate; 0 to 16 kHz upwards, levels from −80 dB to 0 dB of the picture's loudest bin.
"""
import struct
import sys
import zlib

import numpy as np
from scipy.io import wavfile
from scipy.signal import stft

COLORS = np.array([[0, 0, 4], [40, 11, 84], [101, 21, 110], [159, 42, 99], [212, 72, 66], [245, 125, 21], [250, 193, 39], [252, 255, 164]], float)


def passages(x, rate):
    """Starts and lengths in seconds."""
    mono = x.mean(1)
    seconds = len(mono) // rate
    level = np.sqrt((mono[:seconds * rate].reshape(seconds, rate) ** 2).mean(1)) + 1e-9
    windows = np.array([np.mean(level[i:i + 6]) for i in range(seconds - 6)])
    loud = int(np.argmax(windows))
    sung = np.array([np.min(level[i:i + 6]) > 0.02 * level.max() for i in range(seconds - 6)])
    quiet = int(np.argmin(np.where(sung, windows, np.inf)))
    f, t, s = stft(mono, rate, nperseg=1024, noverlap=512)
    p = np.abs(s) ** 2
    hiss = p[(f > 5000) & (f < 14000)].sum(0)
    sharp = hiss * (hiss > 3 * p[f < 3000].sum(0))
    hissing = max(0.0, float(t[int(np.argmax(sharp))]) - 0.75)
    return (("loud chorus", loud, 6.0), ("quiet verse", quiet, 6.0), ("fricative", hissing, 1.5))


def picture(x, rate, start, length, height=150, width=320):
    part = x[int(start * rate):int((start + length) * rate)].mean(1)
    f, _, s = stft(part, rate, nperseg=2048, noverlap=2048 - max(1, int(length * rate / width)))
    p = 20 * np.log10(np.abs(s[f < 16000]) + 1e-9)
    rows = np.linspace(0, len(p) - 1, height).astype(int)[::-1]
    columns = np.linspace(0, p.shape[1] - 1, width).astype(int)
    return p[rows][:, columns]


def shades(p, top):
    """Shade of each bin, 0 to 31."""
    return np.clip((p - top + 80) / 80 * 31, 0, 31).astype(np.uint8)


def palette():
    at = np.linspace(0, len(COLORS) - 1, 32)
    low = np.minimum(at.astype(int), len(COLORS) - 2)
    part = (at - low)[:, None]
    return (COLORS[low] * (1 - part) + COLORS[low + 1] * part).astype(np.uint8)


def png(path, image):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    height, width = image.shape
    rows = b"".join(b"\0" + image[r].tobytes() for r in range(height))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)) + chunk(b"PLTE", palette().tobytes())
                   + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b""))


def main():
    rate, true = wavfile.read(sys.argv[1])
    estimate = wavfile.read(sys.argv[2])[1]
    strips = []
    for name, start, length in passages(true, rate):
        a, b = picture(true, rate, start, length), picture(estimate, rate, start, length)
        top = max(a.max(), b.max())
        strips.append(np.concatenate([shades(a, top), np.full((150, 6), 31, np.uint8), shades(b, top)], 1))
        strips.append(np.full((6, strips[-1].shape[1]), 31, np.uint8))
        print(f"{name}: {start:.2f} s, {length} s")
    png(sys.argv[3], np.concatenate(strips[:-1]))


if __name__ == "__main__":
    main()
