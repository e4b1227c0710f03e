using System.Numerics;

namespace Descant.Tensors.Fourier;

/// <summary>The constants of a complex transform of one length; immutable, so that any number of threads may use it.</summary>
internal abstract unsafe class ComplexPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected ComplexPlan(int length) => Length = length;

    public int Length { get; }

    /// <summary>Numbers of work memory that <see cref="Transform"/> needs; it starts on a cache line.</summary>
    public abstract int ScratchLength { get; }

    /// <summary>Chooses the algorithm for a length: the widest vectors that divide it, or Bluestein's.</summary>
    public static ComplexPlan<T> Create(int length, VectorWidth width)
    {
        int[]? factors = LanePlan.Factors(length);
        if (factors is null)
        {
            return new BluesteinPlan<T>(length, width);
        }

        if (width >= VectorWidth.Avx512 && LanePlan<Lanes512<T>, T>.Fits(length))
        {
            return new LanePlan<Lanes512<T>, T>(length);
        }

        if (width >= VectorWidth.Avx2 && LanePlan<Lanes256<T>, T>.Fits(length))
        {
            return new LanePlan<Lanes256<T>, T>(length);
        }

        return LanePlan<Lanes128<T>, T>.Fits(length)
            ? new LanePlan<Lanes128<T>, T>(length)
            : new LanePlan<Lanes1<T>, T>(length);
    }

    /// <summary>
    /// X[k] = Σ x[n]·e^(−2πi·kn/N), unscaled. Exchanging the real and imaginary pointers on both sides gives the inverse.
    /// The output may be the input.
    /// </summary>
    public abstract void Transform(T* inReal, T* inImaginary, T* outReal, T* outImaginary, T* scratch);

    /// <summary>As <see cref="Transform"/>, of interleaved (real, imaginary) pairs.</summary>
    public abstract void TransformPairs(T* pairs, T* outReal, T* outImaginary, T* scratch);
}
