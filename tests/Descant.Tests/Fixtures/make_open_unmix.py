"""Makes open_unmix/: small Open-Unmix models in the files that open-unmix-pytorch publishes and trains to, and what they answer.

  vocals-1a2b3c4d.pth   a state dictionary as torch.save writes it now (zip and pickle), with the counters that BatchNorm keeps
  drums-5e6f7a8b.pth    the same in the format before PyTorch 1.6, which umx and umxhq were published in, with a window beside the weights
  separator.json        as train.py writes it
  expected.safetensors  x, magnitudes [frames, batch, channels, bins] and what the vocals' network makes of them (y); sound
                        [2, samples] and the vocals that the mask and the mixture's phase give (vocals), no Wiener filter
  bad/*.pth             files that must be refused: a pickle that would run a command, one that names a foreign class, one whose
                        tensor reaches beyond its numbers, one that was cut off
The networks have 16 features, 129 bins (97 seen), three bidirectional layers. Weights are random from a seed, float32.
Run: /usr/bin/python3 make_open_unmix.py    (torch 1.13; a second)
"""
import io
import json
import os
import pickle
import zipfile

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import safetensors_np

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "open_unmix")
BINS, SEEN, HIDDEN, FFT, HOP = 129, 97, 16, 256, 64


class OpenUnmix(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_mean = nn.Parameter(torch.randn(SEEN) * 0.1)
        self.input_scale = nn.Parameter(1 + torch.rand(SEEN))
        self.output_mean = nn.Parameter(torch.rand(BINS))
        self.output_scale = nn.Parameter(torch.rand(BINS))
        self.fc1 = nn.Linear(2 * SEEN, HIDDEN, bias=False)
        self.bn1 = nn.BatchNorm1d(HIDDEN)
        self.lstm = nn.LSTM(HIDDEN, HIDDEN // 2, 3, bidirectional=True, dropout=0.4)
        self.fc2 = nn.Linear(2 * HIDDEN, HIDDEN, bias=False)
        self.bn2 = nn.BatchNorm1d(HIDDEN)
        self.fc3 = nn.Linear(HIDDEN, 2 * BINS, bias=False)
        self.bn3 = nn.BatchNorm1d(2 * BINS)
        for norm in (self.bn1, self.bn2, self.bn3):
            for value in (norm.weight, norm.bias, norm.running_mean):
                value.data.copy_(torch.randn(value.shape) * 0.5)
            norm.running_var.copy_(0.5 + torch.rand(norm.running_var.shape))
            norm.num_batches_tracked += 7

    def forward(self, mix):                                       # frames, batch, channels, bins
        frames, batch = mix.shape[:2]
        x = (mix[..., :SEEN] + self.input_mean) * self.input_scale
        x = torch.tanh(self.bn1(self.fc1(x.reshape(frames * batch, -1)))).reshape(frames, batch, HIDDEN)
        x = torch.cat([x, self.lstm(x)[0]], -1)
        x = F.relu(self.bn2(self.fc2(x.reshape(frames * batch, -1))))
        x = self.bn3(self.fc3(x)).reshape(mix.shape)
        return F.relu(x * self.output_scale + self.output_mean) * mix


class Attack:
    def __reduce__(self):
        return os.system, ("touch /tmp/descant-was-run",)


def rewritten(path, data):
    """A copy of a zip file with another pickle."""
    out = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            new.writestr(name, data(old.read(name)) if name.endswith("data.pkl") else old.read(name))
    return out.getvalue()


def main():
    torch.manual_seed(5)
    os.makedirs(os.path.join(HERE, "bad"), exist_ok=True)
    at = lambda *names: os.path.join(HERE, *names)
    vocals, drums = OpenUnmix().eval(), OpenUnmix().eval()
    torch.save(vocals.state_dict(), at("vocals-1a2b3c4d.pth"))
    state = drums.state_dict()
    state["stft.window"] = torch.hann_window(FFT)
    torch.save(state, at("drums-5e6f7a8b.pth"), _use_new_zipfile_serialization=False)
    with open(at("separator.json"), "w") as stream:
        stream.write(json.dumps({"nfft": FFT, "nhop": HOP, "sample_rate": 16000.0, "nb_channels": 2}, indent=4, sort_keys=True))

    with torch.no_grad():
        x = torch.rand(11, 2, 2, BINS) * 3
        sound = torch.randn(2, 1500) * 0.2
        window = torch.hann_window(FFT)
        spectrum = torch.stft(sound, FFT, HOP, window=window, center=True, pad_mode="reflect", return_complex=True)
        magnitudes = vocals(spectrum.abs().permute(2, 0, 1).unsqueeze(1))[:, 0].permute(1, 2, 0)
        estimate = torch.istft(magnitudes * torch.exp(1j * spectrum.angle()), FFT, HOP, window=window, center=True, length=sound.shape[1])
        tensors = {"x": x.numpy(), "y": vocals(x).numpy(), "drums": drums(x).numpy(), "sound": sound.numpy(), "vocals": estimate.numpy()}
    safetensors_np.write(at("expected.safetensors"), {k: np.ascontiguousarray(v, np.float32) for k, v in tensors.items()}, {})

    good = at("vocals-1a2b3c4d.pth")
    with open(at("bad", "command.pth"), "wb") as stream:
        stream.write(rewritten(good, lambda _: pickle.dumps({"fc1.weight": Attack()}, protocol=2)))
    with open(at("bad", "class.pth"), "wb") as stream:
        stream.write(rewritten(good, lambda data: data.replace(b"ccollections\nOrderedDict", b"cbuiltins\ngetattr")))
    with open(at("bad", "beyond.pth"), "wb") as stream:       # input_mean of 97 numbers (K a) said to have 120 (K x)
        stream.write(rewritten(good, lambda data: data.replace(b"K\x00Ka\x85", b"K\x00Kx\x85", 1)))
    with open(at("bad", "cut.pth"), "wb") as stream:
        stream.write(open(at("drums-5e6f7a8b.pth"), "rb").read()[:9000])


if __name__ == "__main__":
    main()
