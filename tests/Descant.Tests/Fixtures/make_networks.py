"""Makes networks.safetensors: whole networks in PyTorch, as digests of outputs and gradients.

Weights and inputs are not stored: value i of parameter p (numbered in `named_parameters` order, then the running
statistics) is offset + scale * counter.uniform(1 + p)[i] in float32, inputs are |counter.uniform(5000 + k)|. Stored are
at most 2000 evenly spaced entries of each output and 48 of each parameter's gradient (counter.sample), computed in
float64; the header gives for each network the parameters with shape, offset and scale, the losses, and PyTorch's own
float32 error on the same entries, |a - b|_2 / max(|b|_2, 0.001 times the largest |b|_2 of the network).

The networks (definitions are ours; widths are the papers'):
  unet        Jansson et al. 2017: 6 + 6 levels, 5x5, stride 2, 16…512 channels, batch norm everywhere but on the mask,
              LeakyReLU 0.2 down, ReLU up, sigmoid mask; loss mean |mask x - y|; 2 x 1 x 128 x 128, dropout off
  unet_s0     S0's U-Net (Wu): 4 + 4 levels, 4x4, padding 1, 16…128 channels, epsilon 2e-5 as in Chainer; 2 x 1 x 64 x 48
  open_unmix  Stöter et al. 2019: scaler, 2974 -> 512, three bidirectional LSTM layers, 1024 -> 512 -> 4098, mask by ReLU;
              loss MSE; 12 frames, batch 2, stereo, dropout off
  transformer the same with one encoder and one decoder layer of 512 features (8 heads, 2048 between) in place of the LSTM, both fed
              with x + sines and cosines of position; loss MSE
  time        S1's time-domain model: 1 -> 24 -> 32 features by strides 4 and 4, LSTM, 2 x 400 samples; loss MSE
  time_wave   the same behind four levels of a Wave-U-Net (6 i filters of 15, every second sample) and one convolution
  wave_u_net  Stoller et al. 2018, M4: 12 levels of 24 i filters, kernels 15 and 5, stereo, 135,155 samples give 4101; loss MSE
  fusion_b/a  Li et al. 2019: residual blocks, 8…32 channels, summed skips, two outputs, halving by stride or by pooling; loss MSE
  fusion_plain   fusion_b without the poolings that keep the size
  channels    Oh et al. 2018: 16…128 channels, 3x3 and 5x5, max pooling, odd sizes padded, four outputs; loss MSE; 2 x 1 x 43 x 29
  clustering  S4's deep clustering: four bidirectional GRU layers (48 units), 128 bands, D = 20, unit directions; the affinity
              loss of S4 by its low-rank form, which the script compares with |VV' - YY'|^2; 2 x 12 frames x 128
  hybrid      the same with the mask head; output log p0 - log p1 of the softmax, loss BCE against the proportion mask less its entropy
  mel_unet, mel_unet_legacy   S4's U-Net, widths / 4: as stated (four poolings) and as its code has it (two poolings, the
              surplus cut); logits, the same loss; 2 x 1 x 32 x 32, dropout off
  skip_gru    GRU-RIS (Mimilakis et al. 2018) with 24 of 65 bins and two iterations; loss generalised KL; 20 frames, batch 2
  generator   MUNIT-like masking network, width 4, one halving; loss MSE; 2 x 1 x 16 x 16
  discriminator   three scales, width 4, two layers; output and loss: least-squares errors against 1 and 0; 2 x 1 x 32 x 32
Run: /usr/bin/python3 make_networks.py    (torch 1.13; a few minutes)
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
    def __init__(self, levels, kernel, padding, output_padding, epsilon):
        super().__init__()
        widths = [1, *(16 * 2 ** i for i in range(levels))]
        self.down = nn.ModuleList(nn.Conv2d(a, b, kernel, stride=2, padding=padding) for a, b in zip(widths, widths[1:]))
        self.down_norm = nn.ModuleList(nn.BatchNorm2d(b, epsilon) for b in widths[1:])
        ups = [(widths[i] * (1 if i == levels else 2), widths[i - 1]) for i in range(levels, 0, -1)]
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, b, kernel, stride=2, padding=padding, output_padding=output_padding) for a, b in ups)
        self.up_norm = nn.ModuleList(nn.BatchNorm2d(b, epsilon) for _, b in ups[:-1])

    def forward(self, x):
        skips = []
        for conv, norm in zip(self.down, self.down_norm):
            x = F.leaky_relu(norm(conv(x)), 0.2)
            skips.append(x)
        skips.pop()
        for conv, norm in zip(self.up, self.up_norm):
            x = torch.cat([F.relu(norm(conv(x))), skips.pop()], 1)
        return torch.sigmoid(self.up[-1](x))


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

    def along_time(self, x):
        return self.lstm(x)[0]

    def forward(self, mix):                                       # frames, batch, channels, bins
        frames, batch, channels, bins = mix.shape
        x = (mix[..., :1487] + self.input_mean) * self.input_scale
        x = torch.tanh(self.bn1(self.fc1(x.reshape(frames * batch, -1)))).reshape(frames, batch, 512)
        x = torch.cat([x, self.along_time(x)], -1)
        x = F.relu(self.bn2(self.fc2(x.reshape(frames * batch, -1))))
        x = self.bn3(self.fc3(x)).reshape(frames, batch, channels, bins)
        return F.relu(x * self.output_scale + self.output_mean) * mix


class OpenUnmixTransformer(OpenUnmix):
    def __init__(self):
        super().__init__()
        self.lstm = None
        self.transformer = nn.Transformer(512, 8, 1, 1, 2048, dropout=0.0)

    def along_time(self, x):                                      # frames, batch, features
        frames, width = x.shape[0], x.shape[2]
        place = torch.arange(frames, dtype=torch.float64)[:, None] * 10000.0 ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)
        x = x + torch.stack([place.sin(), place.cos()], 2).reshape(frames, 1, width).to(x.dtype)
        return self.transformer(x, x)


class TimeDomain(nn.Module):
    def __init__(self, wave=False):
        super().__init__()
        if wave:
            widths = [2, 6, 12, 18, 24, 32]
            self.down = nn.ModuleList(nn.Conv1d(a, b, 15, padding=7) for a, b in zip(widths, widths[1:]))
        else:
            self.conv1 = nn.Conv1d(2, 24, 8, stride=4, padding=2)
            self.conv2 = nn.Conv1d(24, 32, 8, stride=4, padding=2)
        self.wave = wave
        self.conv3 = nn.Conv1d(32, 32, 5, padding=2)
        self.lstm = nn.LSTM(32, 16, 3, bidirectional=True)
        self.fc1 = nn.Linear(64, 32, bias=False)
        self.bn1 = nn.BatchNorm1d(32)
        self.fc2 = nn.Linear(32, 2 * 16, bias=False)
        self.output_scale = nn.Parameter(torch.ones(16))
        self.output_mean = nn.Parameter(torch.zeros(16))

    def forward(self, x):                                         # batch, channels, samples
        batch, channels, samples = x.shape
        a = self.features(x)
        b = torch.tanh(self.conv3(a) + a).permute(2, 0, 1)
        y = torch.cat([b, self.lstm(b)[0]], 2).reshape(-1, 64)
        y = self.fc2(F.relu(self.bn1(self.fc1(y)))).reshape(-1, batch, channels, 16)
        y = y * self.output_scale + self.output_mean
        return y.permute(1, 2, 0, 3).reshape(batch, channels, samples)

    def features(self, x):
        if not self.wave:
            return F.relu(self.conv2(F.relu(self.conv1(x))))
        for level in self.down[:-1]:
            x = F.leaky_relu(level(x), 0.2)[:, :, ::2]
        return F.leaky_relu(self.down[-1](x), 0.2)


class WaveUNet(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [2, *(24 * i for i in range(1, 14))]
        self.down = nn.ModuleList(nn.Conv1d(a, b, 15) for a, b in zip(widths[:12], widths[1:13]))
        self.deepest = nn.Conv1d(288, 312, 15)
        self.up = nn.ModuleList(nn.Conv1d(widths[i] + widths[i + 1], widths[i], 5) for i in range(12, 0, -1))
        self.head = nn.Conv1d(26, 2, 1)

    def forward(self, mixture):
        def middle(x, samples):
            start = (x.shape[2] - samples) // 2
            return x[:, :, start:start + samples]
        skips, x = [], mixture
        for conv in self.down:
            x = F.leaky_relu(conv(x), 0.2)
            skips.append(x)
            x = x[:, :, ::2]
        x = F.leaky_relu(self.deepest(x), 0.2)
        for conv in self.up:
            x = F.interpolate(x, size=2 * x.shape[2] - 1, mode="linear", align_corners=True)
            x = F.leaky_relu(conv(torch.cat([middle(skips.pop(), x.shape[2]), x], 1)), 0.2)
        heard = middle(mixture, x.shape[2])
        first = torch.tanh(self.head(torch.cat([heard, x], 1)))
        return torch.stack([first, heard - first], 1)


class Block(nn.Module):
    """Convolution, batch norm, leaky ReLU (slope 1 for none)."""

    def __init__(self, conv, slope, eps=1e-5):
        super().__init__()
        self.conv, self.norm, self.slope = conv, nn.BatchNorm2d(conv.out_channels, eps=eps), slope

    def forward(self, x):
        x = self.norm(self.conv(x))
        return x if self.slope == 1 else F.leaky_relu(x, self.slope)


class FusionDown(nn.Module):
    def __init__(self, strided, pools, a, b):
        super().__init__()
        self.strided, self.pools = strided, pools
        self.first = Block(nn.Conv2d(a, b, 5, stride=2 if strided else 1, padding=2), 0.2, 1e-3)
        self.residual = nn.ModuleList(Block(nn.Conv2d(b, b, 5, padding=2), slope, 1e-3) for slope in (0.2, 0.2, 1))
        self.last = Block(nn.Conv2d(b, b, 5, padding=2), 0.2, 1e-3)

    def forward(self, x):
        pool = (lambda y: F.max_pool2d(y, 3, stride=1, padding=1)) if self.pools else (lambda y: y)
        x = pool(self.first(x))
        r = x
        for conv in self.residual:
            r = conv(r)
        x = self.last(pool(F.leaky_relu(x + r, 0.2)))
        return pool(x) if self.strided else F.max_pool2d(x, 2)


class FusionUp(nn.Module):
    def __init__(self, a, b):
        super().__init__()
        same = lambda slope: Block(nn.ConvTranspose2d(b, b, 5, padding=2), slope, 1e-3)
        self.doubling = Block(nn.ConvTranspose2d(a, b, 5, stride=2, padding=2, output_padding=1), 0, 1e-3)
        self.first = same(0)
        self.residual = nn.ModuleList(same(slope) for slope in (0, 0, 1))
        self.last = same(0)

    def forward(self, x):
        x = self.first(self.doubling(x))
        r = x
        for conv in self.residual:
            r = conv(r)
        return self.last(F.relu(x + r))


class Fusion(nn.Module):
    def __init__(self, strided, pools):
        super().__init__()
        self.down = nn.ModuleList(FusionDown(strided, pools, a, b) for a, b in ((1, 8), (8, 16), (16, 32)))
        self.up = nn.ModuleList(FusionUp(a, b) for a, b in ((32, 16), (16, 8)))
        self.head = nn.ConvTranspose2d(8, 2, 5, stride=2, padding=2, output_padding=1)

    def forward(self, x):
        skips = []
        for down in self.down:
            x = down(x)
            skips.append(x)
        skips.pop()
        for up in self.up:
            x = up(x) + skips.pop()
        return F.leaky_relu(self.head(x), 0.2)


class Channels(nn.Module):
    def __init__(self):
        super().__init__()
        widths = [1, 16, 32, 64, 128]
        self.encoder = nn.ModuleList(Block(nn.Conv2d(a, b, 3, padding=1), 0) for a, b in zip(widths, widths[1:]))
        self.upsampler = nn.ModuleList(Block(nn.ConvTranspose2d(2 * w, w, 5, stride=2, padding=2, output_padding=1), 0) for w in (64, 32, 16))
        self.decoder = nn.ModuleList(Block(nn.ConvTranspose2d(2 * w, w, 3, padding=1), 0) for w in (64, 32, 16))
        self.head = nn.Conv2d(16, 4, 1)

    def forward(self, x):                                         # 43 x 29, padded to 48 x 32
        bins, frames = x.shape[2:]
        x = F.pad(x, (1, 2, 2, 3))
        skips = []
        for i, conv in enumerate(self.encoder):
            x = conv(F.max_pool2d(x, 2) if i else x)
            skips.append(x)
        skips.pop()
        for up, conv in zip(self.upsampler, self.decoder):
            x = conv(torch.cat([up(x), skips.pop()], 1))
        return F.relu(self.head(x))[:, :, 2:2 + bins, 1:1 + frames]


class Clustering(nn.Module):
    def __init__(self, has_head):
        super().__init__()
        self.gru = nn.GRU(128, 48, 4, bidirectional=True)
        self.embed = nn.Linear(96, 128 * 20)
        self.head = nn.Linear(128 * 20, 256) if has_head else None

    def forward(self, x):                                         # batch, frames, bands
        values = self.embed(self.gru(x.transpose(0, 1))[0]).transpose(0, 1)
        if self.head:
            p = torch.softmax(self.head(values).reshape(*x.shape, 2), -1)
            return torch.log(p[..., 0]) - torch.log(p[..., 1])
        return F.normalize(torch.tanh(values).reshape(x.shape[0], -1, 20), dim=2)


def affinity(v, x, voice, rest):
    y = (voice > rest).to(v).reshape(v.shape[0], -1)
    y = torch.stack([y, 1 - y], 2)
    square = lambda a, b: (a.transpose(1, 2) @ b).square().sum((1, 2))
    loss = ((square(v, v) + square(y, y) - 2 * square(v, y)) / v.shape[1] ** 2).mean()
    if v.dtype == torch.float64:
        pairs = ((v @ v.transpose(1, 2) - y @ y.transpose(1, 2)) ** 2).mean()
        assert abs(pairs.item() - loss.item()) < 1e-12, (pairs, loss)
    return loss


def shares(logits, x, voice, rest):
    p = torch.sigmoid(logits).reshape(x.shape)
    share = (voice / (voice + rest + 1e-12)).to(p)
    return F.binary_cross_entropy(p, share) - F.binary_cross_entropy(share, share)


class DoubleConv(nn.ModuleList):
    def __init__(self, a, b):
        super().__init__(nn.ModuleDict({"conv": nn.Conv2d(i, b, 3, padding=1), "norm": nn.BatchNorm2d(b)}) for i in (a, b))

    def forward(self, x):
        for block in self:
            x = F.relu(block["norm"](block["conv"](x)))
        return x


class MelUNet(nn.Module):
    def __init__(self, legacy):
        super().__init__()
        w = [16, 32, 64, 128, 128]
        self.legacy = legacy
        self.first = DoubleConv(1, w[0])
        self.down = nn.ModuleList(DoubleConv(a, b) for a, b in zip(w, w[1:]))
        self.up = nn.ModuleList(nn.ConvTranspose2d(a, a, 2, stride=2) for a in (128, 64, 32, 16))
        self.merge = nn.ModuleList(DoubleConv(2 * a, b) for a, b in ((128, 64), (64, 32), (32, 16), (16, 16)))
        self.head = nn.Conv2d(16, 1, 1)

    def forward(self, x):
        skips, x = [], self.first(x.unsqueeze(1))
        for i, down in enumerate(self.down):
            skips.append(x)
            x = down(x if self.legacy and i % 2 else F.max_pool2d(x, 2))
        for up, merge in zip(self.up, self.merge):
            x, skip = up(x), skips.pop()
            h, w = x.shape[2] - skip.shape[2], x.shape[3] - skip.shape[3]
            x = x[:, :, h // 2:h // 2 + skip.shape[2], w // 2:w // 2 + skip.shape[3]]
            x = merge(torch.cat([skip, x], 1))
        return self.head(x)


class SkipGru(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.GRU(24, 24, bidirectional=True)
        self.decoder = nn.GRU(48, 48)
        self.mask = nn.Linear(48, 65)
        self.denoiser = nn.ModuleList([nn.Linear(65, 32), nn.Linear(32, 65)])

    def forward(self, x):                                         # frames, batch, bins
        seen = x[:, :, :24]
        h = (self.encoder(seen)[0] + torch.cat([seen, seen], 2))[3:-3]
        for _ in range(3):
            h = self.decoder(h)[0]
        masked = F.relu(self.mask(h)) * x[3:-3]
        return F.relu(self.denoiser[1](F.relu(self.denoiser[0](masked)))) * masked


def divergence(estimate, x, target):
    t = target[3:-3]
    return (t * (torch.log(t + 1e-6) - torch.log(estimate + 1e-6)) + estimate - t).sum(-1).mean()


class Padded(nn.Module):
    def __init__(self, a, b, kernel, stride, bias=True):
        super().__init__()
        self.pad, self.conv = (kernel - 1) // 2, nn.Conv2d(a, b, kernel, stride=stride, bias=bias)

    def forward(self, x):
        return self.conv(F.pad(x, (self.pad,) * 4, mode="reflect"))


class Generator(nn.Module):
    def __init__(self):
        super().__init__()
        self.down = nn.ModuleList([Padded(1, 4, 7, 1, False), Padded(4, 8, 4, 2, False)])
        self.block = nn.ModuleList(nn.ModuleList([Padded(8, 8, 3, 1, False), Padded(8, 8, 3, 1, False)]) for _ in range(2))
        self.up = nn.ModuleList([Padded(8, 4, 5, 1)])
        self.up_norm = nn.ModuleList([nn.GroupNorm(1, 4)])
        self.head = Padded(4, 1, 7, 1)

    def forward(self, x):
        for down in self.down:
            x = F.relu(F.instance_norm(down(x)))
        for a, b in self.block:
            x = x + F.instance_norm(b(F.relu(F.instance_norm(a(x)))))
        x = F.relu(self.up_norm[0](self.up[0](F.interpolate(x, scale_factor=2))))
        return torch.sigmoid(self.head(x))


class Discriminator(nn.Module):
    def __init__(self):
        super().__init__()
        scale = lambda: nn.ModuleDict({"layer": nn.ModuleList([Padded(1, 4, 4, 2), Padded(4, 8, 4, 2)]), "head": nn.Conv2d(8, 1, 1)})
        self.scale = nn.ModuleList(scale() for _ in range(3))

    def forward(self, x):
        errors = [0, 0]
        for scale in self.scale:
            y = x
            for layer in scale["layer"]:
                y = F.leaky_relu(layer(y), 0.2)
            y = scale["head"](y)
            errors = [errors[0] + ((y - 1) ** 2).mean(), errors[1] + (y ** 2).mean()]
            x = F.avg_pool2d(x, 3, 2, 1, count_include_pad=False)
        return torch.stack(errors)


def fill(net):
    """Sets every parameter and running statistic by the formula; returns what the other side needs to do the same."""
    layout, p = [], 0
    transposed = {name + ".weight": m for name, m in net.named_modules() if isinstance(m, nn.ConvTranspose2d)}
    for name, tensor in [*net.named_parameters(), *((n, b) for n, b in net.named_buffers() if "num_batches" not in n)]:
        norm, kind = ("norm" in name or "bn" in name), name.rsplit(".", 1)[-1]
        offset, scale = 0.0, 0.1
        if kind == "running_var":
            offset, scale = 1.0, 0.3
        elif norm and kind == "weight" or kind in ("input_scale", "output_scale", "output_mean"):
            offset, scale = 1.0, 0.2
        elif name in ("mask.bias", "denoiser.1.bias"):
            offset = 0.5
        elif kind.startswith("weight_"):
            scale = 0.08
        elif kind == "weight":
            fan = tensor.shape[0] * tensor[0, 0].numel() / transposed[name].stride[0] ** 2 if name in transposed else tensor[0].numel()
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
        "unet": (UNet(6, 5, 2, 1, 1e-5), [(2, 1, 128, 128)] * 2, lambda o, x, y: (o * x - y).abs().mean(), (False, True)),
        "unet_s0": (UNet(4, 4, 1, 0, 2e-5), [(2, 1, 64, 48)] * 2, lambda o, x, y: (o * x - y).abs().mean(), (False, True)),
        "open_unmix": (OpenUnmix(), [(12, 2, 2, 2049)] * 2, lambda o, x, y: ((o - y) ** 2).mean(), (False, True)),
        "transformer": (OpenUnmixTransformer(), [(12, 2, 2, 2049)] * 2, lambda o, x, y: ((o - y) ** 2).mean(), (False, True)),
        "time": (TimeDomain(), [(2, 2, 400)] * 2, lambda o, x, y: ((o - y) ** 2).mean(), (False, True)),
        "time_wave": (TimeDomain(wave=True), [(2, 2, 400)] * 2, lambda o, x, y: ((o - y) ** 2).mean(), (False, True)),
        "wave_u_net": (WaveUNet(), [(1, 2, 135155), (1, 2, 2, 4101)], lambda o, x, y: ((o - y) ** 2).mean(), (False,)),
        "fusion_b": (Fusion(True, pools=True), [(2, 1, 40, 32), (2, 2, 40, 32)], lambda o, x, y: ((o - y) ** 2).mean(), (False, True)),
        "fusion_plain": (Fusion(True, pools=False), [(2, 1, 40, 32), (2, 2, 40, 32)], lambda o, x, y: ((o - y) ** 2).mean(), (False, True)),
        "fusion_a": (Fusion(False, pools=False), [(2, 1, 40, 32), (2, 2, 40, 32)], lambda o, x, y: ((o - y) ** 2).mean(), (False, True)),
        "channels": (Channels(), [(2, 1, 43, 29), (2, 4, 43, 29)], lambda o, x, y: ((o - y) ** 2).mean(), (False, True)),
        "clustering": (Clustering(False), [(2, 12, 128)] * 3, affinity, (False,)),
        "hybrid": (Clustering(True), [(2, 12, 128)] * 3, shares, (False,)),
        "mel_unet": (MelUNet(False), [(2, 32, 32)] * 3, shares, (False, True)),
        "mel_unet_legacy": (MelUNet(True), [(2, 32, 32)] * 3, shares, (False, True)),
        "skip_gru": (SkipGru(), [(20, 2, 65)] * 2, divergence, (False,)),
        "generator": (Generator(), [(2, 1, 16, 16)] * 2, lambda o, x, y: ((o - y) ** 2).mean(), (False,)),
        "discriminator": (Discriminator(), [(2, 1, 32, 32)], lambda o, x: o.mean(), (False,)),
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
