"""Makes wiener.safetensors: the multichannel Wiener filter as its formulas stand, in numpy float64.

Written from the description of Nugraha, Liutkus and Vincent (2016) and Open-Unmix, with matrix products and
numpy.linalg.inv in place of closed forms. Spectra are complex, [frames, bins, channels]; inputs are float32 values, results
are stored as a float32 and the float32 of its error, which together keep 48 bits.

Run: /usr/bin/python3 make_wiener.py    (numpy 1.24; a second)
"""
import os

import numpy as np

import safetensors_np

HERE = os.path.dirname(os.path.abspath(__file__))
EPS = 1e-10


def wiener(v, x, iterations, residual):
    """v: magnitudes [sources, frames, bins, channels]; x: mixture [frames, bins, channels]."""
    magnitude = np.abs(x)
    phase = np.where(magnitude == 0, 1, x / np.where(magnitude == 0, 1, magnitude))
    y = v * phase[None]
    if residual:
        y = np.concatenate([y, (x - y.sum(0))[None]])
    scale = max(1.0, magnitude.max() / 10.0)
    x, y = x / scale, y / scale
    channels = x.shape[-1]
    for _ in range(iterations):
        p = np.mean(np.abs(y) ** 2, axis=-1)                                        # [sources, frames, bins]
        r = np.einsum("jtfa,jtfb->jfab", y, y.conj()) / (EPS + p.sum(1))[..., None, None]
        c = np.einsum("jtf,jfab->tfab", p, r) + np.sqrt(EPS) * np.eye(channels)
        gain = np.einsum("jtf,jfab,tfbc->jtfac", p, r, np.linalg.inv(c))
        y = np.einsum("jtfac,tfc->jtfa", gain, x)
    return y * scale


def main():
    rng = np.random.default_rng(3)
    tensors, metadata = {}, {}

    def put(name, z):
        for part, values in (("re", z.real), ("im", z.imag)):
            high = values.astype(np.float32)
            tensors[f"{name}/{part}"] = high
            tensors[f"{name}/{part}_low"] = (values - high).astype(np.float32)

    for name, channels, sources, iterations, residual, level in [
        ("stereo", 2, 2, 1, False, 3.0),
        ("mono", 1, 3, 2, False, 3.0),
        ("residual", 2, 1, 3, True, 3.0),
        ("loud", 2, 4, 2, False, 400.0),
        ("none", 2, 2, 0, False, 3.0),
    ]:
        frames, bins = 11, 5
        x = level * (rng.standard_normal((frames, bins, channels)) + 1j * rng.standard_normal((frames, bins, channels)))
        x = x.astype(np.complex64).astype(np.complex128)
        x[4] = 0                                                                    # a silent frame
        x[:, 3] = 0                                                                 # a silent bin
        v = np.abs(x)[None] * rng.uniform(0, 1, (sources, frames, bins, channels))
        v = v.astype(np.float32).astype(np.float64)
        v[0, 4, 0] = 1                                                              # an estimate where there is no mixture
        put(f"{name}/mixture", x)
        tensors[f"{name}/magnitudes"] = v
        put(f"{name}/estimates", wiener(v, x, iterations, residual))
        metadata[name] = {"iterations": iterations, "residual": residual}
    safetensors_np.write(os.path.join(HERE, "wiener.safetensors"), tensors, metadata)


main()
