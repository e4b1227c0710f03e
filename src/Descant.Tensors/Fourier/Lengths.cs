namespace Descant.Tensors.Fourier;

/// <summary>Checks that the transforms share.</summary>
internal static class Lengths
{
    /// <summary>Numbers added to work memory so that it can start on a cache line.</summary>
    public const int Alignment = 16;

    public static int Check<T>(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        if (typeof(T) != typeof(float) && typeof(T) != typeof(double))
        {
            throw new NotSupportedException($"FFT: expected float or double, got {typeof(T).Name}");
        }

        // Scratch memory of several times the length is counted in int.
        return length <= 1 << 28
            ? length
            : throw new ArgumentOutOfRangeException(nameof(length), $"FFT: expected a length up to 2^28, got {length}");
    }

    public static void AtLeast(int actual, int expected, string name)
    {
        if (actual < expected)
        {
            throw new ArgumentException($"FFT: expected {name} of at least {expected} numbers, got {actual}", name);
        }
    }
}
