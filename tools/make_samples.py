#!/usr/bin/env python3
"""Synthesises samples/: a short song of a sung line over a band, with its stems.

Needs numpy, and ffmpeg for the FLAC stems. Deterministic. Usage: python3 tools/make_samples.py [samples]
Writes NAME.wav (the mixture) and NAME-stems/{vocals,accompaniment}.flac, 16-bit, 44.1 kHz, stereo; the mixture is
exactly the sum of the stems. Everything here, and what it makes, is our own work, dedicated to the public (CC0-1.0).
"""
import os
import subprocess
import sys
import wave

import numpy as np

RATE = 44100
BEAT = 60 / 112
NAME = "moonlight"
rng = np.random.RandomState(20)

# The line: (syllable onset consonant, vowel, MIDI note, beats). A rest has no vowel.
LINE = [
    ("m", "u", 64, 1.0), ("n", "a", 67, 0.5), ("l", "ai", 69, 1.0), ("t", "o", 67, 0.5), ("", "", 0, 0.25),
    ("s", "e", 64, 0.5), ("l", "i", 62, 0.5), ("n", "o", 60, 1.25), ("", "", 0, 0.5),
    ("d", "u", 62, 0.5), ("m", "i", 64, 0.5), ("s", "o", 67, 1.0), ("l", "a", 69, 1.0), ("n", "a", 72, 2.5),
]
# Formants of a high male or low female voice: (Hz, bandwidth Hz, dB). Peterson and Barney's centres, rounded.
VOWELS = {
    "a": [(800, 80, 0), (1200, 90, -5), (2600, 120, -18), (3400, 140, -22), (4500, 250, -34)],
    "e": [(500, 70, 0), (1900, 100, -10), (2600, 120, -14), (3400, 140, -20), (4500, 250, -34)],
    "i": [(320, 60, 0), (2250, 110, -13), (2950, 130, -16), (3500, 140, -20), (4600, 250, -34)],
    "o": [(480, 70, 0), (900, 80, -8), (2500, 120, -24), (3300, 140, -26), (4400, 250, -38)],
    "u": [(350, 60, 0), (750, 80, -14), (2350, 120, -30), (3200, 140, -30), (4400, 250, -42)],
}
NASAL = [(270, 60, -3), (1100, 160, -24), (2200, 200, -28), (3000, 240, -34), (4200, 300, -44)]
CHORDS = [[57, 60, 64], [53, 57, 60], [48, 55, 64], [55, 59, 62]]  # Am, F, C, G, one bar each
ROOTS = [33, 29, 36, 31]


def hz(note):
    return 440.0 * 2 ** ((note - 69) / 12)


