"""The networks of `descant bench` in PyTorch, at the same sizes, for measuring and for export to ONNX."""
import torch
from torch import nn
from torch.nn import functional as F


class UNet(nn.Module):
    """Jansson's U-Net: six levels of 5 x 5 convolutions of stride 2, 16 to 512 maps, a sigmoid mask."""

    WIDTHS = (16, 32, 64, 128, 256, 512)

    def __init__(self):
        super().__init__()
        down, up = [], []
        inputs = 1
        for width in self.WIDTHS:
            down.append(nn.Sequential(nn.Conv2d(inputs, width, 5, 2, 2), nn.BatchNorm2d(width), nn.LeakyReLU(0.2)))
            inputs = width
        for level, width in enumerate(reversed(self.WIDTHS[:-1])):
            layers = [nn.ConvTranspose2d(inputs, width, 5, 2, 2, output_padding=1), nn.BatchNorm2d(width), nn.ReLU()]
            up.append(nn.Sequential(*layers, *([nn.Dropout(0.5)] if level < 3 else [])))
            inputs = 2 * width
        self.down, self.up = nn.ModuleList(down), nn.ModuleList(up)
        self.head = nn.ConvTranspose2d(inputs, 1, 5, 2, 2, output_padding=1)

    def forward(self, x):
        maps = []
        for level in self.down:
            x = level(x)
            maps.append(x)
        maps.pop()
        for level in self.up:
            x = torch.cat([level(x), maps.pop()], 1)
        return torch.sigmoid(self.head(x))


class PlainUNet(nn.Module):
    """Pairs of 3 x 3 convolutions at 32 to 256 maps, max pooling down, 2 x 2 transposed convolutions up."""

    WIDTHS = (32, 64, 128, 256)

    @staticmethod
    def pair(inputs, outputs):
        return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(), nn.Conv2d(outputs, outputs, 3, padding=1), nn.ReLU())

    def __init__(self):
        super().__init__()
        w = self.WIDTHS
        self.encoders = nn.ModuleList([self.pair(1 if i == 0 else w[i - 1], w[i]) for i in range(4)])
        self.ups = nn.ModuleList([nn.ConvTranspose2d(w[i + 1], w[i], 2, 2) for i in (2, 1, 0)])
        self.decoders = nn.ModuleList([self.pair(2 * w[i], w[i]) for i in (2, 1, 0)])
        self.head = nn.Conv2d(w[0], 4, 1)

    def forward(self, x):
        maps = []
        for i, encoder in enumerate(self.encoders):
            x = encoder(x if i == 0 else F.max_pool2d(x, 2))
            maps.append(x)
        maps.pop()
        for up, decoder in zip(self.ups, self.decoders):
            skip, x = maps.pop(), up(x)
            x = F.pad(x, (0, skip.shape[3] - x.shape[3], 0, skip.shape[2] - x.shape[2]))
            x = decoder(torch.cat([skip, x], 1))
        return torch.relu(self.head(x))


class OpenUnmix(nn.Module):
    """Open-Unmix for stereo: 1487 of 2049 bins in, three bidirectional LSTM layers, all bins out. [frames, batch, 2, bins]."""

    def __init__(self):
        super().__init__()
        self.input_mean, self.input_scale = nn.Parameter(torch.zeros(1487)), nn.Parameter(torch.ones(1487))
        self.output_mean, self.output_scale = nn.Parameter(torch.ones(2049)), nn.Parameter(torch.ones(2049))
        self.fc1, self.bn1 = nn.Linear(2 * 1487, 512, bias=False), nn.BatchNorm1d(512)
        self.lstm = nn.LSTM(512, 256, 3, bidirectional=True, dropout=0.4)
        self.fc2, self.bn2 = nn.Linear(1024, 512, bias=False), nn.BatchNorm1d(512)
        self.fc3, self.bn3 = nn.Linear(512, 2 * 2049, bias=False), nn.BatchNorm1d(2 * 2049)

    def forward(self, mixture):
        frames, batch = mixture.shape[:2]
        x = (mixture[..., :1487] + self.input_mean) * self.input_scale
        x = torch.tanh(self.bn1(self.fc1(x.reshape(-1, 2 * 1487)))).reshape(frames, batch, 512)
        x = torch.cat([x, self.lstm(x)[0]], -1)
        x = F.relu(self.bn2(self.fc2(x.reshape(-1, 1024))))
        x = self.bn3(self.fc3(x)).reshape(frames, batch, 2, 2049)
        return F.relu(x * self.output_scale + self.output_mean) * mixture
