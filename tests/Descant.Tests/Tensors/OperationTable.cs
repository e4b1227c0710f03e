using Descant.Tensors;
using Descant.Tensors.Fourier;
using Descant.Tensors.Kernels;
using Descant.Tests.Fixtures;

namespace Descant.Tests.Tensors;

/// <summary>How each operation of the fixtures is called on this engine.</summary>
internal static partial class OperationTable
{
    /// <summary>The inputs of a case as tensors, by name.</summary>
    internal delegate Dictionary<string, Tensor> Operation(OperationCase c, IReadOnlyDictionary<string, Tensor> t);

    private static readonly Dictionary<string, Operation> Operations = new(StringComparer.Ordinal)
    {
        ["relu"] = Unary(x => x.Relu()),
        ["leaky_relu"] = Unary(x => x.LeakyRelu(0.2f)),
        ["sigmoid"] = Unary(x => x.Sigmoid()),
        ["tanh"] = Unary(x => x.Tanh()),
        ["softplus"] = Unary(x => x.Softplus()),
        ["gelu"] = Unary(x => x.Gelu()),
        ["elu"] = Unary(x => x.Elu()),
        ["silu"] = Unary(x => x.Silu()),
        ["exp"] = Unary(x => x.Exp()),
        ["log"] = Unary(x => x.Log()),
        ["sqrt"] = Unary(x => x.Sqrt()),
        ["rsqrt"] = Unary(x => x.Pow(-0.5f)),
        ["abs"] = Unary(x => x.Abs()),
        ["square"] = Unary(x => x.Square()),
        ["neg"] = Unary(x => -x),
        ["reciprocal"] = Unary(x => x.Pow(-1)),
        ["pow"] = One((c, t) => t["x"].Pow(c.Number("exponent"))),
        ["clamp"] = One((c, t) => t["x"].Clamp(c.Number("low"), c.Number("high"))),
        ["add"] = Binary((a, b) => a + b),
        ["sub"] = Binary((a, b) => a - b),
        ["mul"] = Binary((a, b) => a * b),
        ["div"] = Binary((a, b) => a / b),
        ["maximum"] = Binary(Tensor.Maximum),
        ["minimum"] = Binary((a, b) => -Tensor.Maximum(-a, -b)),
        ["softmax"] = One((c, t) => t["x"].Softmax(c.Integer("axis"))),
        ["log_softmax"] = One((c, t) => t["x"].LogSoftmax(c.Integer("axis"))),
        ["concat"] = One((c, t) => Tensor.Concat(c.Integer("axis"), [.. t.Values])),
        ["slice"] = One((c, t) => t["x"].Slice(c.Integer("axis"), c.Integer("start"), c.Integer("length"))),
        ["transpose"] = One((c, t) => t["x"].Permute(c.Integers("axes"))),
        ["reshape"] = One((c, t) => t["x"].Reshape(c.Integers("shape"))),
        ["pad_zero"] = One((c, t) => Pad(t["x"], c.Integers("pad"), (x, axis, before, after) => Crop(x, axis, before, after).PadZeros(axis, Math.Max(before, 0), Math.Max(after, 0)))),
        ["pad_reflect"] = One((c, t) => Pad(t["x"], c.Integers("pad"), (x, axis, before, after) => x.PadReflect(axis, before, after))),
        ["sum"] = Reduction((x, axes) => x.Sum(axes)),
        ["mean"] = Reduction((x, axes) => x.Mean(axes)),
        ["max"] = Reduction((x, axes) => axes.Aggregate(x, (reduced, axis) => reduced.Max(axis))),
        ["matmul"] = Binary(Tensor.MatMul),
        ["linear"] = One((_, t) => t["x"].Linear(t["weight"], t.GetValueOrDefault("bias"))),
        ["max_pool1d"] = One((c, t) => t["x"].MaxPool1d(c.Integer("kernel"), c.Integer("stride"), c.Integer("padding"))),
        ["max_pool2d"] = One((c, t) => t["x"].MaxPool2d(c.Integer("kernel"), c.Integer("stride"), c.Integer("padding"))),
        ["avg_pool1d"] = One((c, t) => t["x"].AvgPool1d(c.Integer("kernel"), c.Integer("stride"), c.Integer("padding"))),
        ["avg_pool2d"] = One((c, t) => t["x"].AvgPool2d(c.Integer("kernel"), c.Integer("stride"), c.Integer("padding"))),
        ["upsample_nearest"] = One((c, t) => Upsample(t["x"], c.Integers("size"), (x, axis, size) => x.UpsampleNearest(axis, size))),
        ["upsample_linear"] = One((c, t) => Upsample(t["x"], c.Integers("size"), (x, axis, size) => x.UpsampleLinear(axis, size, c.Flag("alignCorners")))),
        ["group_norm"] = One((c, t) => t["x"].GroupNorm(c.Integer("groups"), t["weight"], t["bias"], c.Number("epsilon"))),
        ["instance_norm"] = One((c, t) => t["x"].InstanceNorm(t.GetValueOrDefault("weight"), t.GetValueOrDefault("bias"), c.Number("epsilon"))),
        ["layer_norm"] = One((c, t) => t["x"].LayerNorm(t["weight"], t["bias"], c.Number("epsilon"))),
        ["batch_norm"] = BatchNorm,
        ["conv2d"] = One((c, t) => Tensor.Conv2d([t["x"]], t["weight"], t.GetValueOrDefault("bias"), Geometry(c, t["weight"]))),
        ["conv_transpose2d"] = One((c, t) => Tensor.ConvTranspose2d([t["x"]], t["weight"], t["bias"], Geometry(c, t["weight"]), c.Pair("outputPadding"))),
        ["conv1d"] = One((c, t) => Tensor.Conv1d([t["x"]], t["weight"], t["bias"], c.Integer("stride"), c.Integer("padding"), c.Integer("dilation"))),
        ["conv_transpose1d"] = One((c, t) => Tensor.ConvTranspose1d(
            [t["x"]], t["weight"], t["bias"], c.Integer("stride"), c.Integer("padding"), c.Integer("outputPadding"), c.Integer("dilation"))),
        ["linear_relu"] = One((_, t) => t["x"].Linear(t["weight"], t["bias"], scale: null, Activation.Relu)),
        ["conv2d_relu"] = One((c, t) => Tensor.Conv2d([t["x"]], t["weight"], t["bias"], Geometry(c, t["weight"]), Activation.LeakyRelu, slope: 0)),
        ["batch_norm_relu"] = One((_, t) => t["x"].ChannelAffine(t["weight"], t["bias"], slope: 0)),
        ["var"] = Reduction((x, axes) => x.Variance(axes)),
        ["l1_loss"] = Loss((x, target) => Tensor.L1Loss(x, target)),
        ["mse_loss"] = Loss(Tensor.MseLoss),
        ["bce_logits_loss"] = Loss((x, target) => (x.Softplus() - (x * target)).Mean()),
        ["bce_loss"] = Loss(Tensor.BceLoss),
        ["lstm"] = Lstm,
        ["gru"] = Gru,
        ["stft"] = One((c, t) => ComplexLast(t["x"].Stft(Spectral(c)))),
        ["istft"] = One((c, t) => t["x"].Permute(3, 0, 1, 2).InverseStft(Spectral(c), c.Integer("length"))),
    };

