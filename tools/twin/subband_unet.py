"""The SubbandUNet of src/Descant/Networks/SubbandUNet.cs in PyTorch, layer by layer under the same parameter names."""
from dataclasses import dataclass

import torch
from torch import nn
import torch.nn.functional as F

TARGET_RMS = 0.1
SILENCE = 1e-4
POWER_FLOOR = 1e-6
SLOPE = 0.1


@dataclass
class Options:
    fft: int = 4096
    hop: int = 1024
    bands: int = 4  # contiguous quarters of the spectrum, stacked as channels
    widths: tuple = (32, 48, 80, 144, 208)  # feature maps by level; each level halves rows and frames
    bottleneck: int = 8  # rows of a column divided by this: inner width of the frequency layers
    hidden: int = 128  # units of the recurrent layers at the bottom
    paths: int = 2  # pairs of recurrent layers, one along the rows, one along the frames
    sources: tuple = ("vocals", "accompaniment")  # the last one is what the others leave


class Block(nn.Module):
    """Convolution, batch norm, leaky rectifier."""

    def __init__(self, conv):
        super().__init__()
        self.conv = conv
        channels = conv.weight.shape[1] if isinstance(conv, nn.ConvTranspose2d) else conv.weight.shape[0]
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x):
        return F.leaky_relu(self.norm(self.conv(x)), SLOPE)


class FrequencyLayer(nn.Module):
    """A bottleneck of two linear layers over the rows of each column, each followed by batch norm and rectifier."""

    def __init__(self, channels, rows, inner):
        super().__init__()
        self.down = nn.Linear(rows, inner, bias=False)
        self.down_norm = nn.BatchNorm2d(channels)
        self.up = nn.Linear(inner, rows, bias=False)
        self.up_norm = nn.BatchNorm2d(channels)

    def forward(self, x):  # [batch, channels, rows, frames]
        y = F.leaky_relu(self.down_norm(mix_rows(self.down.weight, x)), SLOPE)
        return x + F.leaky_relu(self.up_norm(mix_rows(self.up.weight, y)), SLOPE)


def mix_rows(weight, x):
    """weight [out rows, rows] over axis 2 of x [batch, channels, rows, frames]; kept channels-last."""
    batch, channels, rows, frames = x.shape
    flat = x.permute(0, 2, 3, 1).reshape(batch, rows, frames * channels)
    y = torch.matmul(weight, flat)
    return y.reshape(batch, weight.shape[0], frames, channels).permute(0, 3, 1, 2)