def smooth(x, seconds):
    n = max(3, int(seconds * RATE) | 1)
    kernel = np.hanning(n + 2)[1:-1]
    return np.convolve(np.pad(x, n // 2, mode="edge"), kernel / kernel.sum(), mode="valid")


def band_noise(n, low, high):
    spectrum = np.fft.rfft(rng.standard_normal(n))
    f = np.fft.rfftfreq(n, 1 / RATE)
    spectrum *= 1 / (1 + (low / np.maximum(f, 1)) ** 6) / (1 + (f / high) ** 6)
    x = np.fft.irfft(spectrum, n)
    return x / (np.std(x) + 1e-12)


def formant_gain(f, formants):
    """Magnitude of parallel resonances, formants [5, 3] by time: [time, 5, 3]; f by time."""
    gain = np.zeros_like(f)
    for i in range(5):
        centre, width, level = formants[:, i, 0], formants[:, i, 1], formants[:, i, 2]
        gain += 10 ** (level / 20) / np.sqrt(1 + ((f - centre) / (width / 2)) ** 2)
    return gain


def sing(total):
    note, voiced = np.zeros(total), np.zeros(total)
    formants = np.zeros((total, 5, 3))
    consonants = np.zeros(total)
    position, last = 0.15, 64
    formants[:] = NASAL
    for onset, vowel, midi, beats in LINE:
        start, stop = int(position * RATE), min(total, int((position + beats * BEAT) * RATE))
        position += beats * BEAT
        if not vowel:
            note[start:stop] = last
            formants[start:stop] = formants[start - 1]
            continue
        note[start:stop] = midi
        last = midi
        length = stop - start
        first, second = VOWELS[vowel[0]], VOWELS[vowel[-1]]
        glide = np.clip((np.arange(length) / length - 0.5) * 4, 0, 1)[:, None, None]
        formants[start:stop] = (1 - glide) * np.array(first) + glide * np.array(second)
        voiced[start:stop] = 1
        lead = {"m": 0.09, "n": 0.08, "l": 0.07, "s": 0.11, "t": 0.06, "d": 0.05, "": 0.0}[onset]
        n = int(lead * RATE)
        if onset in "mnl" and onset:
            formants[start:start + n] = NASAL
            voiced[start:start + n] = 0.45
        elif onset == "s":
            voiced[start:start + n] = 0
            consonants[start:start + n] += 0.10 * band_noise(n, 5500, 11000) * np.hanning(n) ** 0.6
        elif onset in "td" and onset:
            voiced[start:start + n] = 0 if onset == "t" else 0.12
            burst = int(0.03 * RATE)
            consonants[start + n - burst:start + n] += 0.16 * band_noise(burst, 2500, 8000) * np.exp(-np.arange(burst) / (0.008 * RATE))
        tail = int(0.06 * RATE)
        voiced[stop - tail:stop] *= np.linspace(1, 0.55, tail)
    note[:int(0.15 * RATE)] = LINE[0][2]
    note[int(position * RATE):] = last
    formants[int(position * RATE):] = formants[int(position * RATE) - 1]

    t = np.arange(total) / RATE
    since = np.zeros(total)
    changes = np.flatnonzero(np.diff(note, prepend=note[0]))
    for start in np.concatenate([[0], changes]):
        since[start:] = t[start:] - t[start]
    vibrato = 0.32 * np.sin(2 * np.pi * 5.6 * t + 0.6 * np.sin(2 * np.pi * 0.31 * t)) * np.clip((since - 0.18) / 0.35, 0, 1)
    drift = smooth(rng.standard_normal(total), 0.05)
    drift *= 0.05 / np.std(drift)
    f0 = hz(smooth(note, 0.07) + vibrato + drift)
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    for i in range(5):
        for j in range(3):
            formants[:, i, j] = smooth(formants[:, i, j], 0.045)
    level = smooth(voiced, 0.03)
    shimmer = smooth(rng.standard_normal(total), 0.02)
    shimmer = 1 + 0.06 * shimmer / np.std(shimmer)

    voice = np.zeros(total)
    effort = 0.75 + 0.25 * smooth((note - 60) / 12, 0.2)
    for k in range(1, 80):
        f = k * f0
        fade = np.clip((15000 - f) / 3000, 0, 1)
        if not fade.any():
            break
        tilt = k ** -(1.55 - 0.25 * effort)
        voice += np.sin(k * phase + 0.9 * k * k % 6.28) * tilt * formant_gain(f, formants) * fade
    voice *= level * shimmer * effort
    voice /= np.max(np.abs(voice))

    breath = band_noise(total, 1800, 7000) * (0.012 * level + 0.003 * smooth((level > 0.02).astype(float), 0.1))
    breath *= 0.6 + 0.4 * np.cos(phase)
    inhale = int(0.28 * RATE)
    for beat in (4.0, 7.75):
        start = int((0.15 + beat * BEAT) * RATE) - inhale // 2
        breath[start:start + inhale] += 0.012 * band_noise(inhale, 900, 5000) * np.hanning(inhale)
    return 0.55 * voice + 0.5 * consonants + breath


def reverberate(x, seconds, wet):
    n = int(3 * seconds * RATE)
    sides = []
    for _ in range(2):
        response = rng.standard_normal(n) * np.exp(-6.9 * np.arange(n) / (seconds * RATE))
        response[:int(0.012 * RATE)] = 0
        response = smooth(response, 0.00012)
        response /= np.sqrt(np.sum(response ** 2))
        size = 1 << int(np.ceil(np.log2(len(x) + n)))
        tail = np.fft.irfft(np.fft.rfft(x, size) * np.fft.rfft(response, size), size)[:len(x)]
        sides.append(x + wet * tail)
    return np.array(sides)


def place(track, start, sound, gain, pan=0.0):
    first = int(start * RATE)
    n = min(len(sound), track.shape[1] - first)
    if n > 0:
        angle = (pan + 1) * np.pi / 4
        track[0, first:first + n] += np.sqrt(2) * np.cos(angle) * gain * sound[:n]
        track[1, first:first + n] += np.sqrt(2) * np.sin(angle) * gain * sound[:n]


def kick():
    t = np.arange(int(0.3 * RATE)) / RATE
    return np.sin(2 * np.pi * (48 * t + 100 * 0.03 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.09)


def snare():
    t = np.arange(int(0.2 * RATE)) / RATE
    return 0.5 * np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.04) + 0.3 * band_noise(len(t), 1200, 7000) * np.exp(-t / 0.05)


def hat(decay):
    t = np.arange(int(6 * decay * RATE)) / RATE
    return 0.25 * band_noise(len(t), 7000, 12000) * np.exp(-t / decay)


def saw(f, seconds, cutoff):
    t = np.arange(int(seconds * RATE)) / RATE
    out = np.zeros(len(t))
    for k in range(1, int(9000 / f) + 1):
        out += np.sin(2 * np.pi * k * f * t + 0.7 * k) / k / (1 + (k * f / cutoff) ** 2)
    return out


def pluck(f, seconds):
    t = np.arange(int(seconds * RATE)) / RATE
    body = np.sin(2 * np.pi * f * t + 1.3 * np.exp(-t / 0.25) * np.sin(2 * np.pi * 2 * f * t))
    body += 0.25 * np.exp(-t / 0.08) * np.sin(2 * np.pi * 7 * f * t)
    return body * np.exp(-t / 0.7) * np.clip(t / 0.004, 0, 1) * np.clip((seconds - t) / 0.05, 0, 1)


def band(total):
    track = np.zeros((2, total))
    bars = total / RATE / (4 * BEAT)
    for bar in range(int(np.ceil(bars))):
        at = bar * 4 * BEAT
        chord, root = CHORDS[bar % 4], ROOTS[bar % 4]
        for beat in (0, 2.5):
            place(track, at + beat * BEAT, kick(), 0.42)
        for beat in (1, 3):
            place(track, at + beat * BEAT, snare(), 0.24, 0.05)
        for eighth in range(8):
            place(track, at + eighth * BEAT / 2, hat(0.045 if eighth % 4 == 3 else 0.018), 0.09, 0.35)
        for beat, step, length in ((0, 0, 1.4), (1.5, 0, 0.9), (2.5, 7, 0.7), (3.25, 12, 0.7)):
            note = saw(hz(root + step), length * BEAT, 420)
            note *= np.clip(np.arange(len(note)) / 200, 0, 1) * np.clip((len(note) - np.arange(len(note))) / 900, 0, 1)
            place(track, at + beat * BEAT, note, 0.17)
        for i, note in enumerate(chord):
            for beat in (0, 1.5, 2, 3.5):
                place(track, at + beat * BEAT, pluck(hz(note), 1.2 * BEAT), 0.075, (-0.6, -0.2, 0.5)[i])
            for detune, pan in ((0.996, -0.8), (1.004, 0.8)):
                pad = saw(hz(note + 12) * detune, 4 * BEAT, 1100)
                n = np.arange(len(pad))
                pad *= np.clip(n / 9000, 0, 1) * np.clip((len(pad) - n) / 4000, 0, 1)
                place(track, at, pad, 0.018, pan)
    return track


def save(path, samples):
    """samples: int16 [2, n]"""
    with wave.open(path, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.T.astype("<i2").tobytes())


def main(folder):
    total = int((15.1 * BEAT) * RATE) - 21000
    vocals = reverberate(sing(total), 0.9, 0.16)
    accompaniment = band(total)
    fade = np.clip((total - np.arange(total)) / (0.35 * RATE), 0, 1)
    gain = 0.92 / np.max(np.abs((vocals * 0.8 + accompaniment) * fade))
    # Multiples of 16, 12 bits: the FLAC stems shrink by half, and the noise stays 80 dB below full scale.
    stems = [16 * np.round(2047 * gain * x * fade).astype(np.int64) for x in (vocals * 0.8, accompaniment)]
    mixture = stems[0] + stems[1]
    assert np.max(np.abs(mixture)) <= 32767
    stem_folder = os.path.join(folder, NAME + "-stems")
    os.makedirs(stem_folder, exist_ok=True)
    save(os.path.join(folder, NAME + ".wav"), mixture)
    for name, stem in zip(("vocals", "accompaniment"), stems):
        path = os.path.join(stem_folder, name)
        save(path + ".wav", stem)
        subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-bitexact", "-i", path + ".wav", "-map_metadata", "-1", "-compression_level", "12", path + ".flac"], check=True)
        os.remove(path + ".wav")
    energy = [10 * np.log10(np.mean((stem / 32768.0) ** 2)) for stem in stems]
    print(f"{total / RATE:.2f} s, vocals {energy[0]:.1f} dB, accompaniment {energy[1]:.1f} dB")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "samples"))