    public static bool Knows(string operation) => Operations.ContainsKey(operation);

    public static Dictionary<string, Tensor> Run(OperationCase c, IReadOnlyDictionary<string, Tensor> inputs) => Operations[c.Operation](c, inputs);

    private static Stft Spectral(OperationCase c) => new(new StftSettings(c.Integer("fftSize"), c.Integer("hop"))
    {
        WindowLength = c.Operation == "stft" ? c.Integer("windowLength") : 0,
        Center = c.Operation != "stft" || c.Flag("center"),
    });

    private static Tensor ComplexLast(Tensor spectrum) => spectrum.Permute(1, 2, 3, 0);

    private static Operation One(Func<OperationCase, IReadOnlyDictionary<string, Tensor>, Tensor> run) => (c, t) => new() { ["y"] = run(c, t) };

    private static Operation Unary(Func<Tensor, Tensor> run) => One((_, t) => run(t["x"]));

    private static Operation Binary(Func<Tensor, Tensor, Tensor> run) => One((_, t) => run(t["a"], t["b"]));

    /// <summary>Ours keep reduced axes with size 1; the fixtures also have them dropped.</summary>
    private static Operation Reduction(Func<Tensor, int[], Tensor> run) => One((c, t) => run(t["x"], c.Integers("axes")).Reshape(c.Outputs["y"].Shape));

    private static Operation Loss(Func<Tensor, Tensor, Tensor> run) => One((_, t) => run(t["x"], t["target"]).Reshape());

    private static ConvolutionGeometry Geometry(OperationCase c, Tensor weight)
    {
        ((int First, int Second) stride, (int First, int Second) padding, (int First, int Second) dilation) = (c.Pair("stride"), c.Pair("padding"), c.Pair("dilation"));
        return new(weight.Size(2), weight.Size(3), stride.First, stride.Second, padding.First, padding.Second, dilation.First, dilation.Second);
    }

    private static Tensor Upsample(Tensor x, int[] sizes, Func<Tensor, int, int, Tensor> stretch) =>
        sizes.Select((size, i) => (size, axis: 2 + i)).Aggregate(x, (y, s) => stretch(y, s.axis, s.size));

    /// <summary>In training with the running statistics that follow; else as the fixed scale and shift that the layer computes.</summary>
    private static Dictionary<string, Tensor> BatchNorm(OperationCase c, IReadOnlyDictionary<string, Tensor> t)
    {
        Tensor x = t["x"], mean = t["runningMean"], variance = t["runningVar"];
        if (!c.Flag("training"))
        {
            Tensor scale = t["weight"] / (variance + c.Number("epsilon")).Sqrt();
            return new() { ["y"] = x.ChannelAffine(scale, t["bias"] - (mean * scale)) };
        }

        Tensor y = x.BatchNorm(t["weight"], t["bias"], c.Number("epsilon"), 1, out (float[] Mean, float[] Variance) batch);
        float momentum = c.Number("momentum"), count = x.ElementCount / x.Size(1);
        Tensor Follow(Tensor running, float[] values, float factor) =>
            (running * (1 - momentum)) + (x.Engine.Tensor(values, values.Length) * (momentum * factor));
        return new() { ["y"] = y, ["runningMean"] = Follow(mean, batch.Mean, 1), ["runningVar"] = Follow(variance, batch.Variance, count / (count - 1)) };
    }

    /// <summary>PyTorch lists pairs from the last axis backwards.</summary>
    private static Tensor Pad(Tensor x, int[] pairs, Func<Tensor, int, int, int, Tensor> pad)
    {
        for (int i = 0; i < pairs.Length; i += 2)
        {
            x = pad(x, x.Rank - 1 - (i / 2), pairs[i], pairs[i + 1]);
        }

        return x;
    }

    /// <summary>PyTorch's negative padding.</summary>
    private static Tensor Crop(Tensor x, int axis, int before, int after)
    {
        int start = Math.Max(0, -before);
        return x.Slice(axis, start, x.Size(axis) - start - Math.Max(0, -after));
    }
}
