"""Times the workloads of `descant bench` in PyTorch; prints {"workload": milliseconds}. usage: torch_peer.py THREADS [WORKLOAD ...]"""
import json
import statistics
import sys
import time

import torch

from networks import OpenUnmix, PlainUNet, UNet


def median_ms(run, seconds=3.0, fewest=5, most=41):
    run()
    run()
    times, start = [], time.perf_counter()
    while len(times) < fewest or (len(times) < most and time.perf_counter() - start < seconds):
        began = time.perf_counter()
        run()
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


def inference(network, x, channels_last):
    network = network.eval()
    if channels_last:
        network, x = network.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)

    def run():
        with torch.no_grad():
            network(x)
    return run


def training(network, x, target, loss):
    optimizer = torch.optim.Adam(network.train().parameters(), 1e-3)

    def run():
        optimizer.zero_grad()
        loss(network(x), x, target).backward()
        optimizer.step()
    return run


def best(*candidates):
    """The faster of several ways to run the same thing: the rival gets its best."""
    return min(median_ms(run, seconds=1.5) for run in candidates)


def matrix():
    a, b = torch.rand(1024, 1024), torch.rand(1024, 1024)
    c = torch.empty(1024, 1024)
    return best(lambda: torch.mm(a, b, out=c))


def masked_l1(mask, x, target):
    return (mask * x - target).abs().mean()


def mse(estimate, _, target):
    return ((estimate - target) ** 2).mean()


WORKLOADS = {
    "sgemm-1024": matrix,
    "unet-b1": lambda: best(*(inference(UNet(), torch.rand(1, 1, 512, 128), cl) for cl in (False, True))),
    "unet-b8": lambda: best(*(inference(UNet(), torch.rand(8, 1, 512, 128), cl) for cl in (False, True))),
    "unet-train-b16": lambda: best(training(UNet(), torch.rand(16, 1, 512, 128), torch.rand(16, 1, 512, 128), masked_l1)),
    "unet3x3-full": lambda: best(*(inference(PlainUNet(), torch.rand(1, 1, 1025, 173), cl) for cl in (False, True))),
    "open-unmix-t2000": lambda: best(inference(OpenUnmix(), torch.rand(2000, 1, 2, 2049), False)),
    "open-unmix-train-b16": lambda: best(training(OpenUnmix(), torch.rand(256, 16, 2, 2049), torch.rand(256, 16, 2, 2049), mse)),
}

if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(0)
    print(json.dumps({name: WORKLOADS[name]() for name in sys.argv[2:] or WORKLOADS if name in WORKLOADS}))
