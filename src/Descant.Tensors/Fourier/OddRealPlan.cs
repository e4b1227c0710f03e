using System.Numerics;

namespace Descant.Tensors.Fourier;

/// <summary>A real transform of odd length as a complex one whose imaginary parts are zero: rare, and not worth more code.</summary>
internal sealed unsafe class OddRealPlan<T> : RealPlan<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ComplexPlan<T> _plan;

    public OddRealPlan(int length, VectorWidth width)
        : base(length) => _plan = ComplexPlan<T>.Create(length, width);

    public override int ScratchLength => (2 * Padded) + _plan.ScratchLength;

    private int Padded => (Length + 15) & ~15;

    public override void Forward(T* samples, T* real, T* imaginary, T* scratch)
    {
        T* re = scratch;
        T* im = scratch + Padded;
        int bins = (Length / 2) + 1;
        new Span<T>(im, Length).Clear();
        _plan.Transform(samples, im, re, im, scratch + (2 * Padded));
        new Span<T>(re, bins).CopyTo(new Span<T>(real, bins));
        new Span<T>(im, bins).CopyTo(new Span<T>(imaginary, bins));
    }

    public override void Inverse(T* real, T* imaginary, T* samples, T scale, T* scratch)
    {
        T* re = scratch;
        T* im = scratch + Padded;
        re[0] = scale * real[0];
        im[0] = T.Zero;
        for (int k = 1; k <= Length / 2; k++)
        {
            re[k] = re[Length - k] = scale * real[k];
            im[k] = scale * imaginary[k];
            im[Length - k] = -im[k];
        }

        _plan.Transform(im, re, im, re, scratch + (2 * Padded));
        new Span<T>(re, Length).CopyTo(new Span<T>(samples, Length));
    }
}
