"""Writes a trained twin's weights (.npz of train.py) as a model file of Descant: safetensors with the network's definition in its metadata.

    python3 export.py WEIGHTS.npz PRESET MODEL.safetensors [BITS [BASE.safetensors]]

BITS of mantissa are kept of each half-precision weight (10: all), the rest are zeros, which git packs smaller. Tensors that are those of
the model BASE, from which a training went on, stay as they are there.
"""
import json
import struct
import sys

import numpy as np

from subband_unet import PRESETS


def options_json(o):
    return json.dumps({"$type": "subband-unet", "sampleRate": 44100, "fftSize": o.fft, "hopLength": o.hop, "subbands": o.bands,
                       "widths": list(o.widths), "bottleneck": o.bottleneck, "hidden": o.hidden, "paths": o.paths, "targets": list(o.sources),
                       "excerptFrames": 176, "segmentFrames": 160 if o.fft > 256 else 128, "weights": "PyTorch"})


def write(path, tensors, preset):
    header = {"__metadata__": {"descant.network": preset, "descant.options": options_json(PRESETS[preset])}}
    at, blobs = 0, []
    for name, value in tensors.items():
        blob = np.ascontiguousarray(value).tobytes()
        header[name] = {"dtype": {"float16": "F16", "float32": "F32"}[str(value.dtype)], "shape": list(value.shape), "data_offsets": [at, at + len(blob)]}
        at += len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read(path):
    """The tensors of a model file, by name."""
    with open(path, "rb") as file:
        size, = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))
        data = file.read()
    types = {"F16": np.float16, "F32": np.float32}
    return {name: np.frombuffer(data[slice(*t["data_offsets"])], types[t["dtype"]]).reshape(t["shape"])
            for name, t in header.items() if name != "__metadata__"}


def rounded(value, bits):
    """Half-precision values to the nearest with `bits` bits of mantissa; others as they are."""
    drop = 10 - bits
    if value.dtype != np.float16 or drop == 0:
        return value
    codes = (value.view(np.uint16).astype(np.uint32) + (1 << drop - 1)) >> drop << drop
    return codes.astype(np.uint16).view(np.float16)


if __name__ == "__main__":
    source, preset, target, *rest = sys.argv[1:]
    kept = read(rest[1]) if len(rest) > 1 else {}
    write(target, {name: value if name in kept and np.array_equal(value, kept[name]) else rounded(value, int(rest[0]) if rest else 10)
                   for name, value in np.load(source).items()}, preset)
