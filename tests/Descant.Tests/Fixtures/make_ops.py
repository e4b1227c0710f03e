"""Makes ops_<family>.safetensors: what PyTorch computes for every operation and layer of the engine.

Each case holds its inputs and parameters (`<case>/in/<name>`), its outputs (`<case>/out/<name>`) and the gradient of
sum_j sum_i w_ji out_j[i] with respect to every input (`<case>/grad/<name>`), with w_ji = counter.uniform(1000 + j)[i].
Inputs are float32; outputs and gradients are computed in float64 from them and stored rounded to float32. The header
holds for each case the operation, its attributes, and how far PyTorch's own float32 lies from its float64, as
max |a - b| / max |b| over each output and gradient (the largest of each kind): `{"op":…,"value32":…,"grad32":…}`.

Run: /usr/bin/python3 make_ops.py    (torch 1.13, numpy 1.24; a few seconds)
"""
import json
import os

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils.stateless import functional_call

import counter
import safetensors_np

HERE = os.path.dirname(os.path.abspath(__file__))
FAMILIES = {}
torch.manual_seed(0)
torch.set_num_threads(1)
RNG = np.random.default_rng(20240117)


def randn(*shape):
    return RNG.standard_normal(shape).astype(np.float32)


def positive(*shape):
    return RNG.uniform(0.2, 2.5, shape).astype(np.float32)


def spread(*shape):
    """Distinct values at least 0.05 apart and away from 0: no ties for maxima, no kinks within float32's error."""
    n = int(np.prod(shape))
    return ((RNG.permutation(n) - (n - 1) / 2 + 0.25) * max(0.05, 4.0 / n)).reshape(shape).astype(np.float32)


def relative(a, b):
    scale = b.abs().max().item() if b.numel() else 0.0
    return ((a.double() - b).abs().max().item() / scale) if scale > 0 else 0.0


def evaluate(fn, inputs, frozen, dtype):
    tensors = {k: torch.tensor(v, dtype=dtype, requires_grad=k not in frozen) for k, v in inputs.items()}
    out = fn(*tensors.values())
    out = out if isinstance(out, dict) else {"y": out}
    loss = sum((o * torch.tensor(counter.uniform(1000 + j, tuple(o.shape)), dtype=dtype)).sum() for j, o in enumerate(out.values()))
    wanted = [k for k in inputs if k not in frozen]
    grads = dict(zip(wanted, torch.autograd.grad(loss, [tensors[k] for k in wanted], allow_unused=True))) if wanted else {}
    grads = {k: torch.zeros_like(tensors[k]) if g is None else g for k, g in grads.items()}
    return {k: o.detach() for k, o in out.items()}, grads


def case(name, op, inputs, fn, frozen=(), **attributes):
    family, short = name.split("/", 1)
    out64, grad64 = evaluate(fn, inputs, frozen, torch.float64)
    out32, grad32 = evaluate(fn, inputs, frozen, torch.float32)
    tensors, metadata = FAMILIES.setdefault(family, ({}, {}))
    assert short not in metadata, name
    for k, v in inputs.items():
        tensors[f"{short}/in/{k}"] = v
    for k, v in out64.items():
        tensors[f"{short}/out/{k}"] = v.numpy()
    for k, v in grad64.items():
        tensors[f"{short}/grad/{k}"] = v.numpy()
    metadata[short] = {
        "op": op, **attributes,
        "value32": float("%.2g" % max(relative(out32[k], out64[k]) for k in out64)),
        "grad32": float("%.2g" % max([relative(grad32[k], grad64[k]) for k in grad64], default=0.0)),
    }


