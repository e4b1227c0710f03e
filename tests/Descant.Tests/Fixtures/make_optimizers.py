"""Makes optimizers.safetensors: ten steps of PyTorch's optimisers on a small quadratic, schedules and clipped norms.

Two parameters of 37 and 5 elements start at counter.uniform(1) and (2); the loss is sum c (p - t)^2 / 2 with
c = 1.5 + counter.uniform(3 | 4), t = counter.uniform(5 | 6). Everything runs in float64 and is stored as float32:
`<optimiser>/<parameter>` is [10, elements], the values after each step. The header gives each optimiser's settings and
PyTorch's own float32 error, max |a - b|, and the schedules as lists of float64.
Run: /usr/bin/python3 make_optimizers.py
"""
import json
import os

import numpy as np
import torch

import counter
import safetensors_np

HERE = os.path.dirname(os.path.abspath(__file__))
SIZES = [37, 5]


def trajectory(make, dtype, clip=None):
    p = [torch.tensor(counter.uniform(1 + k, (n,)), dtype=dtype, requires_grad=True) for k, n in enumerate(SIZES)]
    c = [torch.tensor(1.5 + counter.uniform(3 + k, (n,)), dtype=dtype) for k, n in enumerate(SIZES)]
    t = [torch.tensor(counter.uniform(5 + k, (n,)), dtype=dtype) for k, n in enumerate(SIZES)]
    optimizer, states, norms = make(p), [[] for _ in SIZES], []
    for _ in range(10):
        optimizer.zero_grad()
        sum((ck * (pk - tk) ** 2).sum() / 2 for ck, pk, tk in zip(c, p, t)).backward()
        if clip:
            norms.append(float(torch.nn.utils.clip_grad_norm_(p, clip)))
        optimizer.step()
        for k, pk in enumerate(p):
            states[k].append(pk.detach().double().numpy().copy())
    return [np.stack(s) for s in states], norms


def rates(schedule, optimizer, steps, observe=None):
    values = []
    for i in range(steps):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step(*([observe[i]] if observe else []))
    return values


def main():
    o = torch.optim
    settings = {
        "adam": (o.Adam, dict(lr=0.05)),
        "adam_decay": (o.Adam, dict(lr=0.02, betas=(0.8, 0.95), eps=1e-3, weight_decay=0.1)),
        "adamw": (o.AdamW, dict(lr=0.05, weight_decay=0.2)),
        "rmsprop": (o.RMSprop, dict(lr=0.01)),
        "rmsprop_momentum": (o.RMSprop, dict(lr=0.01, alpha=0.9, eps=1e-4, momentum=0.7, weight_decay=0.05)),
        "rmsprop_centered": (o.RMSprop, dict(lr=0.01, alpha=0.9, centered=True)),
        "sgd": (o.SGD, dict(lr=0.1)),
        "sgd_momentum": (o.SGD, dict(lr=0.05, momentum=0.9, weight_decay=0.01)),
        "sgd_nesterov": (o.SGD, dict(lr=0.05, momentum=0.9, nesterov=True)),
        "adam_clipped": (o.Adam, dict(lr=0.05)),
    }
    tensors, metadata = {}, {}
    for name, (cls, kwargs) in settings.items():
        clip = 1.5 if name == "adam_clipped" else None
        exact, norms = trajectory(lambda p: cls(p, **kwargs), torch.float64, clip)
        single, _ = trajectory(lambda p: cls(p, **kwargs), torch.float32, clip)
        for k, values in enumerate(exact):
            tensors[f"{name}/{k}"] = values
        metadata[name] = {**kwargs, "error32": max(float(np.abs(a - b).max()) for a, b in zip(exact, single)), **({"norms": norms} if clip else {})}

    def fresh():
        return o.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
    s = fresh()
    metadata["schedule_step"] = rates(o.lr_scheduler.StepLR(s, 3, 0.4), s, 12)
    losses = [5, 4, 4.2, 4.1, 3.9999, 4.3, 4.4, 4.5, 4.6, 3.0, 3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 3.8, 2.9999, 3.0, 3.1, 3.2, 3.3, 3.4]
    s = fresh()
    metadata["schedule_plateau"] = {"losses": losses, "rates": rates(o.lr_scheduler.ReduceLROnPlateau(s, factor=0.3, patience=2, cooldown=2, min_lr=0.01), s, len(losses), losses)}
    s = fresh()
    warm = o.lr_scheduler.LinearLR(s, start_factor=0.2, end_factor=1.0, total_iters=4)
    cosine = o.lr_scheduler.CosineAnnealingLR(s, T_max=10, eta_min=0.05)
    metadata["schedule_cosine"] = rates(o.lr_scheduler.SequentialLR(s, [warm, cosine], milestones=[4]), s, 15)
    path = os.path.join(HERE, "optimizers.safetensors")
    safetensors_np.write(path, tensors, {k: json.dumps(v, separators=(",", ":")) for k, v in metadata.items()})
    print({k: v["error32"] for k, v in metadata.items() if "error32" in v})
    print({k: v for k, v in metadata.items() if k.startswith("sched")})
    print(os.path.getsize(path))


if __name__ == "__main__":
    main()
