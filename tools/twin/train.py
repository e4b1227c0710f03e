"""Trains a SubbandUNet on a GPU until a given time. See README.md in this folder for how a run is put together."""
import argparse
import copy
from dataclasses import replace
import json
import math
import os
import re
import sys
import threading
import time

import numpy as np
import torch
import torch.nn.functional as F

from export import read
from material import NETWORK_RATE, RATE, Material, admits, read_index
from mixing import Mixer
from subband_unet import PRESETS, SubbandUNet


def say(name, *words):
    print(time.strftime("%H:%M:%S"), name, *words, flush=True)


class Loss:
    """Absolute error of waveform and spectrum, each item at the working level and only up to the frequency to which it is true.

    `octave` weighs how far the level of each frame between 11 and 15 kHz lies from the truth's, `silence` the level of what is
    estimated for a source that does not sound; both in powers of ten, of the sources that have masks.
    """

    OCTAVE = 11000, 15000  # Hz
    OCTAVE_FLOOR = 1e-6  # mean square, −60 dBFS
    SILENCE_FLOOR = 1e-4  # of the mixture, −40 dB

    def __init__(self, net, wave=1.0, spectrum=0.5, octave=0.0, silence=0.0):
        self.net = net
        self.wave, self.spectrum, self.octave, self.silence = wave, spectrum, octave, silence
        o = net.options
        self.hz = (torch.arange(net.bins, device=net.window.device) * NETWORK_RATE / o.fft)
        self.per_bin = 1 / math.sqrt(o.fft * 3 / 8)

    def __call__(self, sources, limit, autocast):
        net = self.net
        batch, count, _, samples = sources.shape
        mixture = sources.sum(1)
        gain = net.gain(mixture)
        spectrum = net.stft(mixture)
        with autocast():
            estimate = net.estimate(spectrum, gain)  # [batch, masks, 2, bins, frames]
        target = torch.stack([net.stft(sources[:, k])[:, :, :net.bins] for k in range(net.masks)], 1)
        known = (self.hz < limit[:, None])[:, None, None, :, None]
        error = (estimate - target) * known * gain[:, None]
        levels = self.levels(estimate, target, spectrum[:, None, :, :net.bins], known, gain[:, None], limit) if self.octave or self.silence else 0
        if net.masks > 1:  # the last source, which the others leave, counts too
            error = torch.cat([error, error.sum(1, keepdim=True)], 1)
        spectral = (error.real.square() + error.imag.square() + 1e-12).sqrt().mean() * self.per_bin
        padded = F.pad(torch.view_as_real(error), (0, 0, 0, 0, 0, 1))
        waves = net.istft(torch.view_as_complex(padded.contiguous()).reshape(batch, -1, net.bins + 1, error.shape[-1]), samples)
        return self.wave * waves.abs().mean() + self.spectrum * spectral + levels

    def levels(self, estimate, target, mixture, known, gain, limit):
        def power(x, low=0, high=None):  # at the working level, [batch, masks, frames]
            x = x[..., low:high, :] * (known[..., low:high, :] * gain * self.per_bin)
            return (x.real.square() + x.imag.square()).mean((2, 3))

        low, high = (int((self.hz < hz).sum()) for hz in self.OCTAVE)
        distance = ((power(estimate, low, high) + self.OCTAVE_FLOOR).log10() - (power(target, low, high) + self.OCTAVE_FLOOR).log10()).abs()
        is_wide = (limit >= self.OCTAVE[1])[:, None, None]
        total = power(mixture).mean(2)
        silent = power(target).mean(2) < 1e-8 * total
        leak = (power(estimate).mean(2) / (total + 1e-12) + self.SILENCE_FLOOR).log10() * silent
        return self.octave * (distance * is_wide).mean() + self.silence * leak.mean()


@torch.no_grad()
def separate(net, mixture, autocast, window=704 * 1024, context=43 * 1024):
    """[2, samples] to [sources, 2, samples], window by window with context."""
    samples = mixture.shape[1]
    out = torch.zeros(len(net.options.sources), 2, samples, device=mixture.device)
    step = window - 2 * context
    padded = F.pad(mixture, (context, window))
    for at in range(0, samples, step):
        with autocast():
            part = net(padded[None, :, at:at + window].contiguous())[0].float()
        part = part[..., context:context + step]
        end = min(samples, at + step)
        out[..., at:end] = part[..., :end - at]
    return out


