"""Writes a trained twin's weights (.npz of train.py) as a model file of Descant: safetensors with the network's definition in its metadata."""
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


if __name__ == "__main__":
    source, preset, target = sys.argv[1:]
    write(target, dict(np.load(source)), preset)
