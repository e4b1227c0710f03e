using Descant.Tensors;

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
            _ => () => engine.Zeros(2, 0).Max(1),
        };
        string message = Assert.Throws<ArgumentException>(act).Message;
        Assert.All(parts, part => Assert.Contains(part, message, StringComparison.Ordinal));
    }
}
