using System.Numerics;

namespace Descant.Tensors.Fourier;

/// <summary>
/// Discrete Fourier transform of complex numbers, any length, float or double. Real and imaginary parts are separate spans.
/// </summary>
/// <remarks>
/// Fast for lengths whose prime factors are 2, 3 and 5 (fastest for powers of two and multiples of 256); other lengths cost
/// about six times as much (Bluestein's chirp). Immutable: any number of threads may use one instance, each with work memory
/// of its own.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed unsafe class Fft<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComplexPlan<T> _plan;

    /// <summary>Prepares transforms of one length.</summary>
    /// <param name="length">Complex numbers, at least 1.</param>
    /// <param name="width">Vectors to use; null takes the machine's best.</param>
    public Fft(int length, VectorWidth? width = null)
    {
        _plan = ComplexPlan<T>.Create(Lengths.Check<T>(length), width ?? VectorWidths.Best);
        ScratchLength = _plan.ScratchLength + Lengths.Alignment;
    }

    /// <summary>Complex numbers in and out.</summary>
    public int Length => _plan.Length;

    /// <summary>Numbers of work memory that a call needs.</summary>
    public int ScratchLength { get; }

    /// <summary>X[k] = Σ x[n]·e^(−2πi·kn/N), unscaled. The output may be the input.</summary>
    public void Forward(
        ReadOnlySpan<T> real, ReadOnlySpan<T> imaginary, Span<T> outReal, Span<T> outImaginary, Span<T> scratch)
    {
        Lengths.AtLeast(real.Length, Length, nameof(real));
        Lengths.AtLeast(imaginary.Length, Length, nameof(imaginary));
        Lengths.AtLeast(outReal.Length, Length, nameof(outReal));
        Lengths.AtLeast(outImaginary.Length, Length, nameof(outImaginary));
        Lengths.AtLeast(scratch.Length, ScratchLength, nameof(scratch));
        fixed (T* re = real, im = imaginary, outRe = outReal, outIm = outImaginary, work = scratch)
        {
            _plan.Transform(re, im, outRe, outIm, FixedTable<T>.Align(work));
        }
    }

    /// <summary>x[n] = 1/N · Σ X[k]·e^(2πi·kn/N). The output may be the input.</summary>
    public void Inverse(
        ReadOnlySpan<T> real, ReadOnlySpan<T> imaginary, Span<T> outReal, Span<T> outImaginary, Span<T> scratch)
    {
        Forward(imaginary, real, outImaginary, outReal, scratch);
        T scale = T.One / T.CreateChecked(Length);
        for (int n = 0; n < Length; n++)
        {
            outReal[n] *= scale;
            outImaginary[n] *= scale;
        }
    }
}
