using System.Numerics;
using System.Runtime.CompilerServices;

namespace Descant.Tensors.Fourier;

/// <summary>A real transform of even length N as a complex one of H = N/2: neighbours are taken as one complex number.</summary>
/// <remarks>
/// With z[n] = x[2n] + i·x[2n + 1] and w = e^(−2πi/N): X[k] = (Z[k] + conj Z[H − k])/2 + w^k·(Z[k] − conj Z[H − k])/2i, and
/// X[H − k] is the conjugate of the difference of these two terms.
/// </remarks>
internal sealed unsafe class PackedRealPlan<TV, T> : RealPlan<T>
    where TV : unmanaged, ILanes<TV, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComplexPlan<T> _plan;
    private readonly int _half;
    private readonly FixedTable<T> _twiddles;

    /// <param name="plan">The transform of half the length, at least two vectors long or of single numbers.</param>
    public PackedRealPlan(ComplexPlan<T> plan)
        : base(2 * plan.Length)
    {
        _plan = plan;
        _half = plan.Length;
        _twiddles = new FixedTable<T>(2 * _half);
        for (int k = 0; k < _half; k++)
        {
            Twiddle.Put(k, Length, _twiddles.Pointer + k, _twiddles.Pointer + _half + k);
        }
    }

    public override int ScratchLength => (2 * Padded) + _plan.ScratchLength;

    private int Padded => (_half + 15) & ~15;

    public override void Forward(T* samples, T* real, T* imaginary, T* scratch)
    {
        T* zRe = scratch;
        T* zIm = scratch + Padded;
        _plan.TransformPairs(samples, zRe, zIm, scratch + (2 * Padded));
        T* twRe = _twiddles.Pointer;
        T* twIm = twRe + _half;
        TV half = TV.Broadcast(T.CreateChecked(0.5));
        for (int k = 1; k <= _half / 2; k += TV.Count)
        {
            int mirrored = _half - k - TV.Count + 1;
            TV aRe = TV.Load(zRe + k);
            TV aIm = TV.Load(zIm + k);
            TV bRe = TV.Reverse(TV.Load(zRe + mirrored));
            TV bIm = TV.Reverse(TV.Load(zIm + mirrored));
            TV evenRe = half * (aRe + bRe);
            TV evenIm = half * (aIm - bIm);
            TV oddRe = half * (aIm + bIm);
            TV oddIm = half * (bRe - aRe);
            Multiply(oddRe, oddIm, TV.Load(twRe + k), TV.Load(twIm + k), out TV turnedRe, out TV turnedIm);
            TV.Store(evenRe + turnedRe, real + k);
            TV.Store(evenIm + turnedIm, imaginary + k);
            TV.Store(TV.Reverse(evenRe - turnedRe), real + mirrored);
            TV.Store(TV.Reverse(turnedIm - evenIm), imaginary + mirrored);
        }

        real[0] = zRe[0] + zIm[0];
        imaginary[0] = T.Zero;
        real[_half] = zRe[0] - zIm[0];
        imaginary[_half] = T.Zero;
    }

    public override void Inverse(T* real, T* imaginary, T* samples, T scale, T* scratch)
    {
        T* zRe = scratch;
        T* zIm = scratch + Padded;
        T* twRe = _twiddles.Pointer;
        T* twIm = twRe + _half;
        TV scales = TV.Broadcast(scale);
        for (int k = 1; k <= _half / 2; k += TV.Count)
        {
            int mirrored = _half - k - TV.Count + 1;
            TV aRe = TV.Load(real + k);
            TV aIm = TV.Load(imaginary + k);
            TV bRe = TV.Reverse(TV.Load(real + mirrored));
            TV bIm = TV.Reverse(TV.Load(imaginary + mirrored));
            TV sumRe = scales * (aRe + bRe);
            TV sumIm = scales * (aIm - bIm);

            // i times the difference, times the conjugate of the twiddle.
            TV difRe = -scales * (aIm + bIm);
            TV difIm = scales * (aRe - bRe);
            Multiply(difRe, difIm, TV.Load(twRe + k), -TV.Load(twIm + k), out TV turnedRe, out TV turnedIm);
            TV.Store(sumRe + turnedRe, zRe + k);
            TV.Store(sumIm + turnedIm, zIm + k);
            TV.Store(TV.Reverse(sumRe - turnedRe), zRe + mirrored);
            TV.Store(TV.Reverse(turnedIm - sumIm), zIm + mirrored);
        }

        zRe[0] = scale * (real[0] + real[_half]);
        zIm[0] = scale * (real[0] - real[_half]);
        _plan.Transform(zIm, zRe, zIm, zRe, scratch + (2 * Padded));
        int n = 0;
        for (; n <= _half - TV.Count; n += TV.Count)
        {
            TV.Zip(TV.Load(zRe + n), TV.Load(zIm + n), out TV low, out TV high);
            TV.Store(low, samples + (2 * n));
            TV.Store(high, samples + (2 * n) + TV.Count);
        }

        for (; n < _half; n++)
        {
            samples[2 * n] = zRe[n];
            samples[(2 * n) + 1] = zIm[n];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(TV aRe, TV aIm, TV bRe, TV bIm, out TV real, out TV imaginary)
    {
        real = TV.SubtractProduct(aIm, bIm, aRe * bRe);
        imaginary = TV.MultiplyAdd(aRe, bIm, aIm * bRe);
    }
}
