using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>
/// Elementary functions on vectors, written once for every width: range reduction and the minimax polynomials of
/// S. L. Moshier's Cephes library (single precision). Errors against double precision are a few units of the last place
/// (stated by <c>VectorMathTests</c>); NaN stays NaN.
/// </summary>
internal static class VectorMath
{
    // ln 2 in two parts: the first has few enough bits that n times it is exact.
    private const float Ln2High = 0.693359375f;
    private const float Ln2Low = -2.12194440e-4f;

    // exp beyond these is 0 or infinity in float.
    private const float LargestExponent = 88.72284f;
    private const float SmallestExponent = -87.33654f;

    /// <summary>The larger; NaN where either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV MaxOrNaN<TV>(TV a, TV b)
        where TV : struct, IVector<TV> => TV.Select(TV.EqualTo(a, a), TV.Max(a, b), a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Exp<TV>(TV x)
        where TV : struct, IVector<TV>
    {
        TV clamped = TV.Max(TV.Broadcast(SmallestExponent), TV.Min(TV.Broadcast(LargestExponent), x));
        TV n = TV.Round(clamped * TV.Broadcast(1.44269504f));
        TV r = TV.MultiplyAdd(n, TV.Broadcast(-Ln2High), clamped);
        r = TV.MultiplyAdd(n, TV.Broadcast(-Ln2Low), r);
        TV p = TV.Broadcast(1.9875691500e-4f);
        p = TV.MultiplyAdd(p, r, TV.Broadcast(1.3981999507e-3f));
        p = TV.MultiplyAdd(p, r, TV.Broadcast(8.3334519073e-3f));
        p = TV.MultiplyAdd(p, r, TV.Broadcast(4.1665795894e-2f));
        p = TV.MultiplyAdd(p, r, TV.Broadcast(1.6666665459e-1f));
        p = TV.MultiplyAdd(p, r, TV.Broadcast(5.0000001201e-1f));
        p = TV.MultiplyAdd(p, r * r, r + TV.Broadcast(1));

        // 2^n in two factors, since n reaches 128 and 2^128 itself is no float.
        TV half = TV.Round(n * TV.Broadcast(0.5f));
        TV result = p * TV.PowerOfTwo(half) * TV.PowerOfTwo(n - half);
        result = TV.Select(TV.GreaterThan(TV.Broadcast(SmallestExponent), x), TV.Zero, result);
        return TV.Select(TV.GreaterThan(x, TV.Broadcast(LargestExponent)), TV.Broadcast(float.PositiveInfinity), result);
    }

    /// <summary>Natural logarithm; of 0 -∞, of a negative number NaN, subnormal numbers count as 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Log<TV>(TV x)
        where TV : struct, IVector<TV>
    {
        const float SmallestNormal = 1.17549435e-38f;
        TV mantissa = TV.SplitExponent(x, out TV exponent);

        // Mantissa to [sqrt(1/2), sqrt(2)).
        TV low = TV.GreaterThan(TV.Broadcast(0.707106781f), mantissa);
        exponent = TV.Select(low, exponent - TV.Broadcast(1), exponent);
        TV m = TV.Select(low, mantissa + mantissa, mantissa) - TV.Broadcast(1);
        TV p = TV.Broadcast(7.0376836292e-2f);
        p = TV.MultiplyAdd(p, m, TV.Broadcast(-1.1514610310e-1f));
        p = TV.MultiplyAdd(p, m, TV.Broadcast(1.1676998740e-1f));
        p = TV.MultiplyAdd(p, m, TV.Broadcast(-1.2420140846e-1f));
        p = TV.MultiplyAdd(p, m, TV.Broadcast(1.4249322787e-1f));
        p = TV.MultiplyAdd(p, m, TV.Broadcast(-1.6668057665e-1f));
        p = TV.MultiplyAdd(p, m, TV.Broadcast(2.0000714765e-1f));
        p = TV.MultiplyAdd(p, m, TV.Broadcast(-2.4999993993e-1f));
        p = TV.MultiplyAdd(p, m, TV.Broadcast(3.3333331174e-1f));
        TV square = m * m;
        TV tail = TV.MultiplyAdd(p * m, square, exponent * TV.Broadcast(Ln2Low));
        tail = TV.MultiplyAdd(square, TV.Broadcast(-0.5f), tail);
        TV result = TV.MultiplyAdd(exponent, TV.Broadcast(Ln2High), m + tail);
        result = TV.Select(TV.GreaterThan(TV.Broadcast(SmallestNormal), x), TV.Broadcast(float.NegativeInfinity), result);
        result = TV.Select(TV.GreaterThan(TV.Zero, x), TV.Broadcast(float.NaN), result);
        TV isFinite = TV.GreaterThan(TV.Broadcast(float.PositiveInfinity), x);
        return TV.Select(isFinite, result, x);
    }

    /// <summary>1 / (1 + exp(-x)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Sigmoid<TV>(TV x)
        where TV : struct, IVector<TV>
    {
        TV one = TV.Broadcast(1);
        return one / (one + Exp(-x));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Tanh<TV>(TV x)
        where TV : struct, IVector<TV>
    {
        // Below 0.625 the quotient of exponentials cancels; there an odd polynomial.
        TV one = TV.Broadcast(1);
        TV magnitude = TV.Abs(x);
        TV quotient = one - (TV.Broadcast(2) / (one + Exp(magnitude + magnitude)));
        TV square = x * x;
        TV p = TV.Broadcast(-5.70498872745e-3f);
        p = TV.MultiplyAdd(p, square, TV.Broadcast(2.06390887954e-2f));
        p = TV.MultiplyAdd(p, square, TV.Broadcast(-5.37397155531e-2f));
        p = TV.MultiplyAdd(p, square, TV.Broadcast(1.33314422036e-1f));
        p = TV.MultiplyAdd(p, square, TV.Broadcast(-3.33332819422e-1f));
        p = TV.MultiplyAdd(p * square, x, x);
        return TV.Select(TV.GreaterThan(TV.Broadcast(0.625f), magnitude), p, TV.CopySign(quotient, x));
    }

    /// <summary>log(1 + x) for x ≥ 0 (the rounding of 1 + x is divided out again, so that small x keep their precision).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Log1p<TV>(TV x)
        where TV : struct, IVector<TV>
    {
        TV one = TV.Broadcast(1);
        TV w = one + x;
        TV excess = w - one;
        return TV.Select(TV.EqualTo(excess, TV.Zero), x, Log(w) * (x / excess));
    }

    /// <summary>e^x − 1 for x ≤ 0, precise near 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Expm1<TV>(TV x)
        where TV : struct, IVector<TV>
    {
        // As Log1p: the error of rounding e^x is divided out through its logarithm (W. Kahan).
        TV one = TV.Broadcast(1);
        TV w = Exp(x);
        TV excess = w - one;
        TV result = excess * (x / Log(w));
        result = TV.Select(TV.GreaterThan(TV.Broadcast(1e-7f), w), TV.Zero - one, result);
        return TV.Select(TV.EqualTo(excess, TV.Zero), x, result);
    }

    /// <summary>The error function, 2/√π ∫₀ˣ e^−t² dt.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TV Erf<TV>(TV x)
        where TV : struct, IVector<TV>
    {
        TV one = TV.Broadcast(1);
        TV square = x * x;
        TV near = TV.Broadcast(7.853861353153693e-5f);
        near = TV.MultiplyAdd(near, square, TV.Broadcast(-8.010193625184903e-4f));
        near = TV.MultiplyAdd(near, square, TV.Broadcast(5.188327685732524e-3f));
        near = TV.MultiplyAdd(near, square, TV.Broadcast(-2.685381193529856e-2f));
        near = TV.MultiplyAdd(near, square, TV.Broadcast(1.128358514861418e-1f));
        near = TV.MultiplyAdd(near, square, TV.Broadcast(-3.761262582423300e-1f));
        near = TV.MultiplyAdd(near, square, TV.Broadcast(1.128379165726710f)) * x;

        // Beyond 1, one minus e^−x² times a polynomial in 1/x²; beyond 4 the result is 1 in float.
        TV magnitude = TV.Min(TV.Max(TV.Abs(x), one), TV.Broadcast(4));
        TV q = one / magnitude, y = q * q;
        TV middle = TV.Broadcast(2.326819970068386e-2f);
        middle = TV.MultiplyAdd(middle, y, TV.Broadcast(-1.387039388740657e-1f));
        middle = TV.MultiplyAdd(middle, y, TV.Broadcast(3.687424674597105e-1f));
        middle = TV.MultiplyAdd(middle, y, TV.Broadcast(-5.824733027278666e-1f));
        middle = TV.MultiplyAdd(middle, y, TV.Broadcast(6.210004621745983e-1f));
        middle = TV.MultiplyAdd(middle, y, TV.Broadcast(-4.944515323274145e-1f));
        middle = TV.MultiplyAdd(middle, y, TV.Broadcast(3.404879937665872e-1f));
        middle = TV.MultiplyAdd(middle, y, TV.Broadcast(-2.741127028184656e-1f));
        middle = TV.MultiplyAdd(middle, y, TV.Broadcast(5.638259427386472e-1f));
        TV far = TV.Broadcast(-1.047766399936249e+1f);
        far = TV.MultiplyAdd(far, y, TV.Broadcast(1.297719955372516e+1f));
        far = TV.MultiplyAdd(far, y, TV.Broadcast(-7.495518717768503f));
        far = TV.MultiplyAdd(far, y, TV.Broadcast(2.921019019210786f));
        far = TV.MultiplyAdd(far, y, TV.Broadcast(-1.015265279202700f));
        far = TV.MultiplyAdd(far, y, TV.Broadcast(4.218463358204948e-1f));
        far = TV.MultiplyAdd(far, y, TV.Broadcast(-2.820767439740514e-1f));
        far = TV.MultiplyAdd(far, y, TV.Broadcast(5.641895067754075e-1f));
        TV tail = Exp(TV.Zero - (magnitude * magnitude)) * q * TV.Select(TV.GreaterThan(TV.Broadcast(2), magnitude), middle, far);
        return TV.Select(TV.GreaterThan(one, TV.Abs(x)), near, TV.CopySign(one - tail, x));
    }
}
