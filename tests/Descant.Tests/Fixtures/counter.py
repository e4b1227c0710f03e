"""Numbers that Python and C# produce alike without storing them: a counter hashed to a uniform float32.

Element `index` of stream `stream` is splitmix64's finaliser of (stream << 40) + index + 1 times the golden gamma; its
top 24 bits k give (k - 2^23) / 2^23, a float32 in [-1, 1) without rounding. The C# side is Fixtures/Counter.cs.
"""
import numpy as np


def uniform(stream, shape):
    """float32 array of `shape`, uniform in [-1, 1)."""
    count = int(np.prod(shape)) if len(shape) else 1
    with np.errstate(over="ignore"):
        z = (np.arange(1, count + 1, dtype=np.uint64) + np.uint64(stream << 40)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z ^= z >> np.uint64(31)
    return ((z >> np.uint64(40)).astype(np.int64) - (1 << 23)).astype(np.float32).reshape(shape) / np.float32(1 << 23)


def sample(array, most):
    """At most `most` entries of an array, evenly spaced in row-major order: entry floor(k n / m)."""
    flat = np.asarray(array).reshape(-1)
    m = min(most, flat.size)
    return flat[[k * flat.size // m for k in range(m)]]
