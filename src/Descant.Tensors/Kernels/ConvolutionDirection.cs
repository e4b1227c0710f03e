namespace Descant.Tensors.Kernels;

/// <summary>Which of the two adjoint operations of one geometry a set of filters is packed for.</summary>
internal enum ConvolutionDirection
{
    /// <summary>
    /// y[oy, o] = Σ w[o, i, ky] · x[oy · stride + ky · dilation - pad, i]: a convolution, or the input gradient of a
    /// transposed one.
    /// </summary>
    Forward,

    /// <summary>
    /// y[iy · stride + ky · dilation - pad, o] += w[o, i, ky] · x[iy, i]: a transposed convolution, or the input gradient
    /// of a convolution.
    /// </summary>
    Transposed,
}
