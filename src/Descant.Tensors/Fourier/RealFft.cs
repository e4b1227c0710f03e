using System.Numerics;

namespace Descant.Tensors.Fourier;

/// <summary>
/// Discrete Fourier transform of real numbers, any length, float or double. Of the spectrum only bins 0 to N/2 are stored
/// (the others are their conjugates), real and imaginary parts in separate spans.
/// </summary>
/// <remarks>
/// Fast for even lengths whose prime factors are 2, 3 and 5. Immutable: any number of threads may use one instance, each
/// with work memory of its own.
/// </remarks>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
public sealed unsafe class RealFft<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RealPlan<T> _plan;

    /// <summary>Prepares transforms of one length.</summary>
    /// <param name="length">Samples, at least 1.</param>
    /// <param name="width">Vectors to use; null takes the machine's best.</param>
    public RealFft(int length, VectorWidth? width = null)
    {
        _plan = RealPlan<T>.Create(Lengths.Check<T>(length), width ?? VectorWidths.Best);
        ScratchLength = _plan.ScratchLength + Lengths.Alignment;
    }

    /// <summary>Samples of one transform.</summary>
    public int Length => _plan.Length;

    /// <summary>Bins of a spectrum: Length/2 + 1.</summary>
    public int Bins => (Length / 2) + 1;

    /// <summary>Numbers of work memory that a call needs.</summary>
    public int ScratchLength { get; }

    /// <summary>X[k] = Σ x[n]·e^(−2πi·kn/N) for the bins k = 0 … N/2, unscaled.</summary>
    public void Forward(ReadOnlySpan<T> samples, Span<T> real, Span<T> imaginary, Span<T> scratch)
    {
        Lengths.AtLeast(samples.Length, Length, nameof(samples));
        Check(real.Length, imaginary.Length, scratch.Length);
        fixed (T* x = samples, re = real, im = imaginary, work = scratch)
        {
            _plan.Forward(x, re, im, FixedTable<T>.Align(work));
        }
    }

    /// <summary>
    /// The inverse of <see cref="Forward"/>, 1/N included. The imaginary parts of bin 0 and, for even N, of bin N/2 are not
    /// read.
    /// </summary>
    public void Inverse(ReadOnlySpan<T> real, ReadOnlySpan<T> imaginary, Span<T> samples, Span<T> scratch) =>
        Inverse(real, imaginary, samples, T.One / T.CreateChecked(Length), scratch);

    /// <summary>The inverse with a factor of the caller's in place of 1/N.</summary>
    public void Inverse(ReadOnlySpan<T> real, ReadOnlySpan<T> imaginary, Span<T> samples, T scale, Span<T> scratch)
    {
        Lengths.AtLeast(samples.Length, Length, nameof(samples));
        Check(real.Length, imaginary.Length, scratch.Length);
        fixed (T* x = samples, re = real, im = imaginary, work = scratch)
        {
            _plan.Inverse(re, im, x, scale, FixedTable<T>.Align(work));
        }
    }

    private void Check(int real, int imaginary, int scratch)
    {
        Lengths.AtLeast(real, Bins, nameof(real));
        Lengths.AtLeast(imaginary, Bins, nameof(imaginary));
        Lengths.AtLeast(scratch, ScratchLength, nameof(scratch));
    }
}
