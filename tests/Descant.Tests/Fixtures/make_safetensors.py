"""Makes safetensors.safetensors (all readable types, written by numpy) and checks csharp.safetensors and
csharp_f16.safetensors, which SafetensorsTests wrote (set DESCANT_WRITE_FIXTURES=1 and run its test to renew them).

Values follow one formula, so that both sides can state them: element i of tensor k is sin(1 + i + 100 k).
Run: /usr/bin/python3 make_safetensors.py
"""
import os

import numpy as np

import safetensors_np

HERE = os.path.dirname(os.path.abspath(__file__))


def values(k, shape):
    return np.sin(1 + np.arange(int(np.prod(shape))) + 100 * k).reshape(shape)


def main():
    bf16 = (np.float32(values(2, (5,))).view(np.uint32) >> 16).astype(np.uint16)
    tensors = {
        "layer.weight": values(0, (3, 4, 2)), "layer.half": values(1, (7,)), "layer.brain": bf16,
        "scalar": np.array(0.5), "empty": np.zeros((0, 3)), "count": np.array([42]), "Übung \"x\"": values(3, (2, 2)),
    }
    kinds = {"layer.half": "F16", "layer.brain": "BF16", "count": "I64"}
    safetensors_np.write(os.path.join(HERE, "safetensors.safetensors"), tensors,
                         {"model": "test", "config": "{\"depth\": 6, \"name\": \"Grüße\"}"}, kinds)
    for name, dtype, tolerance in (("csharp", "<f4", 6e-8), ("csharp_f16", "<f2", 5e-4)):
        got, metadata = safetensors_np.read(os.path.join(HERE, name + ".safetensors"))
        assert metadata == {"model": "descant", "config": "{\"depth\": 6, \"name\": \"Grüße\"}"}, metadata
        assert list(got) == ["a.weight", "a.bias", "Übung \"x\"", "empty", "scalar"], list(got)
        for k, (shape, tensor) in enumerate(zip([(2, 3, 4), (5,), (3,), (0, 2), ()], got.values())):
            assert tensor.shape == shape and tensor.dtype == np.dtype(dtype), (tensor.shape, tensor.dtype)
            assert np.allclose(tensor, values(k, shape), rtol=0, atol=tolerance), name
    print("safetensors: C# files read back by numpy, values agree")


if __name__ == "__main__":
    main()
