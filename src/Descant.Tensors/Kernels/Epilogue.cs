using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>
/// What happens to a finished result before it leaves the cache: activation(scale · y + bias), scale and bias per column
/// (output channel), either absent when null.
/// </summary>
internal readonly unsafe struct Epilogue(
    float* bias, Activation activation = Activation.None, float slope = 0, float* scale = null)
{
    public float* Bias { get; } = bias;

    public float* Scale { get; } = scale;

    public Activation Activation { get; } = activation;

    /// <summary>Of <see cref="Activation.LeakyRelu"/>.</summary>
    public float Slope { get; } = slope;

    public bool IsNone => Bias is null && Scale is null && Activation == Activation.None;

    /// <summary>Applies itself to a block whose first column is column <paramref name="firstColumn"/> of the result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Apply<TV>(float* block, nint stride, int rows, int columns, int firstColumn)
        where TV : struct, IVector<TV>
    {
        if (IsNone)
        {
            return;
        }

        for (int column = 0; column < columns; column += TV.Count)
        {
            int lanes = Math.Min(TV.Count, columns - column);
            int at = firstColumn + column;
            TV scale = Scale is null ? TV.Broadcast(1) : TV.LoadPartial(Scale + at, lanes);
            TV bias = Bias is null ? TV.Zero : TV.LoadPartial(Bias + at, lanes);
            Column(block + column, stride, rows, lanes, scale, bias);
        }
    }

    /// <summary>Applies itself to values of one channel, whole vectors of them.</summary>
    public void ApplyToChannel<TV>(float* values, int vectors, int channel)
        where TV : struct, IVector<TV>
    {
        if (!IsNone)
        {
            TV scale = Scale is null ? TV.Broadcast(1) : TV.Broadcast(Scale[channel]);
            TV bias = Bias is null ? TV.Zero : TV.Broadcast(Bias[channel]);
            Column(values, TV.Count, vectors, TV.Count, scale, bias);
        }
    }

    private void Column<TV>(float* block, nint stride, int rows, int lanes, TV scale, TV bias)
        where TV : struct, IVector<TV>
    {
        switch (Activation)
        {
            case Activation.None:
                Column<TV, Identity>(block, stride, rows, lanes, scale, bias, 0);
                break;
            case Activation.Relu:
            case Activation.LeakyRelu when Slope == 0: // 0 · ∞ is not a number
                Column<TV, Rectifier>(block, stride, rows, lanes, scale, bias, 0);
                break;
            case Activation.LeakyRelu:
                Column<TV, LeakyRectifier>(block, stride, rows, lanes, scale, bias, Slope);
                break;
            case Activation.Sigmoid:
                Column<TV, Logistic>(block, stride, rows, lanes, scale, bias, 0);
                break;
            case Activation.Tanh:
                Column<TV, HyperbolicTangent>(block, stride, rows, lanes, scale, bias, 0);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Column<TV, TFunction>(float* block, nint stride, int rows, int lanes, TV scale, TV bias, float slope)
        where TV : struct, IVector<TV>
        where TFunction : struct, IActivationFunction
    {
        TV slopes = TV.Broadcast(slope);
        if (lanes == TV.Count)
        {
            for (int row = 0; row < rows; row++, block += stride)
            {
                TV.Store(TFunction.Apply(TV.MultiplyAdd(TV.Load(block), scale, bias), slopes), block);
            }
        }
        else
        {
            for (int row = 0; row < rows; row++, block += stride)
            {
                TV value = TV.MultiplyAdd(TV.LoadPartial(block, lanes), scale, bias);
                TV.StorePartial(TFunction.Apply(value, slopes), block, lanes);
            }
        }
    }
}
