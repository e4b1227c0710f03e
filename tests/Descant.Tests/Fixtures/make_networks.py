"""Makes networks.safetensors: three whole networks in PyTorch, as digests of outputs and gradients.

Weights and inputs are not stored: value i of parameter p (numbered in `named_parameters` order, then the running
statistics) is offset + scale * counter.uniform(1 + p)[i] in float32, inputs are |counter.uniform(5000 + k)|. Stored are
at most 2000 evenly spaced entries of each output and 48 of each parameter's gradient (counter.sample), computed in
float64; the header gives for each network the parameters with shape, offset and scale, the losses, and PyTorch's own
float32 error on the same entries, |a - b|_2 / max(|b|_2, 0.001 times the largest |b|_2 of the network).

The networks (definitions are ours; widths are the papers'):
  unet        Jansson et al. 2017: 6 + 6 levels, 5x5, stride 2, 16…512 channels, batch norm everywhere but on the mask,
              LeakyReLU 0.2 down, ReLU up, sigmoid mask; loss mean |mask x - y|; 2 x 1 x 128 x 128, dropout off
  open_unmix  Stöter et al. 2019: scaler, 2974 -> 512, three bidirectional LSTM layers, 1024 -> 512 -> 4098, mask by ReLU;
              loss MSE; 12 frames, batch 2, stereo, dropout off
  scu         3x3 U-Net, 32…256 channels, max pooling, 2x2 transposed convolutions, odd sizes padded, four outputs;
              loss MSE; 1 x 1 x 43 x 29
Run: /usr/bin/python3 make_networks.py    (torch 1.13; about a minute)
"""
import copy
import json
import os

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import counter
import safetensors_np

HERE = os.path.dirname(os.path.abspath(__file__))
torch.set_num_threads(1)


class UNet(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [1, 16, 32, 64, 128, 256, 512]
        self.down = nn.ModuleList(nn.Conv2d(a, b, 5, stride=2, padding=2) for a, b in zip(widths, widths[1:]))
        self.down_norm = nn.ModuleList(nn.BatchNorm2d(b) for b in widths[1:])
        ups = [(512, 256), (512, 128), (256, 64), (128, 32), (64, 16), (32, 1)]
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, 5, stride=2, padding=2, output_padding=1) for a, b in ups)
        self.up_norm = nn.ModuleList(nn.BatchNorm2d(b) for _, b in ups[:-1])

    def forward(self, x):
        skips = []
        for conv, norm in zip(self.down, self.down_norm):
            x = F.leaky_relu(norm(conv(x)), 0.2)
            skips.append(x)
        skips.pop()
        for conv, norm in zip(self.up, self.up_norm):
            x = torch.cat([F.relu(norm(conv(x))), skips.pop()], 1)
        return torch.sigmoid(self.up[5](x))


