using Descant.Tensors;

namespace Descant.Nn;

/// <summary>How a layer draws its first weights from the number of inputs and outputs of one unit.</summary>
public enum WeightInit
{
    /// <summary>Uniform in ±1/√fan-in: PyTorch's default (Kaiming-uniform with a = √5).</summary>
    PyTorch,

    /// <summary>Normal with deviation √(1/fan-in): LeCun, Chainer's default (S0).</summary>
    LeCunNormal,

    /// <summary>Uniform in ±√(6/(fan-in + fan-out)): Glorot, TensorFlow 1's default (S2, Wave-U-Net).</summary>
    GlorotUniform,

    /// <summary>Normal with deviation 0.02 (FusionNet).</summary>
    Normal002,
}

/// <summary>Where new parameters come from: an engine, a seeded generator and the framework whose defaults are followed. Passed in, never ambient.</summary>
public sealed class Initializer(Engine engine, int seed, WeightInit weights = WeightInit.PyTorch)
{
    private readonly Random _random = new(seed);

    /// <summary>The engine that holds the parameters.</summary>
    public Engine Engine { get; } = engine;

    /// <summary>Weights of a unit.</summary>
    public Tensor Weight(int fanIn, int fanOut, params int[] shape) => weights switch
    {
        WeightInit.PyTorch => Uniform(1 / MathF.Sqrt(fanIn), shape),
        WeightInit.LeCunNormal => Normal(MathF.Sqrt(1f / fanIn), shape),
        WeightInit.GlorotUniform => Uniform(MathF.Sqrt(6f / (fanIn + fanOut)), shape),
        _ => Normal(0.02f, shape),
    };

    /// <summary>Biases of a unit: uniform in ±1/√fan-in under PyTorch's rule, else zero.</summary>
    public Tensor Bias(int fanIn, int count) => weights == WeightInit.PyTorch ? Uniform(1 / MathF.Sqrt(fanIn), count) : Full(0, count);

    /// <summary>Uniform in ±bound.</summary>
    public Tensor Uniform(float bound, params int[] shape) => Draw(() => ((_random.NextSingle() * 2) - 1) * bound, shape);

    /// <summary>Normal with mean 0.</summary>
    public Tensor Normal(float deviation, params int[] shape) => Draw(
        () => deviation * MathF.Sqrt(-2 * MathF.Log(1 - _random.NextSingle())) * MathF.Cos(2 * MathF.PI * _random.NextSingle()), shape); // Box and Muller

    /// <summary>One repeated value.</summary>
    public Tensor Full(float value, params int[] shape) => Draw(() => value, shape);

    /// <summary>A value that is kept, not trained.</summary>
    public Tensor Kept(float value, params int[] shape) => Engine.Full(value, shape);

    private Tensor Draw(Func<float> next, int[] shape)
    {
        float[] values = new float[shape.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = next();
        }

        return Engine.Parameter(values, shape);
    }
}
