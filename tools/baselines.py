"""Bounds for the model cards: the ideal ratio mask (upper) and REPET-SIM (an unsupervised baseline) on folders of songs.

usage: baselines.py REFERENCES OUT   (REFERENCES/<song>/{vocals,accompaniment}.wav in float; writes OUT/{irm,irm-power,repet}/<song>/…)
The ideal ratio mask is |V|/(|V| + |A|) channel by channel on a 4096/1024 STFT, irm-power the same of squares. REPET-SIM: Rafii and Pardo, "Music/voice separation using the
similarity matrix", ISMIR 2012: the background of a frame is the median of its 100 most similar frames at least 1 s apart, at most the
frame itself; the voice is what remains above 100 Hz.
"""
import os
import sys

import numpy as np
from scipy.io import wavfile
from scipy.signal import istft, stft


def transform(x, rate, hop):
    return stft(x.T, rate, nperseg=4096, noverlap=4096 - hop, boundary="zeros")[2]  # channels, bins, frames


def inverse(spectrum, rate, hop, samples):
    y = istft(spectrum, rate, nperseg=4096, noverlap=4096 - hop)[1].T[:samples]
    return np.pad(y, ((0, samples - len(y)), (0, 0))).astype(np.float32)


def ideal(vocals, accompaniment, rate, power):
    v, a = transform(vocals, rate, 1024), transform(accompaniment, rate, 1024)
    mask = np.abs(v) ** power / (np.abs(v) ** power + np.abs(a) ** power + 1e-9 ** power)
    return inverse((v + a) * mask, rate, 1024, len(vocals))


def repet(mixture, rate, hop=2048, similar=100):
    x = transform(mixture, rate, hop)
    magnitude = np.abs(x).astype(np.float32)
    mono = magnitude.mean(0)
    unit = mono / (np.linalg.norm(mono, axis=0) + 1e-9)
    likeness = unit.T @ unit
    apart = int(rate / hop)
    background = np.empty_like(magnitude)
    for frame in range(mono.shape[1]):
        order = np.argsort(-likeness[frame])
        chosen, taken = [], np.zeros(mono.shape[1], bool)
        for other in order:
            if not taken[other]:
                chosen.append(other)
                taken[max(0, other - apart):other + apart] = True
                if len(chosen) == similar:
                    break
        background[:, :, frame] = np.median(magnitude[:, :, chosen], axis=2)
    mask = np.minimum(background, magnitude) / (magnitude + 1e-9)
    mask[:, :int(100 * 4096 / rate) + 1] = 1
    return mixture - inverse(x * mask, rate, hop, len(mixture))


def main():
    references, out = sys.argv[1:]
    for song in sorted(os.listdir(references)):
        rate, vocals = wavfile.read(os.path.join(references, song, "vocals.wav"))
        accompaniment = wavfile.read(os.path.join(references, song, "accompaniment.wav"))[1]
        mixture = vocals + accompaniment
        for name, estimate in (("irm", ideal(vocals, accompaniment, rate, 1)), ("irm-power", ideal(vocals, accompaniment, rate, 2)), ("repet", repet(mixture, rate))):
            folder = os.path.join(out, name, song)
            os.makedirs(folder, exist_ok=True)
            wavfile.write(os.path.join(folder, "vocals.wav"), rate, estimate.astype(np.float32))
            wavfile.write(os.path.join(folder, "accompaniment.wav"), rate, (mixture - estimate).astype(np.float32))


if __name__ == "__main__":
    main()