class Stage(nn.Module):
    """Two 3 × 3 convolutions with a frequency layer between them, the second around a shortcut."""

    def __init__(self, inputs, channels, rows, bottleneck):
        super().__init__()
        self.first = Block(nn.Conv2d(inputs, channels, 3, 1, 1, bias=False))
        self.rows = FrequencyLayer(channels, rows, max(rows // bottleneck, 8))
        self.second = Block(nn.Conv2d(channels, channels, 3, 1, 1, bias=False))

    def forward(self, x):
        x = self.rows(self.first(x))
        return x + self.second(x)


class Path(nn.Module):
    """A recurrent layer in both directions along one axis, around a shortcut."""

    def __init__(self, channels, hidden):
        super().__init__()
        self.norm = nn.LayerNorm(channels)
        self.gru = nn.GRU(channels, hidden, bidirectional=True)
        self.project = nn.Linear(2 * hidden, channels)

    def forward(self, x):  # [steps, batch, channels]
        with torch.autocast(x.device.type, enabled=False):  # recurrence in single precision
            x = x.to(self.norm.weight.dtype)
            return x + self.project(self.gru(self.norm(x))[0])


class SubbandUNet(nn.Module):
    def __init__(self, options):
        super().__init__()
        self.options = o = options
        self.bins = o.fft // 2
        self.masks = len(o.sources) - 1
        self.register_buffer("input_scale", torch.ones(self.bins))
        self.register_buffer("window", torch.hann_window(o.fft), persistent=False)
        rows = self.bins // o.bands
        levels = len(o.widths)
        self.stem = Block(nn.Conv2d(8 * o.bands, o.widths[0], 3, 1, 1, bias=False))
        self.encoder = nn.ModuleList(Stage(o.widths[i], o.widths[i], rows >> i, o.bottleneck) for i in range(levels - 1))
        self.down = nn.ModuleList(Block(nn.Conv2d(o.widths[i], o.widths[i + 1], 2, 2, bias=False)) for i in range(levels - 1))
        self.bottom = Stage(o.widths[-1], o.widths[-1], rows >> (levels - 1), o.bottleneck)
        self.along_rows = nn.ModuleList(Path(o.widths[-1], o.hidden) for _ in range(o.paths))
        self.along_frames = nn.ModuleList(Path(o.widths[-1], o.hidden) for _ in range(o.paths))
        self.up = nn.ModuleList(Block(nn.ConvTranspose2d(o.widths[i + 1], o.widths[i], 2, 2, bias=False)) for i in range(levels - 1))
        self.decoder = nn.ModuleList(Stage(2 * o.widths[i], o.widths[i], rows >> i, o.bottleneck) for i in range(levels - 1))
        self.head = nn.Conv2d(o.widths[0], self.masks * 4 * o.bands, 1)

    @property
    def multiple(self):
        return 1 << (len(self.options.widths) - 1)

    def stft(self, x):
        """[batch, channels, samples] to complex [batch, channels, bins + 1, frames]."""
        batch, channels, samples = x.shape
        spectrum = torch.stft(x.reshape(batch * channels, samples), self.options.fft, self.options.hop, window=self.window,
                              center=True, pad_mode="reflect", return_complex=True)
        return spectrum.reshape(batch, channels, *spectrum.shape[1:])

    def istft(self, spectrum, samples):
        batch, channels = spectrum.shape[:2]
        x = torch.istft(spectrum.reshape(batch * channels, *spectrum.shape[2:]), self.options.fft, self.options.hop,
                        window=self.window, center=True, length=samples)
        return x.reshape(batch, channels, samples)

    @staticmethod
    def gain(mixture):
        """Brings each item to the working level, [batch, 1, 1, 1]."""
        return TARGET_RMS / (mixture.square().mean((1, 2)).sqrt() + SILENCE)[:, None, None, None]

    def features(self, spectrum):
        """Complex [batch, 2, bins, frames] at the working level to [batch, 8, bins, frames]: square-root compressed."""
        left, right = spectrum[:, 0], spectrum[:, 1]
        both = torch.stack([left, right, (left + right) / 2, (left - right) / 2], 1)
        power = both.real.square() + both.imag.square()
        magnitude = power.sqrt() * (power + POWER_FLOOR).pow(-0.25)
        squeeze = (power[:, :2] + POWER_FLOOR).pow(-0.25)
        parts = torch.cat([magnitude, spectrum.real * squeeze, spectrum.imag * squeeze], 1)
        return parts * self.input_scale[:, None]

    def body(self, x):
        """[batch, 8, bins, frames] to masks as real and imaginary parts, [batch, masks, 2 channels, 2, bins, frames]."""
        batch, _, _, frames = x.shape
        rows = self.bins // self.options.bands
        x = x.reshape(batch, 8 * self.options.bands, rows, frames)
        x = F.pad(x, (0, -frames % self.multiple)).contiguous(memory_format=torch.channels_last)
        x = self.stem(x)
        skips = []
        for stage, down in zip(self.encoder, self.down):
            x = stage(x)
            skips.append(x)
            x = down(x)
        x = self.bottom(x)
        batch, channels, height, width = x.shape
        for along_rows, along_frames in zip(self.along_rows, self.along_frames):
            y = along_rows(x.permute(2, 0, 3, 1).reshape(height, batch * width, channels))
            y = y.reshape(height, batch, width, channels).permute(2, 1, 0, 3)  # [width, batch, height, channels]
            y = along_frames(y.reshape(width, batch * height, channels))
            x = y.reshape(width, batch, height, channels).permute(1, 3, 2, 0)
        x = x.contiguous(memory_format=torch.channels_last)
        for i in reversed(range(len(skips))):
            x = self.decoder[i](torch.cat([self.up[i](x), skips[i]], 1))
        return self.head(x)[..., :frames].reshape(batch, self.masks, 2, 2, self.bins, frames)

    def estimate(self, spectrum, gain):
        """Complex mixture [batch, 2, bins + 1, frames] to complex estimates of all sources but the last, [batch, masks, 2, bins, frames]."""
        low = spectrum[:, :, :self.bins]
        mask = self.body(self.features(low * gain)).to(low.real.dtype)
        return torch.view_as_complex(mask.permute(0, 1, 2, 4, 5, 3).contiguous()) * low[:, None]

    def forward(self, mixture):
        """[batch, 2, samples] to [batch, sources, 2, samples]."""
        samples = mixture.shape[-1]
        estimate = self.estimate(self.stft(mixture), self.gain(mixture))
        estimate = F.pad(torch.view_as_real(estimate), (0, 0, 0, 0, 0, 1))  # nothing at the Nyquist bin
        estimate = torch.view_as_complex(estimate.contiguous())
        batch, masks = estimate.shape[:2]
        waves = self.istft(estimate.reshape(batch, masks * 2, *estimate.shape[3:]), samples).reshape(batch, masks, 2, samples)
        return torch.cat([waves, mixture[:, None] - waves.sum(1, keepdim=True)], 1)


PRESETS = {
    "subband": Options(),
    "subband-fast": Options(bands=8, widths=(16, 32, 64, 112), hidden=96, paths=1),
    "subband-four": Options(sources=("vocals", "drums", "bass", "other")),
    "subband-tiny": Options(fft=256, hop=64, bands=2, widths=(4, 6, 8), hidden=5, paths=1),
}


def multiply_adds(net, seconds=1.0):
    """Multiply-adds for each second of audio: convolutions, frequency layers, recurrent layers."""
    o = net.options
    rows, fps = net.bins // o.bands, 44100 / o.hop
    total = 0.0
    def conv(m, r, f):
        return m.weight.numel() * r * f
    def stage(s, r, f):
        c = s.second.conv.weight.shape[0]
        return conv(s.first.conv, r, f) + conv(s.second.conv, r, f) + 2 * s.rows.down.weight.numel() * c * f
    total += conv(net.stem.conv, rows, fps)
    for i in range(len(o.widths) - 1):
        total += stage(net.encoder[i], rows >> i, fps / (1 << i)) + stage(net.decoder[i], rows >> i, fps / (1 << i))
        total += conv(net.down[i].conv, rows >> (i + 1), fps / (2 << i)) * 2
    level = len(o.widths) - 1
    total += stage(net.bottom, rows >> level, fps / (1 << level))
    for p in list(net.along_rows) + list(net.along_frames):
        total += sum(q.numel() for q in p.parameters()) * (rows >> level) * fps / (1 << level)
    return total + conv(net.head, rows, fps)


if __name__ == "__main__":
    for name, options in PRESETS.items():
        net = SubbandUNet(options)
        print(name, sum(p.numel() for p in net.parameters()) / 1e6, "M", multiply_adds(net) / 1e9, "GMAC/s")