def module_case(name, op, module, inputs, call=None, frozen=(), outputs=None, **attributes):
    """A torch.nn module whose parameters become inputs under their PyTorch names."""
    params = {k: (0.4 * RNG.standard_normal(v.shape) + (1.0 if k.endswith("norm.weight") or "norm" in k and k.endswith("weight") else 0.0)).astype(np.float32)
              for k, v in module.named_parameters()}
    doubles = {torch.float32: module.float, torch.float64: module.double}

    def fn(*values):
        t = dict(zip([*inputs, *params], values))
        p = {k: t[k] for k in params}
        doubles[next(iter(t.values())).dtype]()
        args = [t[k] for k in inputs]
        if isinstance(module, torch.nn.RNNBase):   # computes with its own list of weights, which functional_call does not reach
            module._flat_weights = [p[k] for k in module._flat_weights_names]
            return outputs(module(*call(*args)))
        return outputs(functional_call(module, p, call(*args) if call else tuple(args))) if outputs else functional_call(module, p, tuple(args))
    case(name, op, {**inputs, **params}, fn, frozen, **attributes)


# ---------------------------------------------------------------------------------------------------------------------
def convolutions():
    two = [  # name, x, w, stride, padding, dilation
        ("5x5_s2_p2", (2, 3, 9, 12), (4, 3, 5, 5), 2, 2, 1),
        ("4x4_s2_p1", (2, 2, 8, 10), (5, 2, 4, 4), 2, 1, 1),
        ("3x3_s1_p1", (1, 4, 7, 6), (3, 4, 3, 3), 1, 1, 1),
        ("1x1", (2, 5, 4, 3), (6, 5, 1, 1), 1, 0, 1),
        ("3x3_d2_p2", (1, 2, 9, 8), (3, 2, 3, 3), 1, 2, 2),
        ("3x3_s2_p0_d2", (1, 2, 11, 9), (2, 2, 3, 3), 2, 0, 2),
        ("2x2_s2", (1, 3, 6, 8), (2, 3, 2, 2), 2, 0, 1),
        ("7x3_s3_p3", (1, 1, 13, 11), (17, 1, 7, 3), 3, 3, 1),
        ("wide_channels", (1, 33, 5, 6), (35, 33, 3, 3), 1, 1, 1),
        ("5x5_s2_one_channel", (1, 1, 16, 16), (16, 1, 5, 5), 2, 2, 1),
    ]
    for name, x, w, s, p, d in two:
        case(f"conv/conv2d_{name}", "conv2d", {"x": randn(*x), "weight": randn(*w), "bias": randn(w[0])},
             lambda x, weight, bias, s=s, p=p, d=d: F.conv2d(x, weight, bias, s, p, d), stride=s, padding=p, dilation=d)
    case("conv/conv2d_mixed", "conv2d", {"x": randn(1, 2, 9, 7), "weight": randn(3, 2, 3, 5)},
         lambda x, weight: F.conv2d(x, weight, None, (2, 1), (0, 2), (1, 1)), stride=[2, 1], padding=[0, 2], dilation=[1, 1])
    transposed = [  # name, x, w, stride, padding, output padding, dilation
        ("5x5_s2_p2_op1", (2, 4, 4, 5), (4, 3, 5, 5), 2, 2, 1, 1),
        ("5x5_s2_p2_op0", (1, 3, 4, 3), (3, 2, 5, 5), 2, 2, 0, 1),
        ("4x4_s2_p1", (2, 3, 4, 3), (3, 5, 4, 4), 2, 1, 0, 1),
        ("2x2_s2", (1, 4, 3, 4), (4, 2, 2, 2), 2, 0, 0, 1),
        ("3x3_s1_p1", (1, 2, 5, 4), (2, 3, 3, 3), 1, 1, 0, 1),
        ("3x3_s2_p1_op1_d2", (1, 2, 4, 3), (2, 3, 3, 3), 2, 1, 1, 2),
        ("1x1_s1", (1, 3, 3, 3), (3, 4, 1, 1), 1, 0, 0, 1),
        ("3x3_s3_op2", (1, 2, 3, 3), (2, 2, 3, 3), 3, 0, 2, 1),
        ("to_one_channel", (1, 32, 4, 4), (32, 1, 5, 5), 2, 2, 1, 1),
    ]
    for name, x, w, s, p, o, d in transposed:
        case(f"conv/conv_transpose2d_{name}", "conv_transpose2d", {"x": randn(*x), "weight": randn(*w), "bias": randn(w[1])},
             lambda x, weight, bias, s=s, p=p, o=o, d=d: F.conv_transpose2d(x, weight, bias, s, p, o, 1, d),
             stride=s, padding=p, outputPadding=o, dilation=d)
    one = [("k15_p7", (2, 3, 24), (4, 3, 15), 1, 7, 1), ("k5_s1", (2, 4, 16), (3, 4, 5), 1, 0, 1), ("k1", (2, 3, 7), (5, 3, 1), 1, 0, 1),
           ("k8_s4_p2", (1, 2, 33), (6, 2, 8), 4, 2, 1), ("k3_d4_p4", (1, 3, 19), (3, 3, 3), 1, 4, 4)]
    for name, x, w, s, p, d in one:
        case(f"conv/conv1d_{name}", "conv1d", {"x": randn(*x), "weight": randn(*w), "bias": randn(w[0])},
             lambda x, weight, bias, s=s, p=p, d=d: F.conv1d(x, weight, bias, s, p, d), stride=s, padding=p, dilation=d)
    for name, x, w, s, p, o, d in [("k8_s4_p2", (1, 3, 7), (3, 2, 8), 4, 2, 0, 1), ("k5_s2_p2_op1", (2, 4, 6), (4, 3, 5), 2, 2, 1, 1),
                                   ("k3_d2", (1, 2, 6), (2, 2, 3), 1, 0, 0, 2)]:
        case(f"conv/conv_transpose1d_{name}", "conv_transpose1d", {"x": randn(*x), "weight": randn(*w), "bias": randn(w[1])},
             lambda x, weight, bias, s=s, p=p, o=o, d=d: F.conv_transpose1d(x, weight, bias, s, p, o, 1, d),
             stride=s, padding=p, outputPadding=o, dilation=d)


