using Descant.Tensors;

namespace Descant.Tests.Kernels;

/// <summary>Inputs and comparisons that the kernels' tests share.</summary>
internal static class KernelData
{
    /// <summary>The vector widths that this process can run.</summary>
    public static IEnumerable<VectorWidth> Widths => Enum.GetValues<VectorWidth>().Where(VectorWidths.IsSupported);

    public static float[] Random(Random random, long count)
    {
        float[] values = new float[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (float)((random.NextDouble() * 2) - 1);
        }

        return values;
    }

    /// <summary>
    /// Sums of n products of numbers below 1 in float differ from exact ones by at most about n units of the last place of
    /// the largest partial sum; random signs keep it near the root of n. Eight times that is still far below any wrong
    /// or missing product.
    /// </summary>
    public static void AssertClose(double[] expected, ReadOnlySpan<float> actual, int terms, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double tolerance = 8 * 6e-8 * Math.Sqrt(terms + 1) * Math.Max(1, Math.Sqrt(terms));
        for (int i = 0; i < expected.Length; i++)
        {
            if (!(Math.Abs(expected[i] - actual[i]) <= tolerance))
            {
                Assert.Fail($"{what}: element {i} of {expected.Length}: expected {expected[i]}, got {actual[i]}, tolerance {tolerance}");
            }
        }
    }
}
