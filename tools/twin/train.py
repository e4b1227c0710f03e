"""Trains a SubbandUNet on a GPU until a given time. See README.md in this folder for how a run is put together."""
import argparse
import copy
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
    """Absolute error of waveform and spectrum, each item at the working level and only up to the frequency to which it is true."""

    def __init__(self, net):
        self.net = net
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
        if net.masks > 1:  # the last source, which the others leave, counts too
            error = torch.cat([error, error.sum(1, keepdim=True)], 1)
        spectral = (error.real.square() + error.imag.square() + 1e-12).sqrt().mean() * self.per_bin
        padded = F.pad(torch.view_as_real(error), (0, 0, 0, 0, 0, 1))
        waves = net.istft(torch.view_as_complex(padded.contiguous()).reshape(batch, -1, net.bins + 1, error.shape[-1]), samples)
        return waves.abs().mean() + 0.5 * spectral


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


def validate(net, material, autocast):
    """Median SDR of the validation songs and clips by first source; level of the vocals in music without."""
    net.eval()
    songs, clips, leak = {}, {}, []
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
            if length < 20 * NETWORK_RATE and len(clips) and sum(len(v) for v in clips.values()) >= 24:
                continue
            estimate = separate(net, mixture, autocast)
            frames = sdr_frames(audio["vocals"], estimate[0])
            if length < 20 * NETWORK_RATE:
                clips.setdefault(group.split("_")[0], []).append(frames.median().item())
            else:
                songs[group] = frames.median().item()
                for k, source in enumerate(net.options.sources[:-1]):
                    if k and source in audio:
                        songs[group + "/" + source] = sdr_frames(audio[source], estimate[k]).median().item()
        elif len(leak) < 12:
            estimate = separate(net, mixture, autocast)[0]
            leak.append(10 * math.log10(estimate.square().mean().item() / mixture.square().mean().item() + 1e-12))
    net.train()
    return {**songs, **{k: float(np.median(v)) for k, v in clips.items()}, "no vocals dB": float(np.mean(leak)) if leak else None}


def save(net, path):
    """Weights as .npz: matrices in half precision, vectors in single."""
    state = {k: v.detach().float().cpu().numpy() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    np.savez(path + ".part.npz", **{k: v.astype(np.float16) if v.ndim > 1 else v for k, v in state.items()})
    os.replace(path + ".part.npz", path)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("--preset", default="subband")
    p.add_argument("--name", default="vocals")
    p.add_argument("--pack", required=True)
    p.add_argument("--cache", required=True)
    p.add_argument("--out", required=True)
    p.add_argument("--open", action="store_true")
    p.add_argument("--until", type=float, required=True, help="Unix time at which training ends")
    p.add_argument("--decay", type=float, default=0.3, help="last part of the time over which the step size falls to 0")
    p.add_argument("--init", help="weights to begin with: .npz of an earlier run or a model file of Descant")
    p.add_argument("--only", help="regular expression of the parameters to train; all others stay as they are")
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
    a = p.parse_args()

    torch.manual_seed(a.seed)
    device = torch.device(a.device)
    cuda = device.type == "cuda"
    if cuda:
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
        torch.backends.cudnn.benchmark = True
    autocast = (lambda: torch.autocast("cuda", torch.bfloat16)) if cuda else (lambda: torch.autocast("cpu", enabled=False))
    options = PRESETS[a.preset]
    net = SubbandUNet(options).to(device).to(memory_format=torch.channels_last)
    start = time.time()
    material = Material(a.pack, a.cache, device, a.open)
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
    average = copy.deepcopy(net)
    if a.compile:
        for part in [net.stem, net.bottom, net.head, *net.encoder, *net.decoder, *net.down, *net.up]:
            part.compile()
    loss_of = Loss(net)
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
            known = sum(os.path.exists(os.path.join(a.cache, r["file"] + ".npy")) for r in read_index(a.pack) if admits(r, a.open))
            if known > files * 1.02 + 3:
                pending["material"] = Material(a.pack, a.cache, device, a.open)
        except Exception as failure:
            print("reload", failure, flush=True)

    start, step, running, stable_saved = time.time(), 0, 0.0, False
    last_log, last_check, next_validation = start, start, start + a.validate_every
    checker, checked = None, {"known": 0}
    span = a.until - start
    while True:
        now = time.time()
        if now > a.until:
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
        left = (a.until - now) / (a.decay * span)
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
            say(a.name, f"step {step} valid", json.dumps({k: v if v is None else round(v, 2) for k, v in validate(average, material, autocast).items()}))
            save(average, os.path.join(a.out, f"{a.name}.npz"))
    save(average, os.path.join(a.out, f"{a.name}.npz"))
    say(a.name, f"saved after {step} steps")
    say(a.name, f"step {step} final", json.dumps({k: v if v is None else round(v, 2) for k, v in validate(average, material, autocast).items()}))


if __name__ == "__main__":
    main()
