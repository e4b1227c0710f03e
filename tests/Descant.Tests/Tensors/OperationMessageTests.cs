using Descant.Tensors;
using Descant.Tensors.Fourier;
using Descant.Tensors.Kernels;

namespace Descant.Tests.Tensors;

/// <summary>What an operation says about operands that do not fit: the operation, what it expects and what it got.</summary>
public sealed class OperationMessageTests
{
    public static TheoryData<string, string[]> Mistakes() => new()
    {
        { "max_pool2d rank", ["max_pool2d", "4 axes", "[2, 3, 5]"] },
        { "max_pool2d window", ["max_pool2d", "window of 6", "[1, 2, 5, 5]"] },
        { "avg_pool1d padding", ["avg_pool1d", "padding of at most half the kernel", "2, 2 and 2"] },
        { "upsample length", ["upsample_linear", "length of at least 1", "got 0 from axis 2 of [2, 3, 5]"] },
        { "group_norm groups", ["group_norm", "multiple of 2 groups", "[2, 3, 5]", "none"] },
        { "group_norm scale", ["group_norm", "[2, 3, 5]", "[4]"] },
        { "layer_norm shape", ["layer_norm", "last axes of [2, 3, 5]", "[3]"] },
        { "max empty", ["max", "axis 1 of [2, 0]", "empty"] },
        { "broadcast", ["[2, 3, 5]", "[4, 5]", "axis"] },
        { "matmul", ["matmul", "inner", "[2, 3, 5]", "[2, 4, 6]"] },
        { "linear weight", ["linear", "[7, 4]", "[2, 3, 5]"] },
        { "linear bias", ["linear", "bias of 7", "[2, 3, 5]", "[6]"] },
        { "conv2d channels", ["conv2d", "4 input channels", "got 2 in [1, 2, 5, 5]"] },
        { "conv2d size", ["conv2d", "7 × 7 kernel", "larger input", "[1, 2, 5, 5]"] },
        { "conv1d rank", ["conv1d", "[batch, channels, samples]", "[1, 2, 5, 5]"] },
        { "conv_transpose2d channels", ["conv_transpose2d", "3 input channels", "got 2 in [1, 2, 5, 5]"] },
        { "lstm rank", ["lstm", "[frames, batch, inputs]", "[1, 2, 5, 5]"] },
        { "lstm state", ["lstm", "states [1, 3, 4]", "[1, 2, 4]"] },
        { "gru weights", ["gru", "[12, 5]", "[12, 4]", "[16, 5]"] },
        { "stft short", ["stft", "at least 64 without centring", "[2, 3, 5]"] },
        { "inverse stft bins", ["inverse stft", "33 bins", "[2, 3, 5]"] },
        { "concat", ["concat", "along axis 0", "[2, 3, 5]", "[2, 4, 5]"] },
        { "reshape", ["reshape", "30 elements", "asks for 32"] },
        { "slice", ["slice", "2..6", "axis 2 of [2, 3, 5]"] },
        { "slice beyond int", ["slice", "2000000000..2200000000", "axis 2 of [2, 3, 5]"] },
        { "select", ["slice", "2147483647..2147483648", "axis 1 of [2, 3, 5]"] },
        { "unsqueeze", ["unsqueeze", "-4 to 3", "[2, 3, 5]", "got 4"] },
        { "size", ["[65536, 65536, 65536, 65536]", "elements of one buffer"] },
        { "largest size", ["[2147483583]", "1879048192 elements of one buffer"] },
        { "pad", ["pad", "axis 2 of [2, 3, 5]", "2147483647 and 1", "2147483653"] },
        { "concat beyond int", ["concat", "axis 0", "3600000000"] },
        { "upsample beyond memory", ["upsample_nearest", "2147483647", "axis 2 of [2, 3, 5]"] },
        { "conv_transpose2d beyond int", ["[1, 3, 2147483647, 2147483647]", "elements of one buffer"] },
        { "pad_reflect", ["pad_reflect", "axis 2 of [2, 3, 5]", "0 to 4", "5"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void Names_the_operation_and_the_shapes(string mistake, string[] parts)
    {
        using var engine = new Engine(1);
        Tensor x = engine.Zeros(2, 3, 5), image = engine.Zeros(1, 2, 5, 5);
        Action act = mistake switch
        {
            "max_pool2d rank" => () => x.MaxPool2d(2),
            "max_pool2d window" => () => image.MaxPool2d(6),
            "avg_pool1d padding" => () => x.AvgPool1d(2, 2, 2),
            "upsample length" => () => x.UpsampleLinear(2, 0, alignCorners: false),
            "group_norm groups" => () => x.GroupNorm(2, null, null, 1e-5f),
            "group_norm scale" => () => x.GroupNorm(1, engine.Zeros(4), null, 1e-5f),
            "layer_norm shape" => () => x.LayerNorm(engine.Zeros(3), engine.Zeros(3), 1e-5f),
            "max empty" => () => engine.Zeros(2, 0).Max(1),
            "broadcast" => () => _ = x + engine.Zeros(4, 5),
            "matmul" => () => Tensor.MatMul(x, engine.Zeros(2, 4, 6)),
            "linear weight" => () => x.Linear(engine.Zeros(7, 4)),
            "linear bias" => () => x.Linear(engine.Zeros(7, 5), engine.Zeros(6)),
            "conv2d channels" => () => Tensor.Conv2d([image], engine.Zeros(3, 4, 3, 3), null, ConvolutionGeometry.Square(3)),
            "conv2d size" => () => Tensor.Conv2d([image], engine.Zeros(3, 2, 7, 7), null, ConvolutionGeometry.Square(7)),
            "conv1d rank" => () => Tensor.Conv1d([image], engine.Zeros(3, 2, 3), null),
            "conv_transpose2d channels" => () => Tensor.ConvTranspose2d([image], engine.Zeros(3, 2, 3, 3), null, ConvolutionGeometry.Square(3), (0, 0)),
            "lstm rank" => () => Lstm(image, engine.Zeros(1, 3, 4)),
            "lstm state" => () => Lstm(x, engine.Zeros(1, 2, 4)),
            "gru weights" => () => Gru(x, engine.Zeros(1, 3, 4)),
            "stft short" => () => x.Stft(new Stft(new StftSettings(64, 16) { Center = false })),
            "inverse stft bins" => () => x.InverseStft(new Stft(new StftSettings(64, 16)), 100),
            "concat" => () => Tensor.Concat(0, x, engine.Zeros(2, 4, 5)),
            "reshape" => () => x.Reshape(4, 8),
            "slice" => () => x.Slice(2, 2, 4),
            "slice beyond int" => () => x.Slice(2, 2_000_000_000, 200_000_000),
            "select" => () => x.Select(1, int.MaxValue),
            "unsqueeze" => () => x.Unsqueeze(4),
            "size" => () => engine.Zeros(65536, 65536, 65536, 65536),
            "largest size" => () => engine.Zeros(int.MaxValue - 64),
            "pad" => () => x.PadZeros(2, int.MaxValue, 1),
            "concat beyond int" => () => Tensor.Concat(0, engine.Zeros(1).BroadcastTo(1_800_000_000), engine.Zeros(1).BroadcastTo(1_800_000_000)),
            "upsample beyond memory" => () => x.UpsampleNearest(2, int.MaxValue),
            "conv_transpose2d beyond int" => () => Tensor.ConvTranspose2d([image], engine.Zeros(2, 3, 3, 3), null, ConvolutionGeometry.Square(3, stride: 1 << 30), (0, 0)),
            _ => () => x.PadReflect(2, 5, 0),
        };
        string message = Assert.ThrowsAny<ArgumentException>(act).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));

        void Gru(Tensor input, Tensor state) =>
            input.Gru(new RecurrentWeights(engine.Zeros(16, 5), engine.Zeros(16, 4), engine.Zeros(16), engine.Zeros(16)), null, ref state);

        void Lstm(Tensor input, Tensor state)
        {
            Tensor cell = state;
            input.Lstm(new RecurrentWeights(engine.Zeros(16, 5), engine.Zeros(16, 4), engine.Zeros(16), engine.Zeros(16)), null, ref state, ref cell);
        }
    }
}