def pooling():
    for name, shape, k, s, p in [("2x2", (2, 3, 6, 8), 2, 2, 0), ("odd", (1, 2, 7, 5), 2, 2, 0), ("3x3_s2_p1", (1, 2, 7, 8), 3, 2, 1), ("3x3_s1", (1, 2, 5, 6), 3, 1, 0)]:
        case(f"pool/max_pool2d_{name}", "max_pool2d", {"x": spread(*shape)}, lambda x, k=k, s=s, p=p: F.max_pool2d(x, k, s, p), kernel=k, stride=s, padding=p)
        case(f"pool/avg_pool2d_{name}", "avg_pool2d", {"x": randn(*shape)}, lambda x, k=k, s=s, p=p: F.avg_pool2d(x, k, s, p), kernel=k, stride=s, padding=p)
    for name, shape, k, s, p in [("k2", (2, 3, 10), 2, 2, 0), ("k3_s2_p1", (1, 2, 11), 3, 2, 1)]:
        case(f"pool/max_pool1d_{name}", "max_pool1d", {"x": spread(*shape)}, lambda x, k=k, s=s, p=p: F.max_pool1d(x, k, s, p), kernel=k, stride=s, padding=p)
        case(f"pool/avg_pool1d_{name}", "avg_pool1d", {"x": randn(*shape)}, lambda x, k=k, s=s, p=p: F.avg_pool1d(x, k, s, p), kernel=k, stride=s, padding=p)
    for align in (False, True):
        tag = "aligned" if align else "centres"
        for size in (8, 7, 13):
            case(f"pool/upsample_linear1d_{tag}_{size}", "upsample_linear", {"x": randn(2, 3, 4)},
                 lambda x, size=size, align=align: F.interpolate(x, size=size, mode="linear", align_corners=align), size=[size], alignCorners=align)
        for size in ((6, 8), (7, 5)):
            case(f"pool/upsample_bilinear2d_{tag}_{size[0]}x{size[1]}", "upsample_linear", {"x": randn(1, 2, 3, 4)},
                 lambda x, size=size, align=align: F.interpolate(x, size=size, mode="bilinear", align_corners=align), size=list(size), alignCorners=align)
    case("pool/upsample_nearest1d", "upsample_nearest", {"x": randn(2, 3, 5)}, lambda x: F.interpolate(x, scale_factor=2, mode="nearest"), size=[10])
    case("pool/upsample_nearest2d", "upsample_nearest", {"x": randn(1, 2, 3, 4)}, lambda x: F.interpolate(x, size=(6, 12), mode="nearest"), size=[6, 12])


