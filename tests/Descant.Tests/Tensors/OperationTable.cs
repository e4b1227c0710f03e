using Descant.Tensors;
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
        ["var"] = Reduction((x, axes) => x.Variance(axes)),
        ["l1_loss"] = Loss((x, target) => Tensor.L1Loss(x, target)),
        ["mse_loss"] = Loss(Tensor.MseLoss),
        ["bce_loss"] = Loss(Tensor.BceLoss),
    };

    public static bool Knows(string operation) => Operations.ContainsKey(operation);

    public static Dictionary<string, Tensor> Run(OperationCase c, IReadOnlyDictionary<string, Tensor> inputs) => Operations[c.Operation](c, inputs);

    private static Operation One(Func<OperationCase, IReadOnlyDictionary<string, Tensor>, Tensor> run) => (c, t) => new() { ["y"] = run(c, t) };

    private static Operation Unary(Func<Tensor, Tensor> run) => One((_, t) => run(t["x"]));

    private static Operation Binary(Func<Tensor, Tensor, Tensor> run) => One((_, t) => run(t["a"], t["b"]));

    /// <summary>Ours keep reduced axes with size 1; the fixtures also have them dropped.</summary>
    private static Operation Reduction(Func<Tensor, int[], Tensor> run) => One((c, t) => run(t["x"], c.Integers("axes")).Reshape(c.Outputs["y"].Shape));

    private static Operation Loss(Func<Tensor, Tensor, Tensor> run) => One((_, t) => run(t["x"], t["target"]).Reshape());

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
