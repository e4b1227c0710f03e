"""Makes subband.safetensors: our own network, its separation, loss and gradients in PyTorch (tools/twin/subband_unet.py, train.py).

Preset `subband-four` of the twin with few features: weights, running statistics, a stereo mixture of 3000 samples and its four
sources for two items, the second true to 9 kHz only; the separation with running statistics, and with those of the batch the loss and
every gradient, all computed in float64; the metadata hold PyTorch's own float32 error of each.
Run: /usr/bin/python3 make_subband.py    (torch 1.13; seconds)
"""
import copy
import os
import sys

import numpy as np
import torch

import safetensors_np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "..", "tools", "twin"))
from subband_unet import Options, SubbandUNet  # noqa: E402
from train import Loss  # noqa: E402

OPTIONS = Options(fft=256, hop=64, bands=2, widths=(4, 6, 8), hidden=5, paths=1, sources=("vocals", "drums", "bass", "other"))

LEVELS = {"octave": 0.05, "silence": 0.03}


class Exact:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        return False


def run(net, sources, limit, **weights):
    net = copy.deepcopy(net)
    net.eval()
    with torch.no_grad():
        separated = net(sources.sum(1))
    net.train()
    loss = Loss(net, **weights)(sources, limit, Exact)
    loss.backward()
    return separated.numpy(), loss.item(), {n: p.grad.numpy() for n, p in net.named_parameters()}


def main():
    torch.manual_seed(3)
    net = SubbandUNet(OPTIONS)
    net.input_scale.uniform_(0.3, 2)
    for module in net.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
            module.weight.data.uniform_(0.5, 1.5)
            module.bias.data.normal_(0, 0.2)
    sources = 0.1 * torch.randn(2, 4, 2, 3000) * torch.tensor([1, 0.5, 0.2, 1.5])[:, None, None]
    limit = torch.tensor([22050.0, 9000.0])
    single, loss32, gradients32 = run(net, sources, limit)
    exact, loss, gradients = run(net.double(), sources.double(), limit.double())
    tensors = {f"weight/{k}": v.float().numpy() for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
    tensors.update({f"gradient/{k}": v for k, v in gradients.items()})
    tensors.update(sources=sources.float().numpy(), separated=exact)
    # With the levels of the highest octave and of silent sources in the loss; the second item's vocals and the first one's bass are silent.
    quiet = sources * torch.tensor([[1.0, 1, 0, 1], [0, 1, 1, 1]])[:, :, None, None]
    _, levels32, _ = run(net.float(), quiet, limit, **LEVELS)
    _, levels, of_levels = run(net.double(), quiet.double(), limit.double(), **LEVELS)
    tensors.update({f"levels/{k}": of_levels[k] for k in ("head.weight", "head.bias", "stem.conv.weight")})
    floor = 1e-3 * max(np.linalg.norm(g) for g in gradients.values())
    errors = {k: float(np.linalg.norm(gradients32[k] - g) / max(np.linalg.norm(g), floor)) for k, g in gradients.items()}
    print("separation", np.abs(single - exact).max(), "of", np.abs(exact).max(), "loss", loss32 - loss, "of", loss, "gradients", max(errors.values()))
    safetensors_np.write(os.path.join(HERE, "subband.safetensors"), tensors,
                         {"loss": str(loss), "levels": str(levels), "levels32": str(levels32), "separation32": str(np.abs(single - exact).max()), "gradients32": errors})


if __name__ == "__main__":
    main()
