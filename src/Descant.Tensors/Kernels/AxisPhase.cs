namespace Descant.Tensors.Kernels;

/// <summary>
/// The output positions of one residue along one axis: position i of the phase is output First + i · Step, and reads
/// the inputs i · InputStride + Offset + t · TapStep with the kernel taps FirstTap + t · TapDirection, t in [0, Taps).
/// </summary>
/// <remarks>
/// A convolution has one phase; a transposed one has a phase per residue of its stride, each an ordinary convolution of
/// stride 1 with every stride-th tap in reverse order.
/// </remarks>
internal readonly record struct AxisPhase(
    int First, int Step, int InputStride, int Offset, int TapStep, int Taps, int FirstTap, int TapDirection)
{
    /// <summary>The input of the last tap at position 0.</summary>
    public int Reach => Offset + (Math.Max(0, Taps - 1) * TapStep);

    public static AxisPhase[] Of(ConvolutionDirection direction, int kernel, int stride, int pad, int dilation)
    {
        if (direction == ConvolutionDirection.Forward)
        {
            return [new AxisPhase(0, 1, stride, -pad, dilation, kernel, 0, 1)];
        }

        AxisPhase[] phases = new AxisPhase[stride];
        for (int residue = 0; residue < stride; residue++)
        {
            int[] taps = [.. Enumerable.Range(0, kernel).Reverse().Where(tap => (residue + pad - (tap * dilation)) % stride == 0)];
            phases[residue] = taps.Length == 0
                ? new AxisPhase(residue, stride, 1, 0, 1, 0, 0, 0)
                : new AxisPhase(
                    residue, stride, 1, (residue + pad - (taps[0] * dilation)) / stride,
                    taps.Length == 1 ? 1 : (taps[0] - taps[1]) * dilation / stride, taps.Length, taps[0],
                    taps.Length == 1 ? -1 : taps[1] - taps[0]);
        }

        return phases;
    }

    /// <summary>Positions of this phase in a result of <paramref name="size"/>.</summary>
    public int Count(int size) => Math.Max(0, (size - First + Step - 1) / Step);
}
