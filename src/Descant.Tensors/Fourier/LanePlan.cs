using System.Numerics;

namespace Descant.Tensors.Fourier;

/// <summary>Lengths that <see cref="LanePlan{TV, T}"/> can do.</summary>
internal static class LanePlan
{
    /// <summary>The passes of a transform of <paramref name="length"/>, or null where it has a factor above 5.</summary>
    public static int[]? Factors(int length)
    {
        List<int> factors = [];
        foreach (int radix in new[] { 5, 3 })
        {
            for (; length % radix == 0; length /= radix)
            {
                factors.Add(radix);
            }
        }

        // Radix 4, with one 8 or 2 where the power of two is odd.
        int twos = BitOperations.TrailingZeroCount(length);
        length >>= twos;
        if (twos % 2 == 1)
        {
            factors.Add(twos == 1 ? 2 : 8);
            twos -= twos == 1 ? 1 : 3;
        }

        factors.AddRange(Enumerable.Repeat(4, twos / 2));
        return length == 1 ? [.. factors] : null;
    }
}

/// <summary>
/// A complex transform of length N = W·M, W being the lanes of a vector: W transforms of length M run side by side, one in
/// each lane (Stockham's self-sorting passes of radix 2, 3, 4, 5 and 8), then one pass of radix W joins the lanes.
/// </summary>
/// <remarks>
/// With n = r + W·m and k = j·M + k': X[k] = Σ_r e^(−2πi·rj/W) · e^(−2πi·rk'/N) · Σ_m x[r + W·m]·e^(−2πi·mk'/M). The inner
/// sums need whole vectors only, whatever their length; the outer one transposes W×W blocks so that a vector holds W
/// successive k'. In the work memory element m is the vector of real parts followed by that of imaginary parts.
/// </remarks>
internal sealed unsafe class LanePlan<TV, T> : ComplexPlan<T>
    where TV : unmanaged, ILanes<TV, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly int _m;
    private readonly int[] _factors;
    private readonly FixedTable<T> _twiddles;
    private readonly FixedTable<T> _joinTwiddles;
    private readonly FixedTable<T> _blockTwiddles;

    public LanePlan(int length)
        : base(length)
    {
        int w = TV.Count;
        _m = length / w;
        _factors = LanePlan.Factors(_m)!; // the length was checked by whoever chose this plan
        _twiddles = PassTwiddles(_m, _factors);
        _joinTwiddles = new FixedTable<T>(w == 1 ? 0 : 2 * length);
        for (int k = 0; k < _m && w > 1; k++)
        {
            for (int r = 0; r < w; r++)
            {
                T* at = _joinTwiddles.Pointer + (2 * w * k) + r;
                Twiddle.Put((long)r * k, length, at, at + w);
            }
        }

        _blockTwiddles = PassTwiddles(w, w switch { 16 => [4, 4], 8 => [2, 4], _ => [] });
    }

    public override int ScratchLength => (4 * Length) + (4 * TV.Count * TV.Count);

    /// <summary>Whether a length divides into lanes with at least one whole block to join.</summary>
    public static bool Fits(int length) => length % TV.Count == 0 && length / TV.Count >= TV.Count;

    public override void Transform(T* inReal, T* inImaginary, T* outReal, T* outImaginary, T* scratch)
    {
        int w = TV.Count;
        T* x = scratch;
        for (int i = 0; i < Length; i += w, x += 2 * w)
        {
            TV.Store(TV.Load(inReal + i), x);
            TV.Store(TV.Load(inImaginary + i), x + w);
        }

        Run(scratch, outReal, outImaginary);
    }

    public override void TransformPairs(T* pairs, T* outReal, T* outImaginary, T* scratch)
    {
        int w = TV.Count;
        T* x = scratch;
        for (int i = 0; i < Length; i += w, x += 2 * w, pairs += 2 * w)
        {
            TV.Unzip(TV.Load(pairs), TV.Load(pairs + w), out TV real, out TV imaginary);
            TV.Store(real, x);
            TV.Store(imaginary, x + w);
        }

        Run(scratch, outReal, outImaginary);
    }

    private void Run(T* scratch, T* outReal, T* outImaginary)
    {
        T* x = scratch;
        T* y = scratch + (2 * Length);
        T* twiddles = _twiddles.Pointer;
        int n = _m;
        int s = 1;
        foreach (int radix in _factors)
        {
            switch (radix)
            {
                case 2:
                    LanePasses<TV, T>.Radix2(x, y, n, s, twiddles);
                    break;
                case 3:
                    LanePasses<TV, T>.Radix3(x, y, n, s, twiddles);
                    break;
                case 4:
                    LanePasses<TV, T>.Radix4(x, y, n, s, twiddles);
                    break;
                case 5:
                    LanePasses<TV, T>.Radix5(x, y, n, s, twiddles);
                    break;
                default:
                    LanePasses<TV, T>.Radix8(x, y, n, s, twiddles);
                    break;
            }

            n /= radix;
            twiddles += 2 * n * (radix - 1);
            s *= radix;
            T* done = y;
            y = x;
            x = done;
        }

        Join(x, outReal, outImaginary, scratch + (4 * Length));
    }

    /// <summary>The pass of radix W over the lanes, from element order to two planes in natural order.</summary>
    private void Join(T* x, T* outReal, T* outImaginary, T* block)
    {
        int w = TV.Count;
        if (w == 1)
        {
            for (int i = 0; i < _m; i++)
            {
                outReal[i] = x[2 * i];
                outImaginary[i] = x[(2 * i) + 1];
            }

            return;
        }

        int step = 2 * w;
        T* other = block + (2 * w * w);
        for (int at = 0; at < _m; at += w)
        {
            // The last block overlaps its predecessor where M is no multiple of W.
            int k = Math.Min(at, _m - w);
            T* from = x + (step * k);
            T* twiddle = _joinTwiddles.Pointer + (step * k);
            if (w == 2)
            {
                TwistAndZip(from, twiddle, block);
                JoinRadix2(block, outReal + k, outImaginary + k);
                continue;
            }

            for (int i = 0; i < w / 4; i++)
            {
                TwistAndZipFour(from, twiddle, block, i);
            }

            T* last = block;
            if (w == 8)
            {
                for (int i = 0; i < w / 2; i++)
                {
                    ZipTwo(block, other, i);
                    ZipTwo(block + w, other + w, i);
                }

                LanePasses<TV, T>.Radix2(other, block, 8, 1, _blockTwiddles.Pointer);
            }
            else if (w == 16)
            {
                for (int i = 0; i < w / 4; i++)
                {
                    ZipFour(block, other, i);
                    ZipFour(block + w, other + w, i);
                }

                LanePasses<TV, T>.Radix4(other, block, 16, 1, _blockTwiddles.Pointer);
            }

            JoinRadix4(last, outReal + k, outImaginary + k);
        }
    }

    private void JoinRadix4(T* x, T* real, T* imaginary)
    {
        int w = TV.Count;
        int step = 2 * w;
        int s = w / 4;
        for (int q = 0; q < s; q++)
        {
            T* a = x + (step * q);
            T* b = a + (step * s);
            T* c = b + (step * s);
            T* d = c + (step * s);
            TV sumRe = TV.Load(a) + TV.Load(c);
            TV sumIm = TV.Load(a + w) + TV.Load(c + w);
            TV difRe = TV.Load(a) - TV.Load(c);
            TV difIm = TV.Load(a + w) - TV.Load(c + w);
            TV sum2Re = TV.Load(b) + TV.Load(d);
            TV sum2Im = TV.Load(b + w) + TV.Load(d + w);
            TV dif2Re = TV.Load(b) - TV.Load(d);
            TV dif2Im = TV.Load(b + w) - TV.Load(d + w);
            long j = (long)_m * q;
            long quarter = (long)_m * s;
            TV.Store(sumRe + sum2Re, real + j);
            TV.Store(sumIm + sum2Im, imaginary + j);
            TV.Store(difRe + dif2Im, real + j + quarter);
            TV.Store(difIm - dif2Re, imaginary + j + quarter);
            TV.Store(sumRe - sum2Re, real + j + (2 * quarter));
            TV.Store(sumIm - sum2Im, imaginary + j + (2 * quarter));
            TV.Store(difRe - dif2Im, real + j + (3 * quarter));
            TV.Store(difIm + dif2Re, imaginary + j + (3 * quarter));
        }
    }

    private void JoinRadix2(T* x, T* real, T* imaginary)
    {
        int w = TV.Count;
        TV aRe = TV.Load(x);
        TV aIm = TV.Load(x + w);
        TV bRe = TV.Load(x + (2 * w));
        TV bIm = TV.Load(x + (3 * w));
        TV.Store(aRe + bRe, real);
        TV.Store(aIm + bIm, imaginary);
        TV.Store(aRe - bRe, real + _m);
        TV.Store(aIm - bIm, imaginary + _m);
    }

    /// <summary>Elements i and i + W/2 interleaved into 2i and 2i + 1: one of the log2(W) steps of a transpose.</summary>
    private static void ZipTwo(T* x, T* y, int i)
    {
        int step = 2 * TV.Count;
        TV.Zip(TV.Load(x + (step * i)), TV.Load(x + (step * (i + (TV.Count / 2)))), out TV low, out TV high);
        TV.Store(low, y + (step * 2 * i));
        TV.Store(high, y + (step * ((2 * i) + 1)));
    }

    /// <summary>Two steps of a transpose at once.</summary>
    private static void ZipFour(T* x, T* y, int i)
    {
        int step = 2 * TV.Count;
        int quarter = TV.Count / 4;
        ZipFour(
            TV.Load(x + (step * i)), TV.Load(x + (step * (i + quarter))), TV.Load(x + (step * (i + (2 * quarter)))),
            TV.Load(x + (step * (i + (3 * quarter)))), y + (step * 4 * i));
    }

    private static void ZipFour(TV a, TV b, TV c, TV d, T* y)
    {
        int step = 2 * TV.Count;
        TV.Zip(a, c, out TV ac0, out TV ac1);
        TV.Zip(b, d, out TV bd0, out TV bd1);
        TV.Zip(ac0, bd0, out TV y0, out TV y1);
        TV.Zip(ac1, bd1, out TV y2, out TV y3);
        TV.Store(y0, y);
        TV.Store(y1, y + step);
        TV.Store(y2, y + (2 * step));
        TV.Store(y3, y + (3 * step));
    }

    private static void TwistAndZipFour(T* x, T* twiddle, T* y, int i)
    {
        int w = TV.Count;
        int at = 2 * w * i;
        int quarter = 2 * w * (w / 4);
        Twist(x + at, twiddle + at, out TV aRe, out TV aIm);
        Twist(x + at + quarter, twiddle + at + quarter, out TV bRe, out TV bIm);
        Twist(x + at + (2 * quarter), twiddle + at + (2 * quarter), out TV cRe, out TV cIm);
        Twist(x + at + (3 * quarter), twiddle + at + (3 * quarter), out TV dRe, out TV dIm);
        ZipFour(aRe, bRe, cRe, dRe, y + (4 * at));
        ZipFour(aIm, bIm, cIm, dIm, y + (4 * at) + w);
    }

    private static void TwistAndZip(T* x, T* twiddle, T* y)
    {
        int w = TV.Count;
        Twist(x, twiddle, out TV aRe, out TV aIm);
        Twist(x + (2 * w), twiddle + (2 * w), out TV bRe, out TV bIm);
        TV.Zip(aRe, bRe, out TV re0, out TV re1);
        TV.Zip(aIm, bIm, out TV im0, out TV im1);
        TV.Store(re0, y);
        TV.Store(im0, y + w);
        TV.Store(re1, y + (2 * w));
        TV.Store(im1, y + (3 * w));
    }

    private static void Twist(T* x, T* twiddle, out TV real, out TV imaginary)
    {
        TV re = TV.Load(x);
        TV im = TV.Load(x + TV.Count);
        TV twRe = TV.Load(twiddle);
        TV twIm = TV.Load(twiddle + TV.Count);
        real = TV.SubtractProduct(im, twIm, re * twRe);
        imaginary = TV.MultiplyAdd(re, twIm, im * twRe);
    }

    private static FixedTable<T> PassTwiddles(int length, int[] factors)
    {
        int count = 0;
        int n = length;
        foreach (int radix in factors)
        {
            n /= radix;
            count += 2 * n * (radix - 1);
        }

        FixedTable<T> table = new(count);
        T* at = table.Pointer;
        n = length;
        foreach (int radix in factors)
        {
            for (int p = 0; p < n / radix; p++)
            {
                for (int k = 1; k < radix; k++, at += 2)
                {
                    Twiddle.Put((long)p * k, n, at, at + 1);
                }
            }

            n /= radix;
        }

        return table;
    }
}