def normalisations():
    for name, shape in [("2d", (3, 4, 5, 3)), ("1d", (2, 5, 7)), ("0d", (6, 5)), ("2d_wide", (2, 19, 2, 3))]:
        c = shape[1]
        stats = {"runningMean": randn(c) * np.float32(0.3), "runningVar": positive(c)}
        inputs = {"x": randn(*shape) + np.float32(0.5), "weight": positive(c), "bias": randn(c), **stats}
        for training in (True, False):
            def fn(x, weight, bias, runningMean, runningVar, training=training):
                m, v = runningMean.clone(), runningVar.clone()
                y = F.batch_norm(x, m, v, weight, bias, training, 0.1, 1e-5)
                return {"y": y} if not training else {"y": y, "runningMean": m, "runningVar": v}
            case(f"norm/batch_norm_{name}_{'train' if training else 'eval'}", "batch_norm", inputs, fn,
                 frozen=("runningMean", "runningVar"), training=training, momentum=0.1, epsilon=1e-5)
    for name, shape, groups in [("2", (2, 6, 3, 4), 2), ("3_1d", (2, 6, 5), 3), ("1", (2, 4, 3, 3), 1)]:
        case(f"norm/group_norm_{name}", "group_norm", {"x": randn(*shape), "weight": positive(shape[1]), "bias": randn(shape[1])},
             lambda x, weight, bias, groups=groups: F.group_norm(x, groups, weight, bias, 1e-5), groups=groups, epsilon=1e-5)
    for name, shape, k in [("last", (2, 3, 10), 1), ("last2", (2, 3, 4, 5), 2)]:
        case(f"norm/layer_norm_{name}", "layer_norm", {"x": randn(*shape), "weight": positive(*shape[-k:]), "bias": randn(*shape[-k:])},
             lambda x, weight, bias, s=shape[-k:]: F.layer_norm(x, s, weight, bias, 1e-5), axes=k, epsilon=1e-5)
    case("norm/instance_norm_2d", "instance_norm", {"x": randn(2, 3, 4, 5)}, lambda x: F.instance_norm(x, eps=1e-5), epsilon=1e-5)
    case("norm/instance_norm_1d_affine", "instance_norm", {"x": randn(2, 3, 9), "weight": positive(3), "bias": randn(3)},
         lambda x, weight, bias: F.instance_norm(x, weight=weight, bias=bias, eps=1e-5), epsilon=1e-5)


