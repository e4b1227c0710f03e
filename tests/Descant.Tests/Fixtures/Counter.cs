namespace Descant.Tests.Fixtures;

/// <summary>Numbers that Python and C# produce alike without storing them; see counter.py, which defines them.</summary>
internal static class Counter
{
    /// <summary><paramref name="count"/> values of a stream, uniform in [-1, 1).</summary>
    public static float[] Uniform(int stream, int count)
    {
        float[] values = new float[count];
        for (int i = 0; i < count; i++)
        {
            ulong z = unchecked(((ulong)i + 1 + ((ulong)stream << 40)) * 0x9E3779B97F4A7C15);
            z = unchecked((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9);
            z = unchecked((z ^ (z >> 27)) * 0x94D049BB133111EB);
            z ^= z >> 31;
            values[i] = (int)((long)(z >> 40) - (1 << 23)) / (float)(1 << 23);
        }

        return values;
    }

    /// <summary>At most <paramref name="most"/> entries, evenly spaced: entry ⌊k n / m⌋.</summary>
    public static float[] Sample(ReadOnlySpan<float> values, int most)
    {
        int m = Math.Min(most, values.Length);
        float[] sampled = new float[m];
        for (int k = 0; k < m; k++)
        {
            sampled[k] = values[(int)((long)k * values.Length / m)];
        }

        return sampled;
    }
}
