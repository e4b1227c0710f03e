using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>What a gradient is computed from and where it goes.</summary>
internal sealed unsafe class WeightGradientOperands(
    Image[] large, Image[] small, ConvolutionGeometry geometry, FilterBank gradient, bool accumulate)
{
    public Image[] Large { get; } = large;

    public Image[] Small { get; } = small;

    public ConvolutionGeometry Geometry { get; } = geometry;

    public int LargeChannels { get; } = gradient.Inputs;

    public int SmallChannels { get; } = gradient.Outputs;

    /// <summary>Rows of the gradient as a matrix [ky, kx, l][s].</summary>
    public int Depth { get; } = gradient.Inputs * geometry.KernelHeight * geometry.KernelWidth;

    public int LargeRows(int rows) =>
        ((rows - 1) * Geometry.StrideHeight) + ((Geometry.KernelHeight - 1) * Geometry.DilationHeight) + 1;

    public int LargeColumns(int columns) =>
        ((columns - 1) * Geometry.StrideWidth) + ((Geometry.KernelWidth - 1) * Geometry.DilationWidth) + 1;

    /// <summary>
    /// Stores sums [tap][channel][small channel] of <paramref name="taps"/> taps and <paramref name="channels"/>
    /// channels of large, for the channels of small in [smallFirst, smallEnd).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Write<TV>(
        float* sums, nint stride, int firstTap, int taps, int firstChannel, int channels, int smallFirst = 0,
        int smallEnd = int.MaxValue)
        where TV : struct, IVector<TV>
    {
        smallEnd = Math.Min(smallEnd, SmallChannels);

        // A vector of outputs at a time: as many streams of writes, each of neighbours where taps are neighbours.
        for (int s = smallFirst; s < smallEnd; s += TV.Count)
        {
            int lanes = Math.Min(TV.Count, smallEnd - s);
            for (int c = 0; c < channels; c++)
            {
                for (int t = 0; t < taps; t++)
                {
                    int tap = firstTap + t;
                    float* source = sums + ((((nint)t * channels) + c) * stride) + (s - smallFirst);
                    float* target = gradient.Data + (s * gradient.OutputStride)
                        + ((firstChannel + c) * gradient.InputStride) + (tap / Geometry.KernelWidth * gradient.RowStride)
                        + (tap % Geometry.KernelWidth * gradient.ColumnStride);
                    if (gradient.OutputStride == 1)
                    {
                        TV value = TV.LoadPartial(source, lanes);
                        TV.StorePartial(accumulate ? value + TV.LoadPartial(target, lanes) : value, target, lanes);
                    }
                    else if (accumulate)
                    {
                        for (int lane = 0; lane < lanes; lane++, target += gradient.OutputStride)
                        {
                            *target += source[lane];
                        }
                    }
                    else
                    {
                        for (int lane = 0; lane < lanes; lane++, target += gradient.OutputStride)
                        {
                            *target = source[lane];
                        }
                    }
                }
            }
        }
    }

    /// <summary>The same for sums [channel][tap][small channel] of all taps, rows <paramref name="stride"/> floats apart.</summary>
    public void WriteTaps<TV>(float* sums, nint stride, int firstChannel, int channels, int smallFirst, int smallEnd)
        where TV : struct, IVector<TV>
    {
        int taps = Geometry.KernelHeight * Geometry.KernelWidth;
        bool dense = gradient.ColumnStride == 1 && gradient.RowStride == Geometry.KernelWidth && gradient.InputStride == taps;
        if (dense && !accumulate)
        {
            Packing.Transpose(
                sums, stride, channels * taps, Math.Min(smallEnd, SmallChannels) - smallFirst,
                gradient.Data + (smallFirst * gradient.OutputStride) + ((nint)firstChannel * taps), gradient.OutputStride);
            return;
        }

        for (int c = 0; c < channels; c++)
        {
            Write<TV>(sums + ((nint)c * taps * stride), stride, 0, taps, firstChannel + c, 1, smallFirst, smallEnd);
        }
    }
}
