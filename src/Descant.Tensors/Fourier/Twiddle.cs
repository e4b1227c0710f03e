using System.Numerics;

namespace Descant.Tensors.Fourier;

/// <summary>Roots of unity, exact to the last bit or so of a double.</summary>
internal static class Twiddle
{
    /// <summary>e^(−2πi·k/n).</summary>
    public static (double Real, double Imaginary) Root(long k, long n)
    {
        // Folded into the first eighth of the circle, where the rounding of the angle does least harm and the axes and
        // diagonals come out exactly symmetric.
        k %= n;
        bool below = 2 * k > n;
        k = below ? n - k : k;
        bool left = 4 * k > n;
        long doubled = left ? n - (2 * k) : 2 * k;
        bool steep = 4 * doubled > n;
        double angle = steep ? Math.PI * (n - (2 * doubled)) / (2 * n) : Math.PI * doubled / n;
        (double sin, double cos) = Math.SinCos(angle);
        (sin, cos) = steep ? (cos, sin) : (sin, cos);
        return (left ? -cos : cos, below ? sin : -sin);
    }

    /// <summary>Writes e^(−2πi·k/n) as two numbers.</summary>
    public static unsafe void Put<T>(long k, long n, T* real, T* imaginary)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (double re, double im) = Root(k, n);
        *real = T.CreateChecked(re);
        *imaginary = T.CreateChecked(im);
    }
}
