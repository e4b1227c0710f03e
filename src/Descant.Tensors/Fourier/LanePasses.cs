using System.Numerics;
using System.Runtime.CompilerServices;

namespace Descant.Tensors.Fourier;

/// <summary>
/// Stockham's passes over vectors. A pass of radix R splits each of <c>s</c> interleaved sequences of length <c>n</c>:
/// y[q + s·(R·p + k)] = e^(−2πi·pk/n) · Σ_j e^(−2πi·jk/R) · x[q + s·(p + j·n/R)], q &lt; s, p &lt; n/R. After the pass there are
/// R·s sequences of length n/R, and after the last the result stands in natural order.
/// </summary>
/// <remarks>An element is a vector of real parts followed by a vector of imaginary parts. Twiddles: R − 1 pairs for each p, all 1 in
/// the last pass, which has a copy of the code without them.</remarks>
internal static unsafe class LanePasses<TV, T>
    where TV : unmanaged, ILanes<TV, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static void Radix2(T* x, T* y, int n, int s, T* twiddles)
    {
        if (n == 2)
        {
            Radix2(x, y, 1, s, twiddles, twist: false);
        }
        else
        {
            Radix2(x, y, n / 2, s, twiddles, twist: true);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Radix2(T* x, T* y, int m, int s, T* twiddles, bool twist)
    {
        int w = TV.Count;
        long near = 2L * w * s;
        long apart = near * m;
        for (int p = 0; p < m; p++, twiddles += 2)
        {
            T* from = x + (near * p);
            T* to = y + (2 * near * p);
            Twist(twiddles, twist, out TV tw1Re, out TV tw1Im);
            for (int q = 0; q < s; q++, from += 2 * w, to += 2 * w)
            {
                Get(from, out TV aRe, out TV aIm);
                Get(from + apart, out TV bRe, out TV bIm);
                Put(aRe + bRe, aIm + bIm, to);
                Put(aRe - bRe, aIm - bIm, to + near, tw1Re, tw1Im, twist);
            }
        }
    }

    public static void Radix3(T* x, T* y, int n, int s, T* twiddles)
    {
        if (n == 3)
        {
            Radix3(x, y, 1, s, twiddles, twist: false);
        }
        else
        {
            Radix3(x, y, n / 3, s, twiddles, twist: true);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Radix3(T* x, T* y, int m, int s, T* twiddles, bool twist)
    {
        int w = TV.Count;
        long near = 2L * w * s;
        long apart = near * m;
        TV half = TV.Broadcast(T.CreateChecked(0.5));
        TV sine = TV.Broadcast(T.CreateChecked(0.86602540378443864676));
        for (int p = 0; p < m; p++, twiddles += 4)
        {
            T* from = x + (near * p);
            T* to = y + (3 * near * p);
            Twist(twiddles, twist, out TV tw1Re, out TV tw1Im);
            Twist(twiddles + 2, twist, out TV tw2Re, out TV tw2Im);
            for (int q = 0; q < s; q++, from += 2 * w, to += 2 * w)
            {
                Get(from, out TV aRe, out TV aIm);
                Get(from + apart, out TV bRe, out TV bIm);
                Get(from + (2 * apart), out TV cRe, out TV cIm);
                TV sumRe = bRe + cRe;
                TV sumIm = bIm + cIm;
                TV midRe = TV.SubtractProduct(half, sumRe, aRe);
                TV midIm = TV.SubtractProduct(half, sumIm, aIm);
                TV difRe = sine * (bRe - cRe);
                TV difIm = sine * (bIm - cIm);
                Put(aRe + sumRe, aIm + sumIm, to);
                Put(midRe + difIm, midIm - difRe, to + near, tw1Re, tw1Im, twist);
                Put(midRe - difIm, midIm + difRe, to + (2 * near), tw2Re, tw2Im, twist);
            }
        }
    }

    public static void Radix4(T* x, T* y, int n, int s, T* twiddles)
    {
        if (n == 4)
        {
            Radix4(x, y, 1, s, twiddles, twist: false);
        }
        else
        {
            Radix4(x, y, n / 4, s, twiddles, twist: true);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Radix4(T* x, T* y, int m, int s, T* twiddles, bool twist)
    {
        int w = TV.Count;
        long near = 2L * w * s;
        long apart = near * m;
        for (int p = 0; p < m; p++, twiddles += 6)
        {
            T* from = x + (near * p);
            T* to = y + (4 * near * p);
            Twist(twiddles, twist, out TV tw1Re, out TV tw1Im);
            Twist(twiddles + 2, twist, out TV tw2Re, out TV tw2Im);
            Twist(twiddles + 4, twist, out TV tw3Re, out TV tw3Im);
            for (int q = 0; q < s; q++, from += 2 * w, to += 2 * w)
            {
                Get(from, out TV aRe, out TV aIm);
                Get(from + apart, out TV bRe, out TV bIm);
                Get(from + (2 * apart), out TV cRe, out TV cIm);
                Get(from + (3 * apart), out TV dRe, out TV dIm);
                TV acRe = aRe + cRe;
                TV acIm = aIm + cIm;
                TV bdRe = bRe + dRe;
                TV bdIm = bIm + dIm;
                TV amcRe = aRe - cRe;
                TV amcIm = aIm - cIm;
                TV bmdRe = bRe - dRe;
                TV bmdIm = bIm - dIm;
                Put(acRe + bdRe, acIm + bdIm, to);
                Put(amcRe + bmdIm, amcIm - bmdRe, to + near, tw1Re, tw1Im, twist);
                Put(acRe - bdRe, acIm - bdIm, to + (2 * near), tw2Re, tw2Im, twist);
                Put(amcRe - bmdIm, amcIm + bmdRe, to + (3 * near), tw3Re, tw3Im, twist);
            }
        }
    }

    public static void Radix5(T* x, T* y, int n, int s, T* twiddles)
    {
        if (n == 5)
        {
            Radix5(x, y, 1, s, twiddles, twist: false);
        }
        else
        {
            Radix5(x, y, n / 5, s, twiddles, twist: true);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Radix5(T* x, T* y, int m, int s, T* twiddles, bool twist)
    {
        int w = TV.Count;
        long near = 2L * w * s;
        long apart = near * m;
        TV cos1 = TV.Broadcast(T.CreateChecked(0.30901699437494742410));
        TV cos2 = TV.Broadcast(T.CreateChecked(-0.80901699437494742410));
        TV sin1 = TV.Broadcast(T.CreateChecked(0.95105651629515357212));
        TV sin2 = TV.Broadcast(T.CreateChecked(0.58778525229247312917));
        for (int p = 0; p < m; p++, twiddles += 8)
        {
            T* from = x + (near * p);
            T* to = y + (5 * near * p);
            Twist(twiddles, twist, out TV tw1Re, out TV tw1Im);
            Twist(twiddles + 2, twist, out TV tw2Re, out TV tw2Im);
            Twist(twiddles + 4, twist, out TV tw3Re, out TV tw3Im);
            Twist(twiddles + 6, twist, out TV tw4Re, out TV tw4Im);
            for (int q = 0; q < s; q++, from += 2 * w, to += 2 * w)
            {
                Get(from, out TV aRe, out TV aIm);
                Get(from + apart, out TV bRe, out TV bIm);
                Get(from + (2 * apart), out TV cRe, out TV cIm);
                Get(from + (3 * apart), out TV dRe, out TV dIm);
                Get(from + (4 * apart), out TV eRe, out TV eIm);
                TV beRe = bRe + eRe;
                TV beIm = bIm + eIm;
                TV cdRe = cRe + dRe;
                TV cdIm = cIm + dIm;
                TV bmeRe = bRe - eRe;
                TV bmeIm = bIm - eIm;
                TV cmdRe = cRe - dRe;
                TV cmdIm = cIm - dIm;
                TV near1Re = TV.MultiplyAdd(cos1, beRe, TV.MultiplyAdd(cos2, cdRe, aRe));
                TV near1Im = TV.MultiplyAdd(cos1, beIm, TV.MultiplyAdd(cos2, cdIm, aIm));
                TV near2Re = TV.MultiplyAdd(cos2, beRe, TV.MultiplyAdd(cos1, cdRe, aRe));
                TV near2Im = TV.MultiplyAdd(cos2, beIm, TV.MultiplyAdd(cos1, cdIm, aIm));
                TV turn1Re = TV.MultiplyAdd(sin1, bmeRe, sin2 * cmdRe);
                TV turn1Im = TV.MultiplyAdd(sin1, bmeIm, sin2 * cmdIm);
                TV turn2Re = TV.SubtractProduct(sin1, cmdRe, sin2 * bmeRe);
                TV turn2Im = TV.SubtractProduct(sin1, cmdIm, sin2 * bmeIm);
                Put(aRe + beRe + cdRe, aIm + beIm + cdIm, to);
                Put(near1Re + turn1Im, near1Im - turn1Re, to + near, tw1Re, tw1Im, twist);
                Put(near2Re + turn2Im, near2Im - turn2Re, to + (2 * near), tw2Re, tw2Im, twist);
                Put(near2Re - turn2Im, near2Im + turn2Re, to + (3 * near), tw3Re, tw3Im, twist);
                Put(near1Re - turn1Im, near1Im + turn1Re, to + (4 * near), tw4Re, tw4Im, twist);
            }
        }
    }

    public static void Radix8(T* x, T* y, int n, int s, T* twiddles)
    {
        if (n == 8)
        {
            Radix8(x, y, 1, s, twiddles, twist: false);
        }
        else
        {
            Radix8(x, y, n / 8, s, twiddles, twist: true);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Radix8(T* x, T* y, int m, int s, T* twiddles, bool twist)
    {
        int w = TV.Count;
        long near = 2L * w * s;
        long apart = near * m;
        TV diagonal = TV.Broadcast(T.CreateChecked(0.70710678118654752440));
        for (int p = 0; p < m; p++, twiddles += 14)
        {
            T* from = x + (near * p);
            T* to = y + (8 * near * p);
            for (int q = 0; q < s; q++, from += 2 * w, to += 2 * w)
            {
                Get(from, out TV aRe, out TV aIm);
                Get(from + (4 * apart), out TV eRe, out TV eIm);
                Get(from + (2 * apart), out TV cRe, out TV cIm);
                Get(from + (6 * apart), out TV gRe, out TV gIm);
                TV aeRe = aRe + eRe;
                TV aeIm = aIm + eIm;
                TV ameRe = aRe - eRe;
                TV ameIm = aIm - eIm;
                TV cgRe = cRe + gRe;
                TV cgIm = cIm + gIm;
                TV cmgRe = cRe - gRe;
                TV cmgIm = cIm - gIm;
                TV even0Re = aeRe + cgRe;
                TV even0Im = aeIm + cgIm;
                TV even1Re = ameRe + cmgIm;
                TV even1Im = ameIm - cmgRe;
                TV even2Re = aeRe - cgRe;
                TV even2Im = aeIm - cgIm;
                TV even3Re = ameRe - cmgIm;
                TV even3Im = ameIm + cmgRe;
                Get(from + apart, out TV bRe, out TV bIm);
                Get(from + (5 * apart), out TV fRe, out TV fIm);
                Get(from + (3 * apart), out TV dRe, out TV dIm);
                Get(from + (7 * apart), out TV hRe, out TV hIm);
                TV bfRe = bRe + fRe;
                TV bfIm = bIm + fIm;
                TV bmfRe = bRe - fRe;
                TV bmfIm = bIm - fIm;
                TV dhRe = dRe + hRe;
                TV dhIm = dIm + hIm;
                TV dmhRe = dRe - hRe;
                TV dmhIm = dIm - hIm;
                TV odd0Re = bfRe + dhRe;
                TV odd0Im = bfIm + dhIm;
                TV odd1Re = bmfRe + dmhIm;
                TV odd1Im = bmfIm - dmhRe;
                TV odd2Re = bfRe - dhRe;
                TV odd2Im = bfIm - dhIm;
                TV odd3Re = bmfRe - dmhIm;
                TV odd3Im = bmfIm + dmhRe;

                // Times e^(−πi/4) and e^(−3πi/4).
                TV turn1Re = diagonal * (odd1Re + odd1Im);
                TV turn1Im = diagonal * (odd1Im - odd1Re);
                TV turn3Re = diagonal * (odd3Im - odd3Re);
                TV turn3Im = -diagonal * (odd3Re + odd3Im);
                Put(even0Re + odd0Re, even0Im + odd0Im, to);
                Put(even1Re + turn1Re, even1Im + turn1Im, to + near, twiddles, twist);
                Put(even2Re + odd2Im, even2Im - odd2Re, to + (2 * near), twiddles + 2, twist);
                Put(even3Re + turn3Re, even3Im + turn3Im, to + (3 * near), twiddles + 4, twist);
                Put(even0Re - odd0Re, even0Im - odd0Im, to + (4 * near), twiddles + 6, twist);
                Put(even1Re - turn1Re, even1Im - turn1Im, to + (5 * near), twiddles + 8, twist);
                Put(even2Re - odd2Im, even2Im + odd2Re, to + (6 * near), twiddles + 10, twist);
                Put(even3Re - turn3Re, even3Im - turn3Im, to + (7 * near), twiddles + 12, twist);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Get(T* from, out TV real, out TV imaginary)
    {
        real = TV.Load(from);
        imaginary = TV.Load(from + TV.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TV real, TV imaginary, T* to)
    {
        TV.Store(real, to);
        TV.Store(imaginary, to + TV.Count);
    }

    /// <summary>Stores the product with a twiddle that stays in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TV real, TV imaginary, T* to, TV twRe, TV twIm, bool twist)
    {
        if (twist)
        {
            TV.Store(TV.SubtractProduct(imaginary, twIm, real * twRe), to);
            TV.Store(TV.MultiplyAdd(real, twIm, imaginary * twRe), to + TV.Count);
        }
        else
        {
            Put(real, imaginary, to);
        }
    }

    /// <summary>Stores the product with a twiddle that is read anew, where registers are short.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(TV real, TV imaginary, T* to, T* twiddle, bool twist)
    {
        Twist(twiddle, twist, out TV twRe, out TV twIm);
        Put(real, imaginary, to, twRe, twIm, twist);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twist(T* twiddle, bool twist, out TV real, out TV imaginary)
    {
        real = twist ? TV.Broadcast(twiddle[0]) : default;
        imaginary = twist ? TV.Broadcast(twiddle[1]) : default;
    }
}