def sdr_frames(reference, estimate):
    """SDR of each active second (reference less than 60 dB below its loudest), [frames]."""
    n = reference.shape[-1] // NETWORK_RATE * NETWORK_RATE
    r = reference[:, :n].reshape(2, -1, NETWORK_RATE)
    e = estimate[:, :n].reshape(2, -1, NETWORK_RATE)
    power = r.square().sum((0, 2))
    error = (r - e).square().sum((0, 2))
    active = power > power.max() * 1e-6
    return (10 * torch.log10(power / error.clamp(min=1e-12)))[active]


def octave_level(reference, estimate, low=11000, high=15000):
    """Level of the estimate's highest octave against the truth's over the frames in which that is above −50 dBFS, in dB."""
    window = torch.hann_window(2048, device=reference.device)
    hz = torch.arange(1025, device=reference.device) * NETWORK_RATE / 2048
    r, e = (torch.stft(x, 2048, 1024, window=window, return_complex=True)[:, (hz >= low) & (hz <= high)].abs().square().sum((0, 1)) for x in (reference, estimate))
    heard = r / (2048 * 0.375 * 1024 * 2) > 1e-5
    return 10 * torch.log10(e[heard].sum() / r[heard].sum()).item() if heard.any() else None


@torch.no_grad()
def produced(mixer, voices, bands, samples=5 * NETWORK_RATE):
    """Voices made to sound like records over music, always the same; [items, 2, 2, samples]."""
    with torch.random.fork_rng([mixer.device] if mixer.device.type == "cuda" else []):
        torch.manual_seed(99)
        items = []
        for i, voice in enumerate(voices):
            band = bands[i % len(bands)]
            start = min(band.shape[1] - samples, (5 + 7 * (i // len(bands))) * NETWORK_RATE)
            items.append(torch.stack([F.pad(voice[:, :samples], (0, max(0, samples - voice.shape[1]))), band[:, start:start + samples]]))
        items = torch.stack(items)
        voice = mixer.produce(items[:, 0], torch.ones(len(items), dtype=torch.bool, device=mixer.device))
        level = [x.square().mean((1, 2)).sqrt().clamp(min=1e-5)[:, None, None] for x in (voice, items[:, 1])]
        return torch.stack([voice * 0.07 / level[0], items[:, 1] * 0.1 / level[1]], 1)


@torch.no_grad()
def validate(net, material, autocast, mixer):
    """Median SDR of the validation songs, clips and produced voices by first source; level of the vocals in music without."""
    net.eval()
    songs, clips, leak, voices, bands = {}, {}, [], [], []
    for group, entries in sorted(material.valid.items()):
        audio = {}
        for row, path in entries:
            samples = torch.from_numpy(np.load(path)).to(material.device)
            rate = RATE / NETWORK_RATE
            seconds = min(len(samples) / RATE, 120)
            key = row["file"].rsplit("__", 1)[1].split(".")[0] if "__" in row["file"] else row["kind"]
            keep, material.samples = material.samples, samples
            audio[key] = material.cut([0], [len(samples)], [0], [rate], int((seconds - 0.2) * NETWORK_RATE))[0]
            material.samples = keep
        length = min(a.shape[1] for a in audio.values())
        audio = {k: a[:, :length] for k, a in audio.items()}
        mixture = sum(audio.values())
        if length < NETWORK_RATE * 2:
            continue
        if "vocals" in audio:
            if length < 20 * NETWORK_RATE and len(clips.get(group.split("_")[1], [])) >= 14:
                continue
            estimate = separate(net, mixture, autocast)
            frames = sdr_frames(audio["vocals"], estimate[0])
            if length < 20 * NETWORK_RATE:
                clips.setdefault(group.split("_")[1], []).append(frames.median().item())
                voices.append(audio["vocals"])
            else:
                songs[group] = frames.median().item()
                songs[group + " 11-15 kHz dB"] = octave_level(audio["vocals"], estimate[0])
                for k, source in enumerate(net.options.sources[:-1]):
                    if k and source in audio:
                        songs[group + "/" + source] = sdr_frames(audio[source], estimate[k]).median().item()
        elif len(leak) < 12:
            estimate = separate(net, mixture, autocast)[0]
            leak.append(10 * math.log10(estimate.square().mean().item() / mixture.square().mean().item() + 1e-12))
            bands.append(mixture)
    scores = {**songs, **{k: float(np.median(v)) for k, v in clips.items()}}
    if leak:
        scores |= {"no vocals dB": float(np.median(leak)), "worst": max(leak)}
    if voices and bands:
        items = produced(mixer, voices, bands)
        scores["produced"] = torch.cat([sdr_frames(item[0], separate(net, item.sum(0), autocast)[0]) for item in items]).median().item()
    return scores


def plain(name):
    """A name as that of a file."""
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")


def rounded(scores):
    return {k: v if v is None else round(v, 2) for k, v in scores.items()}


def save(net, path):
    """Weights as .npz: matrices in half precision, vectors in single."""
    state = {k: v.detach().float().cpu().numpy() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    np.savez(path + ".part.npz", **{k: v.astype(np.float16) if v.ndim > 1 else v for k, v in state.items()})
    os.replace(path + ".part.npz", path)


def main(arguments=None, network=SubbandUNet):
    p = argparse.ArgumentParser()
    p.add_argument("--preset", default="subband")
    p.add_argument("--name", default="vocals")
    p.add_argument("--pack", required=True)
    p.add_argument("--cache", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--open", action="store_true")
    p.add_argument("--without", help="regular expression of the sources (column of the index) not to train on")
    p.add_argument("--until", type=float, required=True, help="Unix time at which training ends")
    p.add_argument("--steps", type=int, help="steps after which training ends, if the time allows them")
    p.add_argument("--decay", type=float, default=0.3, help="last part of the time, or of the steps, over which the step size falls to 0")
    p.add_argument("--init", help="weights to begin with: .npz of an earlier run or a model file of Descant")
    p.add_argument("--only", help="regular expression of the parameters to train; all others, running statistics too, stay as they are")
    p.add_argument("--network", default="{}", help="what differs from the preset's options")
    p.add_argument("--loss", default="{}", help="weights of the loss's terms")
    p.add_argument("--batch", type=int, default=32)
    p.add_argument("--frames", type=int, default=176)
    p.add_argument("--lr", type=float, default=1.2e-3)
    p.add_argument("--average", type=float, default=0.999)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--mixing", default="{}")
    p.add_argument("--validate-every", type=float, default=110)
    p.add_argument("--device", default="cuda")
    p.add_argument("--compile", action="store_true")
    p.add_argument("--rest", type=float, default=0, help="pause after each step, as a multiple of the step, to leave the device to others")
    a = p.parse_args(arguments)

    torch.manual_seed(a.seed)
    device = torch.device(a.device)
    cuda = device.type == "cuda"
    if cuda:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    autocast = (lambda: torch.autocast("cuda", torch.bfloat16)) if cuda else (lambda: torch.autocast("cpu", enabled=False))
    options = replace(PRESETS[a.preset], **json.loads(a.network))
    net = network(options).to(device).to(memory_format=torch.channels_last)
    start = time.time()
    material = Material(a.pack, a.cache, device, a.open, a.without)
    samples = (a.frames - 1) * options.hop
    mixer = Mixer(material, options.sources, samples, a.batch, a.seed, json.loads(a.mixing))
    if a.init:
        weights = read(a.init) if a.init.endswith(".safetensors") else np.load(a.init)
        state = {k: torch.from_numpy(np.array(v, np.float32)) for k, v in weights.items()}
        own = net.state_dict()
        net.load_state_dict({k: state[k] if k in state and state[k].shape == own[k].shape else own[k] for k in own})
    else:
        with torch.no_grad():
            total = 0
            for _ in range(8 if cuda else 1):
                mixture = mixer.draw()[0].sum(1)
                total = total + net.features(net.stft(mixture)[:, :, :net.bins] * net.gain(mixture))[:, :4].mean((0, 1, 3))
            mean = total / (8 if cuda else 1)
            # Smooth over a third of an octave-like span, so that single bins are not marked.
            mean = F.avg_pool1d(F.pad(mean[None, None], (16, 16), mode="replicate"), 33, 1)[0, 0]
            net.input_scale.copy_(0.5 / mean.clamp(min=1e-3 * mean.max()))
            torch.nn.init.normal_(net.head.weight, std=0.01)
            bias = torch.zeros(net.masks, 2, 2, options.bands)
            bias[:, :, 0] = 1 / len(options.sources)
            net.head.bias.copy_(bias.reshape(-1))
    if a.only:
        for name, q in net.named_parameters():
            q.requires_grad_(re.search(a.only, name) is not None)
    def train_mode(net):
        """Parts that are not trained normalise by their running statistics, as in separation."""
        for module in net.modules():
            parameters = list(module.parameters())
            module.train(any(q.requires_grad for q in parameters) if parameters else True)
        return net

    average = copy.deepcopy(net)
    train_mode(net)
    if a.compile:
        for part in [net.stem, net.bottom, net.head, *net.encoder, *net.decoder, *net.down, *net.up]:
            part.compile()
    loss_of = Loss(net, **json.loads(a.loss))
    trained = [q for q in net.parameters() if q.requires_grad]
    decayed = [q for q in trained if q.ndim > 1]
    plain = [q for q in trained if q.ndim <= 1]
    optimizer = torch.optim.AdamW([{"params": decayed, "weight_decay": 1e-2}, {"params": plain, "weight_decay": 0}], lr=a.lr,
                                  **({"fused": True} if cuda else {}))
    live, kept = list(net.state_dict().values()), list(average.state_dict().values())
    floats = [(k, v) for k, v in zip(kept, live) if v.dtype.is_floating_point]
    say(a.name, f"{sum(q.numel() for q in net.parameters()) / 1e6:.2f} M, ready after {time.time() - start:.1f} s")

    pending, files = {}, material.files

    def reload():
        try:
            known = sum(os.path.exists(os.path.join(a.cache, r["file"] + ".npy")) for r in read_index(a.pack) if admits(r, a.open, a.without))
            if known > files * 1.02 + 3:
                pending["material"] = Material(a.pack, a.cache, device, a.open, a.without)
        except Exception as failure:
            print("reload", failure, flush=True)

    start, step, running, stable_saved = time.time(), 0, 0.0, False
    last_log, last_check, next_validation = start, start, start + a.validate_every
    checker, checked = None, {"known": 0}
    span = a.until - start
    while True:
        now = time.time()
        if now > a.until or step == a.steps:
            break
        if now - last_check > 25 and (checker is None or not checker.is_alive()):
            last_check = now
            checker = threading.Thread(target=reload, daemon=True)
            checker.start()
        if "material" in pending:
            material = pending.pop("material")
            files = material.files
            mixer.m = material
            mixer.refresh()
            if cuda:
                torch.cuda.empty_cache()
        left = (a.until - now) / (a.decay * span) if a.steps is None else (a.steps - step) / (a.decay * a.steps)
        if left < 1 and not stable_saved:
            stable_saved = True
            save(average, os.path.join(a.out, f"{a.name}.stable.npz"))
        for group in optimizer.param_groups:
            group["lr"] = a.lr * min(1, (step + 1) / 250) * min(1, max(0.005, left))
        began = time.time()
        with torch.no_grad():
            sources, limit = mixer.draw()
        loss = loss_of(sources, limit, autocast)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 0.5)
        for q in trained:
            q.grad.nan_to_num_(0, 0, 0)
        optimizer.step()
        step += 1
        with torch.no_grad():
            keep = min(a.average, (step + 1) / (step + 10))
            torch._foreach_lerp_([k for k, _ in floats], [v for _, v in floats], 1 - keep) if hasattr(torch, "_foreach_lerp_") else [k.lerp_(v, 1 - keep) for k, v in floats]
        if a.rest:
            if cuda:
                torch.cuda.synchronize()
            time.sleep(a.rest * (time.time() - began))
        if step % 50 == 0:
            value = loss.item()
            running = value if running == 0 else 0.8 * running + 0.2 * value
            if time.time() - last_log > 15 or step == 50:
                last_log = time.time()
                memory = torch.cuda.max_memory_allocated() / 2 ** 30 if cuda else 0
                say(a.name, f"step {step}, {time.time() - start:.0f} s, {step * a.batch / (time.time() - start):.0f} excerpts/s, loss {running:.5f}, "
                            f"lr {optimizer.param_groups[0]['lr']:.1e}, {memory:.1f} GiB")
        if time.time() > next_validation and a.until - time.time() > 25:
            next_validation = time.time() + a.validate_every
            say(a.name, f"step {step} valid", json.dumps(rounded(validate(average, material, autocast, mixer))))
            save(average, os.path.join(a.out, f"{a.name}.npz"))
    save(average, os.path.join(a.out, f"{a.name}.npz"))
    say(a.name, f"saved after {step} steps")
    say(a.name, f"step {step} final", json.dumps(rounded(validate(average, material, autocast, mixer))))
    if not a.only:
        say(a.name, f"step {step} last, not averaged", json.dumps(rounded(validate(net, material, autocast, mixer))))


if __name__ == "__main__":
    main()