def recurrent():
    for kind, cls in (("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)):
        for name, size, hidden, layers, both, t, b in [("1", 5, 4, 1, False, 6, 3), ("2", 4, 3, 2, False, 5, 2), ("2_both", 6, 4, 2, True, 7, 2), ("3_both", 3, 3, 3, True, 5, 2), ("1_both_wide", 9, 17, 1, True, 4, 1)]:
            d = 2 if both else 1
            states = {"h0": randn(layers * d, b, hidden)}
            if kind == "lstm":
                states["c0"] = randn(layers * d, b, hidden)
            module = cls(size, hidden, layers, bidirectional=both)
            if kind == "lstm":
                call, outputs = (lambda x, h, c: (x, (h, c))), (lambda o: {"y": o[0], "hn": o[1][0], "cn": o[1][1]})
            else:
                call, outputs = (lambda x, h: (x, h)), (lambda o: {"y": o[0], "hn": o[1]})
            module_case(f"recurrent/{kind}_{name}", kind, module, {"x": randn(t, b, size), **states}, call, outputs=outputs,
                        inputSize=size, hiddenSize=hidden, layers=layers, bidirectional=both)


def recurrent_modules():
    """From zero states, as the layers of networks are used; a family of its own at the end, so that no other case's numbers move."""
    for kind, cls in (("lstm", torch.nn.LSTM), ("gru", torch.nn.GRU)):
        for name, size, hidden, layers, both, t, b in [("2_both", 5, 4, 2, True, 6, 2), ("3", 3, 6, 3, False, 5, 1)]:
            module_case(f"recurrent_modules/{kind}_{name}", f"{kind}_module", cls(size, hidden, layers, bidirectional=both), {"x": randn(t, b, size)},
                        lambda x: (x,), outputs=lambda o: {"y": o[0]}, inputSize=size, hiddenSize=hidden, layers=layers, bidirectional=both)


def attention():
    for name, e, h, t, s in [("self", 8, 2, 5, 5), ("cross", 12, 3, 4, 7)]:
        module = torch.nn.MultiheadAttention(e, h, batch_first=True)
        inputs = {"query": randn(2, t, e)} if name == "self" else {"query": randn(2, t, e), "memory": randn(2, s, e)}
        module_case(f"attention/multi_head_{name}", "multi_head_attention", module, inputs,
                    (lambda q: (q, q, q)) if name == "self" else (lambda q, m: (q, m, m)), outputs=lambda o: {"y": o[0]}, embedding=e, heads=h)
    encoder = torch.nn.TransformerEncoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    module_case("attention/encoder_layer", "transformer_encoder_layer", encoder, {"x": randn(2, 5, 8)}, embedding=8, heads=2, feedForward=16)
    decoder = torch.nn.TransformerDecoderLayer(8, 2, 16, dropout=0.0, batch_first=True)
    module_case("attention/decoder_layer", "transformer_decoder_layer", decoder, {"x": randn(2, 4, 8), "memory": randn(2, 6, 8)}, embedding=8, heads=2, feedForward=16)


def elementwise():
    unary = {
        "relu": (torch.relu, spread), "leaky_relu": (lambda x: F.leaky_relu(x, 0.2), spread), "sigmoid": (torch.sigmoid, randn), "tanh": (torch.tanh, randn),
        "softplus": (F.softplus, randn), "gelu": (F.gelu, randn), "elu": (F.elu, spread),
        "silu": (F.silu, randn), "exp": (torch.exp, randn), "log": (torch.log, positive), "sqrt": (torch.sqrt, positive), "rsqrt": (torch.rsqrt, positive),
        "abs": (torch.abs, spread), "square": (torch.square, randn), "neg": (torch.neg, randn), "reciprocal": (torch.reciprocal, positive),
    }
    for name, (fn, make) in unary.items():
        case(f"elementwise/{name}", name, {"x": make(3, 4, 11)}, fn)
    wide = np.concatenate([np.linspace(-90, 90, 61), [-1e-4, 0.0, 1e-4, 1e-30]]).astype(np.float32)
    for name in ("sigmoid", "tanh", "softplus", "gelu"):
        case(f"elementwise/{name}_range", name, {"x": wide}, unary[name][0])
    case("elementwise/exp_range", "exp", {"x": np.linspace(-87, 88, 71).astype(np.float32)}, torch.exp)
    case("elementwise/log_range", "log", {"x": np.logspace(-37, 38, 76).astype(np.float32)}, torch.log)
    case("elementwise/pow_2_5", "pow", {"x": positive(2, 3, 5)}, lambda x: x ** 2.5, exponent=2.5)
    case("elementwise/pow_0_3", "pow", {"x": positive(2, 3, 5)}, lambda x: x ** 0.3, exponent=0.3)
    case("elementwise/clamp", "clamp", {"x": spread(4, 9)}, lambda x: torch.clamp(x, -0.6, 0.8), low=-0.6, high=0.8)
    shapes = [("same", (2, 3, 4), (2, 3, 4)), ("row", (2, 3, 4), (4,)), ("channel", (2, 3, 4, 5), (1, 3, 1, 1)), ("both", (2, 1, 4), (3, 1)), ("scalar", (2, 3), ())]
    for name, a, b in shapes:
        case(f"elementwise/add_{name}", "add", {"a": randn(*a), "b": randn(*b)}, torch.add)
        case(f"elementwise/sub_{name}", "sub", {"a": randn(*a), "b": randn(*b)}, torch.sub)
        case(f"elementwise/mul_{name}", "mul", {"a": randn(*a), "b": randn(*b)}, torch.mul)
        case(f"elementwise/div_{name}", "div", {"a": randn(*a), "b": positive(*b)}, torch.div)
    case("elementwise/maximum", "maximum", {"a": spread(3, 5), "b": spread(3, 5) + np.float32(0.013)}, torch.maximum)
    case("elementwise/minimum", "minimum", {"a": spread(3, 5), "b": spread(3, 5) + np.float32(0.013)}, torch.minimum)
    for axis in (0, 1, -1):
        case(f"elementwise/softmax_{axis}", "softmax", {"x": randn(3, 4, 5)}, lambda x, axis=axis: torch.softmax(x, axis), axis=axis)
        case(f"elementwise/log_softmax_{axis}", "log_softmax", {"x": randn(3, 4, 5)}, lambda x, axis=axis: torch.log_softmax(x, axis), axis=axis)
    case("elementwise/softmax_large", "softmax", {"x": randn(2, 37) * np.float32(40)}, lambda x: torch.softmax(x, -1), axis=-1)


def shapes():
    case("shape/concat_1", "concat", {"a": randn(2, 3, 4), "b": randn(2, 2, 4), "c": randn(2, 1, 4)}, lambda a, b, c: torch.cat([a, b, c], 1), axis=1)
    case("shape/concat_last", "concat", {"a": randn(2, 3), "b": randn(2, 5)}, lambda a, b: torch.cat([a, b], -1), axis=-1)
    case("shape/concat_channels_2d", "concat", {"a": randn(2, 3, 4, 5), "b": randn(2, 2, 4, 5)}, lambda a, b: torch.cat([a, b], 1), axis=1)
    case("shape/slice_1", "slice", {"x": randn(2, 6, 4)}, lambda x: x[:, 2:5], axis=1, start=2, length=3)
    case("shape/slice_last", "slice", {"x": randn(2, 3, 9)}, lambda x: x[..., 4:], axis=-1, start=4, length=5)
    case("shape/transpose", "transpose", {"x": randn(2, 3, 4)}, lambda x: x.transpose(1, 2), axes=[0, 2, 1])
    case("shape/permute", "transpose", {"x": randn(2, 3, 4, 5)}, lambda x: x.permute(3, 0, 2, 1), axes=[3, 0, 2, 1])
    case("shape/reshape", "reshape", {"x": randn(2, 3, 4)}, lambda x: x.reshape(6, 4), shape=[6, 4])
    case("shape/pad_zero_1d", "pad_zero", {"x": randn(2, 3, 6)}, lambda x: F.pad(x, (2, 3)), pad=[2, 3])
    case("shape/pad_zero_2d", "pad_zero", {"x": randn(1, 2, 3, 4)}, lambda x: F.pad(x, (1, 2, 0, 3)), pad=[1, 2, 0, 3])
    case("shape/pad_crop_2d", "pad_zero", {"x": randn(1, 2, 5, 6)}, lambda x: F.pad(x, (-1, 2, 1, -2)), pad=[-1, 2, 1, -2])
    case("shape/pad_reflect_1d", "pad_reflect", {"x": randn(2, 3, 6)}, lambda x: F.pad(x, (4, 5), mode="reflect"), pad=[4, 5])
    case("shape/pad_reflect_2d", "pad_reflect", {"x": randn(1, 2, 4, 5)}, lambda x: F.pad(x, (1, 3, 2, 3), mode="reflect"), pad=[1, 3, 2, 3])
    case("shape/matmul_2d", "matmul", {"a": randn(5, 7), "b": randn(7, 3)}, torch.matmul)
    case("shape/matmul_batched", "matmul", {"a": randn(2, 3, 4, 6), "b": randn(2, 3, 6, 5)}, torch.matmul)
    case("shape/matmul_wide", "matmul", {"a": randn(19, 37), "b": randn(37, 41)}, torch.matmul)
    case("shape/linear", "linear", {"x": randn(2, 3, 7), "weight": randn(5, 7), "bias": randn(5)}, F.linear)
    case("shape/linear_no_bias", "linear", {"x": randn(4, 18), "weight": randn(33, 18)}, F.linear)
    for axes, tag in (([1], "1"), ([0, 2], "0_2"), ([0, 1, 2], "all")):
        for keep in (False, True):
            k = "keep" if keep else "drop"
            case(f"shape/sum_{tag}_{k}", "sum", {"x": randn(3, 4, 5)}, lambda x, a=axes, keep=keep: x.sum(a, keepdim=keep), axes=axes, keep=keep)
            case(f"shape/mean_{tag}_{k}", "mean", {"x": randn(3, 4, 5)}, lambda x, a=axes, keep=keep: x.mean(a, keepdim=keep), axes=axes, keep=keep)
            case(f"shape/max_{tag}_{k}", "max", {"x": spread(3, 4, 5)}, lambda x, a=axes, keep=keep: x.amax(a, keepdim=keep), axes=axes, keep=keep)
            case(f"shape/var_{tag}_{k}", "var", {"x": randn(3, 4, 5)}, lambda x, a=axes, keep=keep: x.var(a, unbiased=False, keepdim=keep), axes=axes, keep=keep)


def spectral():
    """Complex results as [..., bins, frames, 2] with (real, imaginary) last."""
    for name, n, length, hop, win, center in [("16_4", 16, 45, 4, 16, True), ("16_4_uncentred", 16, 45, 4, 16, False), ("20_5_odd_radix", 20, 61, 5, 20, True), ("16_win12", 16, 40, 6, 12, True)]:
        def forward(x, n=n, hop=hop, win=win, center=center):
            y = torch.stft(x, n, hop, win, torch.hann_window(win, dtype=x.dtype), center=center, pad_mode="reflect", onesided=True, return_complex=True)
            return torch.view_as_real(y)
        case(f"spectral/stft_{name}", "stft", {"x": randn(2, length)}, forward, fftSize=n, hop=hop, windowLength=win, center=center)
    for name, n, frames, hop, length in [("16_4", 16, 9, 4, None), ("16_4_length", 16, 9, 4, 29), ("20_5", 20, 7, 5, 30), ("16_8_longer", 16, 6, 8, 44)]:
        def inverse(x, n=n, hop=hop, length=length):
            return torch.istft(torch.view_as_complex(x), n, hop, n, torch.hann_window(n, dtype=x.dtype), center=True, length=length)
        case(f"spectral/istft_{name}", "istft", {"x": randn(2, n // 2 + 1, frames, 2)}, inverse, fftSize=n, hop=hop, length=length if length else (frames - 1) * hop)


def losses():
    a, b = randn(2, 3, 5), randn(2, 3, 5)
    case("loss/l1", "l1_loss", {"x": a, "target": b}, F.l1_loss)
    case("loss/mse", "mse_loss", {"x": a, "target": b}, F.mse_loss)
    p, t = RNG.uniform(0.02, 0.98, (4, 6)).astype(np.float32), RNG.uniform(0, 1, (4, 6)).astype(np.float32)
    case("loss/bce", "bce_loss", {"x": p, "target": t}, lambda x, target: F.binary_cross_entropy(x, target), frozen=("target",))
    case("loss/bce_logits", "bce_logits_loss", {"x": randn(4, 6), "target": t}, lambda x, target: F.binary_cross_entropy_with_logits(x, target), frozen=("target",))


def special():
    """NaN and infinities through what compares its operands. Values only, in float32."""
    nan, inf = float("nan"), float("inf")
    x = np.resize(np.array([nan, 1, inf, -inf, 0, -2, 0.25], np.float32), (37,))   # whole vectors of every width, and a rest
    y = np.resize(np.array([0.5, nan, -inf, inf, -1], np.float32), (37,))
    tensors, metadata = FAMILIES.setdefault("special", ({}, {}))

    def values(name, op, fn, **attributes):
        inputs = attributes.pop("inputs", {"x": x})
        for k, v in inputs.items():
            tensors[f"{name}/in/{k}"] = v
        tensors[f"{name}/out/y"] = fn(*map(torch.tensor, inputs.values())).numpy()
        metadata[name] = {"op": op, **attributes, "value32": 0.0, "grad32": 0.0}

    values("relu", "relu", F.relu)
    values("leaky_relu", "leaky_relu", lambda x: F.leaky_relu(x, 0.2))
    values("clamp", "clamp", lambda x: x.clamp(-1, 1), low=-1, high=1)
    values("maximum", "maximum", torch.maximum, inputs={"a": x, "b": y})
    values("minimum", "minimum", torch.minimum, inputs={"a": x, "b": y})
    rows = np.concatenate([np.roll(x, i)[None] for i in range(7)] + [np.full((1, 37), -inf, np.float32), np.ones((1, 37), np.float32)])
    for axis in (0, 1):
        values(f"max_{axis}", "max", lambda x, axis=axis: x.amax(axis, keepdim=True), inputs={"x": rows}, axes=[axis])
    pooled = np.resize(x, (2, 19, 8))   # NaN first, last and between in windows, in channels that fill vectors and some that do not
    values("max_pool1d", "max_pool1d", lambda x: F.max_pool1d(x, 3, 2, 1), inputs={"x": pooled}, kernel=3, stride=2, padding=1)
    values("max_pool2d", "max_pool2d", lambda x: F.max_pool2d(x, 2, 2, 0), inputs={"x": np.resize(x, (1, 19, 6, 4))}, kernel=2, stride=2, padding=0)

    # The rectifier in the same pass as what computes its input.
    weight, bias = np.array([2, -1, 0.5, 3, -0.25] * 4, np.float32)[:19], np.linspace(-1, 1, 19, dtype=np.float32)
    values("linear_relu", "linear_relu", lambda x, weight, bias: F.relu(F.linear(x, weight, bias)),
           inputs={"x": x[:, None], "weight": weight[:, None], "bias": bias})
    values("conv2d_relu", "conv2d_relu", lambda x, weight, bias: F.relu(F.conv2d(x, weight, bias)),
           inputs={"x": x.reshape(1, 1, 1, 37), "weight": weight.reshape(19, 1, 1, 1), "bias": bias}, stride=1, padding=0, dilation=1)
    values("batch_norm_relu", "batch_norm_relu",
           lambda x, weight, bias: F.relu(F.batch_norm(x, torch.zeros(19), torch.ones(19), weight, bias, False, eps=0)),
           inputs={"x": pooled, "weight": weight, "bias": bias})


def main():
    for family in (convolutions, pooling, normalisations, recurrent, attention, elementwise, shapes, spectral, losses, recurrent_modules, special):
        family()
    total = 0
    for family, (tensors, metadata) in FAMILIES.items():
        path = os.path.join(HERE, f"ops_{family}.safetensors")
        safetensors_np.write(path, tensors, {k: json.dumps(v, separators=(",", ":")) for k, v in metadata.items()})
        total += os.path.getsize(path)
        print(f"{family:12s} {len(metadata):3d} cases {os.path.getsize(path) / 1024:7.1f} KiB  torch float32: value {max(m['value32'] for m in metadata.values()):.1e}, gradient {max(m['grad32'] for m in metadata.values()):.1e}")
    print(f"total {total / 1024:.0f} KiB")


if __name__ == "__main__":
    main()