class OpenUnmix(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_mean = nn.Parameter(torch.zeros(1487))
        self.input_scale = nn.Parameter(torch.ones(1487))
        self.fc1 = nn.Linear(2 * 1487, 512, bias=False)
        self.bn1 = nn.BatchNorm1d(512)
        self.lstm = nn.LSTM(512, 256, 3, bidirectional=True)
        self.fc2 = nn.Linear(1024, 512, bias=False)
        self.bn2 = nn.BatchNorm1d(512)
        self.fc3 = nn.Linear(512, 2 * 2049, bias=False)
        self.bn3 = nn.BatchNorm1d(2 * 2049)
        self.output_scale = nn.Parameter(torch.ones(2049))
        self.output_mean = nn.Parameter(torch.ones(2049))

    def forward(self, mix):                                       # frames, batch, channels, bins
        frames, batch, channels, bins = mix.shape
        x = (mix[..., :1487] + self.input_mean) * self.input_scale
        x = torch.tanh(self.bn1(self.fc1(x.reshape(frames * batch, -1)))).reshape(frames, batch, 512)
        x = torch.cat([x, self.lstm(x)[0]], -1)
        x = F.relu(self.bn2(self.fc2(x.reshape(frames * batch, -1))))
        x = self.bn3(self.fc3(x)).reshape(frames, batch, channels, bins)
        return F.relu(x * self.output_scale + self.output_mean) * mix


class Scu(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [1, 32, 64, 128, 256]
        self.down = nn.ModuleList(nn.ModuleList([nn.Conv2d(a, b, 3, padding=1), nn.Conv2d(b, b, 3, padding=1)]) for a, b in zip(widths, widths[1:]))
        self.up = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in (128, 64, 32))
        self.merge = nn.ModuleList(nn.ModuleList([nn.Conv2d(2 * w, w, 3, padding=1), nn.Conv2d(w, w, 3, padding=1)]) for w in (128, 64, 32))
        self.head = nn.Conv2d(32, 4, 1)

    def forward(self, x):
        skips = []
        for i, (a, b) in enumerate(self.down):
            x = F.relu(b(F.relu(a(F.max_pool2d(x, 2) if i else x))))
            skips.append(x)
        skips.pop()
        for up, (a, b) in zip(self.up, self.merge):
            x, skip = up(x), skips.pop()
            x = F.pad(x, (0, skip.shape[3] - x.shape[3], 0, skip.shape[2] - x.shape[2]))
            x = F.relu(b(F.relu(a(torch.cat([skip, x], 1)))))
        return F.relu(self.head(x))


def fill(net):
    """Sets every parameter and running statistic by the formula; returns what the other side needs to do the same."""
    layout, p = [], 0
    for name, tensor in [*net.named_parameters(), *((n, b) for n, b in net.named_buffers() if "num_batches" not in n)]:
        norm, kind = ("norm" in name or "bn" in name), name.rsplit(".", 1)[-1]
        offset, scale = 0.0, 0.1
        if kind == "running_var":
            offset, scale = 1.0, 0.3
        elif norm and kind == "weight" or kind in ("input_scale", "output_scale", "output_mean"):
            offset, scale = 1.0, 0.2
        elif kind.startswith("weight_"):
            scale = 0.08
        elif kind == "weight":
            fan = tensor[0].numel() if not name.startswith("up.") else tensor.shape[0] * tensor[0, 0].numel() / 4
            scale = (4.5 / fan) ** 0.5
        scale = float(np.float32(scale))
        value = np.float32(offset) + np.float32(scale) * counter.uniform(1 + p, tuple(tensor.shape))
        tensor.data.copy_(torch.from_numpy(value))
        layout.append([name, list(tensor.shape), offset, scale])
        p += 1
    return layout


def relative(a, b, floor=0.0):
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    return float("%.3g" % (np.linalg.norm(a - b) / max(np.linalg.norm(b), floor)))


def run(net, inputs, loss, training):
    net.train(training)
    for parameter in net.parameters():
        parameter.grad = None
    out = net(inputs[0])
    value = loss(out, *inputs)
    value.backward()
    return out.detach().numpy(), value.item(), {n: p.grad.numpy() for n, p in net.named_parameters()}


def main():
    networks = {
        "unet": (UNet(), [(2, 1, 128, 128)] * 2, lambda o, x, y: (o * x - y).abs().mean(), (False, True)),
        "open_unmix": (OpenUnmix(), [(12, 2, 2, 2049)] * 2, lambda o, x, y: ((o - y) ** 2).mean(), (False, True)),
        "scu": (Scu(), [(1, 1, 43, 29), (1, 4, 43, 29)], lambda o, x, y: ((o - y) ** 2).mean(), (False,)),
    }
    tensors, metadata = {}, {}
    for name, (net, shapes, loss, modes) in networks.items():
        layout = fill(net)
        inputs = [torch.from_numpy(np.abs(counter.uniform(5000 + k, s))) for k, s in enumerate(shapes)]
        entry = {"layout": layout, "inputs": [list(s) for s in shapes]}
        for training in modes:
            mode = "train" if training else "eval"
            out32, loss32, grads32 = run(copy.deepcopy(net), inputs, loss, training)
            out64, loss64, grads64 = run(copy.deepcopy(net).double(), [x.double() for x in inputs], loss, training)
            assert out64.std() > 0.05, (name, out64.std())
            tensors[f"{name}/{mode}/out"] = counter.sample(out64, 2000)
            for k, g in grads64.items():
                tensors[f"{name}/{mode}/grad/{k}"] = counter.sample(g, 48)
            # A bias before a batch norm has gradient zero: what is left is rounding, measured against the others.
            floor = 1e-3 * max(np.linalg.norm(counter.sample(g, 48)) for g in grads64.values())
            grad32 = {k: relative(counter.sample(grads32[k], 48), counter.sample(g, 48), floor) for k, g in grads64.items()}
            entry[mode] = {"loss": loss64, "shape": list(out64.shape), "outMax32": float(np.abs(out32 - out64).max()),
                           "out32": relative(out32, out64), "grad32": grad32}
            print(f"{name:10s} {mode:5s} out {list(out64.shape)} std {out64.std():.3f}, torch float32: max {np.abs(out32 - out64).max():.1e}, "
                  f"gradients {np.median(list(grad32.values())):.1e} median, {max(grad32.values()):.1e} most")
        metadata[name] = json.dumps(entry, separators=(",", ":"))
    path = os.path.join(HERE, "networks.safetensors")
    safetensors_np.write(path, tensors, metadata)
    print(f"{os.path.getsize(path) / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
