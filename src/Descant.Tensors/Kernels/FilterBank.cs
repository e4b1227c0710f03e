namespace Descant.Tensors.Kernels;

/// <summary>
/// Weights of a convolution as it is to be run: <paramref name="outputs"/> channels from <paramref name="inputs"/>, element
/// [o, i, ky, kx] at the given strides. The same memory serves the adjoint with outputs and inputs exchanged.
/// </summary>
/// <remarks>Fastest to pack where the output or the input stride is 1 ([ky, kx, i, o] in memory); any strides work.</remarks>
internal readonly unsafe struct FilterBank(
    float* data, int outputs, int inputs, nint outputStride, nint inputStride, nint rowStride, nint columnStride)
{
    public float* Data { get; } = data;

    public int Outputs { get; } = outputs;

    public int Inputs { get; } = inputs;

    public nint OutputStride { get; } = outputStride;

    public nint InputStride { get; } = inputStride;

    public nint RowStride { get; } = rowStride;

    public nint ColumnStride { get; } = columnStride;

    public FilterBank Adjoint => new(Data, Inputs, Outputs, InputStride, OutputStride, RowStride, ColumnStride);

    /// <summary>[outputs, inputs, kernel height, kernel width] without gaps: PyTorch's convolutions.</summary>
    public static FilterBank OutputsFirst(float* data, int outputs, int inputs, int kernelHeight, int kernelWidth) => new(
        data, outputs, inputs, (nint)inputs * kernelHeight * kernelWidth, (nint)kernelHeight * kernelWidth, kernelWidth, 1);

    /// <summary>[inputs, outputs, kernel height, kernel width] without gaps: PyTorch's transposed convolutions.</summary>
    public static FilterBank InputsFirst(float* data, int outputs, int inputs, int kernelHeight, int kernelWidth) =>
        OutputsFirst(data, inputs, outputs, kernelHeight, kernelWidth).Adjoint;
}
