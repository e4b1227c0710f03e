"""Training examples, a batch at a time on the device: excerpts, voices made to sound like records, balance, mastering."""
import math

import numpy as np
import torch
import torch.nn.functional as F

from material import BLOCK, NETWORK_RATE, RATE

UNLIMITED = 15000  # Hz; a source at least this wide is taken as full band
LEVEL = 0.1
FLOOR = 1e-4


def rms(x):
    return x.square().mean((-2, -1), keepdim=True).sqrt()


class Mixer:
    def __init__(self, material, sources, samples, batch, seed, config=None):
        self.m, self.sources, self.samples, self.batch = material, sources, samples, batch
        self.random = np.random.default_rng(seed)
        self.device = material.device
        self.c = dict(aligned=0.25, second_voice=0.25, third_voice=0.08, second_band=0.25, no_voice=0.07, no_band=0.03, produce=0.85,
                      produce_song=0.35, low_db=-12, high_db=5, voice_speed=0.6, band_speed=0.4, instrumental_songs=False)
        self.c.update(config or {})
        self.fft = 1 << 18
        self.frequencies = torch.fft.rfftfreq(self.fft, 1 / NETWORK_RATE).to(self.device)
        self.octave = torch.log2(self.frequencies + 20)
        self.refresh()

    def refresh(self):
        """Call after the material grew."""
        m, is_four = self.m, len(self.sources) == 4
        self.voice_p = self._weights(m.voices)
        self.songs = [s for s in m.songs if (("drums" in s or "bass" in s) and "accompaniment" not in s if is_four
                                              else "vocals" in s and len(s) > 1)]
        weights = np.array([math.sqrt(max(r.length for r in s.values())) for s in self.songs])
        # The many short clips of one corpus must not drown the complete songs.
        clips = np.array([max(r.length for r in s.values()) < 20 * RATE for s in self.songs])
        if clips.any() and not clips.all():
            weights[clips] *= 0.35 * weights[~clips].sum() / weights[clips].sum()
        self.song_p = weights / weights.sum() if len(weights) else weights
        accompanied = self.songs + [s for s in m.songs if "vocals" not in s and self.c["instrumental_songs"]]
        self.backings = [] if is_four else [[b] for b in m.bands] + [b for b in ([r for k, r in s.items() if k != "vocals"] for s in accompanied) if b]
        w = np.array([math.sqrt(max(r.length for r in b) / RATE) * (0.15 if max(r.length for r in b) < 20 * RATE else 1) for b in self.backings])
        self.backing_p = w / w.sum() if len(w) else w
        self.stem_p = {k: self._weights(v) for k, v in m.stems.items()}

    @staticmethod
    def _weights(recordings):
        w = np.array([r.weight for r in recordings], float)
        return w / w.sum() if len(w) else w

    def _place(self, recording, rate, audible):
        """A start inside the recording; where asked, one at which it sounds."""
        r, need = self.random, int(self.samples * rate) + 8
        room = recording.length - need
        if room <= 0:
            return float(r.uniform(room, 0)), True
        for _ in range(6):
            start = int(r.integers(0, room))
            levels = recording.levels[start // BLOCK:(start + need) // BLOCK]
            if not audible or (len(levels) and (levels > 0.01).mean() > 0.35):
                return float(start), True
        return float(start), bool(len(levels) and levels.max() > 0.003)

    def draw(self):
        """sources [batch, sources, 2, samples] that sum to the mixture, and the bandwidth in Hz to which each item is true."""
        r, c, B, L = self.random, self.c, self.batch, self.samples
        is_four = len(self.sources) == 4
        S = len(self.sources)
        reads = []  # item, source, recording, start, rate, gain (None: as recorded)
        limit = np.full(B, 24000.0)
        produced, aligned = np.zeros(B, bool), np.zeros(B, bool)

        def read(item, source, recording, start, rate, gain):
            reads.append((item, source, recording, start, rate, gain))
            width = recording.bandwidth * rate * NETWORK_RATE / RATE
            if width < UNLIMITED:
                limit[item] = min(limit[item], width)

        def speed(chance, low, high):
            return (r.uniform(low, high) if r.random() < chance else 1.0) * RATE / NETWORK_RATE

        for i in range(B):
            if len(self.songs) and r.random() < c["aligned"]:
                song = self.songs[r.choice(len(self.songs), p=self.song_p)]
                rate = speed(0.4, 0.9, 1.12)
                lead = song.get("vocals") or next(iter(song.values()))
                start, _ = self._place(lead, rate, "vocals" in song)
                for name, recording in song.items():
                    source = self.sources.index(name) if is_four else (0 if name == "vocals" else 1)
                    read(i, source, recording, start, rate, None)
                aligned[i] = "vocals" in song
                if is_four and "vocals" not in song and r.random() < 0.8:
                    aligned[i] = False
                    self._voices(i, read, speed)
                    produced[i] = r.random() < c["produce"]
                else:
                    produced[i] = r.random() < c["produce_song"]
                continue
            no_voice, no_band = r.random() < c["no_voice"], r.random() < c["no_band"]
            if not no_voice:
                produced[i] = r.random() < self._voices(i, read, speed)
            if no_band and not no_voice:
                continue
            if is_four:
                for name, p in self.stem_p.items():
                    if r.random() < 0.92 and len(p):
                        recording = self.m.stems[name][r.choice(len(p), p=p)]
                        rate = speed(c["band_speed"], 0.88, 1.14)
                        start, _ = self._place(recording, rate, True)
                        read(i, self.sources.index(name), recording, start, rate, r.uniform(0.5, 1.5) * (0.8 if name == "bass" else 1))
                continue
            for k in range(2 if r.random() < c["second_band"] else 1):
                backing = self.backings[r.choice(len(self.backings), p=self.backing_p)]
                rate = speed(c["band_speed"], 0.88, 1.14)
                start, _ = self._place(backing[0], rate, False)
                gain = (1.0 if k == 0 else r.uniform(0.3, 1)) if len(backing) == 1 else None
                for recording in backing:
                    read(i, 1, recording, start, rate, gain)
        out = torch.zeros(B * S, 2, L, device=self.device)
        if reads:
            items = self._send([q[0] * S + q[1] for q in reads], np.int64)
            audio = self.m.cut([q[2].start for q in reads], [q[2].start + q[2].length for q in reads],
                               [q[2].start + q[3] for q in reads], [q[4] for q in reads], L)
            gains = self._send([0.0 if q[5] is None else q[5] for q in reads])[:, None, None]
            level = rms(audio)
            audio = torch.where((gains > 0) & (level > FLOOR), audio * gains * LEVEL / level.clamp(min=FLOOR), audio)
            out.index_add_(0, items, audio)
        out = out.view(B, S, 2, L)
        voice = out[:, 0]
        swap = self._chance(0.5, B, 1, 1)
        voice = torch.where(swap, voice.flip(1), voice)
        voice = self.produce(voice, self._send(produced, bool))
        others = self.color(out[:, 1:])
        # Balance: a drawn relation for what was never recorded together, a small change for what was.
        band = others.sum(1)
        v_level, b_level = rms(voice), rms(band)
        relation = 10 ** (self._uniform(c["low_db"], c["high_db"], B, 1, 1) / 20)
        jitter = 10 ** (self._uniform(-6, 3, B, 1, 1) / 20)
        reference = torch.where(b_level > FLOOR, b_level, torch.full_like(b_level, LEVEL))
        is_aligned = self._send(aligned, bool)[:, None, None]
        scale = torch.where(is_aligned, jitter, torch.where(v_level > FLOOR, reference * relation / v_level.clamp(min=FLOOR), torch.ones_like(v_level)))
        sources = torch.cat([(voice * scale)[:, None], others], 1)
        sources = sources * (LEVEL / rms(sources.sum(1)).clamp(min=FLOOR))[:, None]
        sources = self.master(sources, limit)
        sources = sources * 10 ** (self._uniform(-6, 6, B, 1, 1, 1) / 20)
        return sources, self._send(limit)

    def _voices(self, item, read, speed):
        """Reads one to three voices for an item; the chance that they are produced."""
        r, c = self.random, self.c
        count = 1 + (r.random() < c["second_voice"]) + (r.random() < c["third_voice"])
        chance = c["produce"]
        for k in range(count):
            for _ in range(5):
                recording = self.m.voices[r.choice(len(self.m.voices), p=self.voice_p)]
                rate = speed(c["voice_speed"], 0.82, 1.2)
                start, sounds = self._place(recording, rate, True)
                if sounds:
                    break
            read(item, 0, recording, start, rate, 1.0 if k == 0 else r.uniform(0.3, 1))
            if k == 0 and "__" in recording.name and recording.bandwidth > UNLIMITED:
                chance = max(c["produce_song"], 0.6)  # a song's vocals are a record already
        return chance

    # ------------------------------------------------------------------ effects

    def _send(self, values, dtype=np.float32):
        """To the device without waiting for what it is doing."""
        values = torch.from_numpy(np.ascontiguousarray(values, dtype))
        return values.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else values

    def _uniform(self, low, high, *shape):
        return low + (high - low) * torch.rand(shape, device=self.device)

    def _log_uniform(self, low, high, *shape):
        return torch.exp(self._uniform(math.log(low), math.log(high), *shape))

    def _chance(self, p, *shape):
        return torch.rand(shape, device=self.device) < p

    def _curve(self, items, bells, decibels):
        """Random smooth equaliser, [items, bins] as a gain."""
        gain = torch.zeros(items, len(self.frequencies), device=self.device)
        for _ in range(bells):
            center, width = torch.log2(self._log_uniform(60, 14000, items, 1)), self._uniform(0.3, 1.8, items, 1)
            gain += self._uniform(-decibels, decibels, items, 1) * torch.exp(-0.5 * ((self.octave - center) / width) ** 2)
        return 10 ** (gain / 20)

    def _pass(self, low, high):
        """Fourth-order high and low pass magnitudes, [items, bins]; cut-offs [items, 1] in Hz."""
        f = self.frequencies.clamp(min=1)
        return 1 / torch.sqrt(1 + (low / f) ** 4) / torch.sqrt(1 + (f / high) ** 8)

    def _filter(self, x, response):
        return torch.fft.irfft(torch.fft.rfft(x, self.fft) * response, self.fft)[..., :x.shape[-1]]

    def _compress(self, x, amount, window, common=None):
        """Divides by a power of the envelope; `common` is what the envelope is taken of."""
        power = (x if common is None else common).square().mean(1, keepdim=True)
        envelope = F.avg_pool1d(power, 2 * window + 1, window, window)
        envelope = F.interpolate(envelope, size=x.shape[-1], mode="linear", align_corners=False)
        return (LEVEL ** 2 / (envelope + 1e-5)) ** (amount / 2)

    def _double(self, x):
        """Detuned, late copies at both sides."""
        B, _, L = x.shape
        t = torch.arange(L, device=self.device, dtype=torch.float32)
        y = x.clone()
        for _ in range(2):
            delay = self._uniform(0.006, 0.045, B, 1) * NETWORK_RATE
            depth, rate, phase = self._uniform(5, 110, B, 1), self._uniform(0.1, 1.2, B, 1), self._uniform(0, 6.3, B, 1)
            drift = self._uniform(-0.004, 0.004, B, 1) * self._chance(0.5, B, 1)
            at = (t - delay - depth * (1 + torch.sin(phase + 2 * math.pi * rate / NETWORK_RATE * t)) + drift * (t - L / 2)).clamp(0, L - 2)
            whole = at.floor()
            part = (at - whole)[:, None]
            index = whole.long()[:, None].expand(B, 2, L)
            copy = torch.gather(x, 2, index) * (1 - part) + torch.gather(x, 2, index + 1) * part
            pan = self._uniform(-1, 1, B, 1, 1)
            sides = torch.cat([1 - pan, 1 + pan], 1).clamp(0.1) ** 0.5
            y += self._uniform(0.25, 1.0, B, 1, 1) * copy * sides
        return y

    def _room(self, B):
        """Impulse responses of echo and reverberation, spectra [B, 2, bins]."""
        M = int(1.9 * NETWORK_RATE)
        t = torch.arange(M, device=self.device, dtype=torch.float32) / NETWORK_RATE
        decay = self._log_uniform(0.15, 3.0, B, 1, 1)
        noise = torch.randn(B, 2, M, device=self.device)
        together = self._uniform(0, 0.9, B, 1, 1)
        noise = noise * (1 - together) + noise[:, :1] * together
        start = self._uniform(0, 0.06, B, 1, 1)
        tail = noise * torch.exp(-6.91 * (t - start).clamp(min=0) / decay) * (t >= start)
        tail = tail / tail.square().sum((1, 2), keepdim=True).sqrt() * math.sqrt(2)
        tail = tail * 10 ** (self._uniform(-20, 0, B, 1, 1) / 20) * self._chance(0.7, B, 1, 1)
        tone = self._pass(self._log_uniform(80, 400, B, 1), self._log_uniform(2500, 16000, B, 1))[:, None]
        wet = torch.fft.rfft(tail, self.fft) * tone
        taps = torch.zeros(B, 2, M, device=self.device)
        delay = self._uniform(0.07, 0.45, B) * NETWORK_RATE
        gain = self._uniform(0.12, 0.5, B) * self._chance(0.25, B)
        sides = self._uniform(0, 1, B)
        rows = torch.arange(B, device=self.device)
        for k in (1, 2, 3):
            at = (delay * k).long().clamp(max=M - 1)
            left = gain ** k * (1 - (sides if k % 2 else 0 * sides))
            right = gain ** k * (1 - (0 * sides if k % 2 else sides))
            taps[rows, 0, at] += left
            taps[rows, 1, at] += right
        return 1 + wet + torch.fft.rfft(taps, self.fft) * tone

    def produce(self, voice, which):
        """A dry voice made to sound like a record. [batch, 2, samples]; `which` says for which items."""
        B = voice.shape[0]
        level = rms(voice)
        x = voice * LEVEL / level.clamp(min=FLOOR)
        flag = lambda p: self._chance(p, B, 1, 1)
        eq = torch.where(self._chance(0.7, B, 1), self._curve(B, 3, 8), torch.ones(1, device=self.device))
        eq = eq * self._pass(self._log_uniform(20, 250, B, 1), torch.where(self._chance(0.12, B, 1), self._log_uniform(3500, 14000, B, 1), torch.full((B, 1), 40000.0, device=self.device)))
        x = self._filter(x, eq[:, None])
        x = torch.where(flag(0.6), x * self._compress(x, self._uniform(0.2, 0.8, B, 1, 1), 1200), x)
        x = x * LEVEL / rms(x).clamp(min=FLOOR)
        heavy = flag(0.12)
        drive = torch.where(heavy, self._log_uniform(20, 150, B, 1, 1), self._log_uniform(2, 25, B, 1, 1))
        bias = self._uniform(-0.3, 0.3, B, 1, 1)
        dirty = torch.tanh(x * drive + bias) - torch.tanh(bias)
        dirty = dirty * LEVEL / rms(dirty).clamp(min=FLOOR)
        blend = self._uniform(0.3, 1, B, 1, 1)
        x = torch.where(flag(0.4) | heavy, blend * dirty + (1 - blend) * x, x)
        x = torch.where(flag(0.45), self._double(x), x)
        x = torch.where(flag(0.15), self._double(x), x)  # of doubles: a crowd
        eq = torch.where(self._chance(0.4, B, 1), self._curve(B, 2, 6), torch.ones(1, device=self.device))
        eq = eq * self._pass(torch.full((B, 1), 20.0, device=self.device), torch.where(heavy[:, 0], self._log_uniform(3500, 9000, B, 1), torch.full((B, 1), 40000.0, device=self.device)))
        x = self._filter(x, eq[:, None] * self._room(B))
        pan = self._uniform(-0.7, 0.7, B, 1, 1) * flag(0.35)
        x = x * torch.cat([1 - pan, 1 + pan], 1).sqrt()
        x = x * LEVEL / rms(x).clamp(min=FLOOR)
        x = torch.where(level > FLOOR, x * level / LEVEL, torch.zeros_like(x))
        return torch.where(which[:, None, None], x, voice)

    def color(self, others):
        """Accompaniments: equaliser, channel swap, width. [batch, parts, 2, samples]."""
        B, P, _, L = others.shape
        x = others.reshape(B * P, 2, L)
        N = B * P
        flag = lambda p: self._chance(p, N, 1, 1)
        eq = torch.where(self._chance(0.4, N, 1), self._curve(N, 2, 5), torch.ones(1, device=self.device))
        x = torch.where(flag(0.5), x.flip(1), x)
        middle, side = x.mean(1, keepdim=True), (x[:, :1] - x[:, 1:]) / 2
        width = torch.where(flag(0.08), torch.zeros(1, device=self.device), torch.where(flag(0.3), self._uniform(0.3, 1.6, N, 1, 1), torch.ones(1, device=self.device)))
        x = torch.cat([middle + width * side, middle - width * side], 1)
        # A mono recording gets some width now and then, or the network learns that what is in the middle is the voice.
        delay = (self._uniform(0.004, 0.03, N) * NETWORK_RATE).long()
        t = (torch.arange(L, device=self.device)[None] - delay[:, None])
        late = torch.gather(middle[:, 0], 1, t.clamp(min=0)) * (t >= 0) * self._uniform(0.2, 0.7, N, 1)
        is_mono = side.square().mean((1, 2), keepdim=True) < 1e-4 * middle.square().mean((1, 2), keepdim=True)
        wide = x + torch.stack([late, -late], 1)
        x = torch.where(is_mono & flag(0.5), wide, x)
        x = self._filter(x, eq[:, None]) * torch.where(flag(0.5), -1.0, 1.0)
        return x.reshape(B, P, 2, L)

    def master(self, sources, limit):
        """Loudness processing of the sum, done to every source alike, and missing top octaves."""
        B = sources.shape[0]
        flag = lambda p: self._chance(p, B, 1, 1)
        mixture = sources.sum(1)
        gain = torch.where(flag(0.25), self._compress(mixture, self._uniform(0.2, 0.6, B, 1, 1), 1500), torch.ones(1, device=self.device))
        mixture = mixture * gain
        x = mixture * self._log_uniform(1, 8, B, 1, 1)
        gain = gain * torch.where(flag(0.35), self._soft(x), torch.ones(1, device=self.device))
        sources = sources * gain[:, None]
        cut = torch.where(self._chance(0.15, B, 1), self._log_uniform(10000, 19000, B, 1), torch.full((B, 1), 40000.0, device=self.device))
        narrow = self._send(np.where((limit < UNLIMITED) & (self.random.random(B) < 0.5), limit, 40000.0))[:, None]
        cut = torch.minimum(cut, narrow)
        response = 1 / torch.sqrt(1 + (self.frequencies / cut) ** 24)
        shape = sources.shape
        return self._filter(sources.reshape(B, -1, shape[-1]), response[:, None]).reshape(shape)

    @staticmethod
    def _soft(x):
        return torch.where(x.abs() < 1e-3, torch.ones_like(x), torch.tanh(x) / torch.where(x.abs() < 1e-3, torch.ones_like(x), x))
