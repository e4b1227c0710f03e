using System.Numerics;

namespace Descant.Tensors.Fourier;

/// <summary>The constants of a transform of real samples; immutable, so that any number of threads may use it.</summary>
internal abstract unsafe class RealPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    protected RealPlan(int length) => Length = length;

    public int Length { get; }

    /// <summary>Numbers of work memory that either direction needs; it starts on a cache line.</summary>
    public abstract int ScratchLength { get; }

    /// <summary>Chooses the algorithm for a length.</summary>
    public static RealPlan<T> Create(int length, VectorWidth width)
    {
        if (length % 2 != 0)
        {
            return new OddRealPlan<T>(length, width);
        }

        int half = length / 2;
        ComplexPlan<T> plan = ComplexPlan<T>.Create(half, width);
        return width >= VectorWidth.Avx512 && half >= 2 * Lanes512<T>.Count ? new PackedRealPlan<Lanes512<T>, T>(plan)
            : width >= VectorWidth.Avx2 && half >= 2 * Lanes256<T>.Count ? new PackedRealPlan<Lanes256<T>, T>(plan)
            : half >= 2 * Lanes128<T>.Count ? new PackedRealPlan<Lanes128<T>, T>(plan)
            : new PackedRealPlan<Lanes1<T>, T>(plan);
    }

    /// <summary>X[k] = Σ x[n]·e^(−2πi·kn/N) for k = 0 … N/2.</summary>
    public abstract void Forward(T* samples, T* real, T* imaginary, T* scratch);

    /// <summary>
    /// x[n] = scale·Σ_{k &lt; N} X[k]·e^(2πi·kn/N), X[N − k] = conj X[k]; the imaginary parts of X[0] and X[N/2] are not read.
    /// </summary>
    public abstract void Inverse(T* real, T* imaginary, T* samples, T scale, T* scratch);
}
