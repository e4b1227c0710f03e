namespace Descant.Tensors.Kernels;

/// <summary>
/// Kernel size, stride, padding at the top and left, and dilation of a convolution; of the forward one also where a
/// transposed one is run (PyTorch's parameters of both). The padding at the bottom and right follows from the size of the
/// result.
/// </summary>
internal readonly record struct ConvolutionGeometry(
    int KernelHeight, int KernelWidth, int StrideHeight = 1, int StrideWidth = 1, int PadTop = 0, int PadLeft = 0,
    int DilationHeight = 1, int DilationWidth = 1)
{
    /// <summary>One row high, for signals.</summary>
    public static ConvolutionGeometry Line(int kernel, int stride = 1, int pad = 0, int dilation = 1) =>
        new(1, kernel, 1, stride, 0, pad, 1, dilation);

    /// <summary>Same parameters both ways.</summary>
    public static ConvolutionGeometry Square(int kernel, int stride = 1, int pad = 0, int dilation = 1) =>
        new(kernel, kernel, stride, stride, pad, pad, dilation, dilation);
}
