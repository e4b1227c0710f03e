"""An independent reader and writer of safetensors files: numpy and the format's description, nothing else.

The other scripts of this folder write their fixtures with it, and `make_safetensors.py` reads with it what the C#
writer produced, so that reader and writer of the product are never checked against each other alone.
"""
import json
import struct

import numpy as np

DTYPES = {"F32": "<f4", "F16": "<f2", "F64": "<f8", "I64": "<i8", "BF16": "<u2"}


def write(path, tensors, metadata=None, dtypes=None):
    """tensors: name -> array; stored as F32 unless dtypes names another (BF16 arrays hold the upper 16 bits as uint16)."""
    header, blobs, offset = {}, [], 0
    if metadata:
        header["__metadata__"] = {k: v if isinstance(v, str) else json.dumps(v, separators=(",", ":")) for k, v in metadata.items()}
    for name, array in tensors.items():
        dtype = (dtypes or {}).get(name, "F32")
        blob = np.ascontiguousarray(array, dtype=DTYPES[dtype]).tobytes()
        header[name] = {"dtype": dtype, "shape": list(np.shape(array)), "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def read(path):
    """Returns (name -> array, metadata)."""
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[8 + length + begin:8 + length + end], DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors, metadata
