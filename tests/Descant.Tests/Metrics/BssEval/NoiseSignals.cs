namespace Descant.Tests.Metrics.BssEval;

/// <summary>The noise of the golden values in the notes on metrics: a 32-bit linear congruential generator.</summary>
internal static class NoiseSignals
{
    public const int Samples = 16000;

    /// <summary>Uniform noise in [−1, 1): s ← 1664525·s + 1013904223 mod 2³², value s/2³¹ − 1 after each step.</summary>
    public static double[] Noise(uint seed, int samples = Samples)
    {
        double[] values = new double[samples];
        for (int i = 0; i < samples; i++)
        {
            seed = unchecked((1664525 * seed) + 1013904223);
            values[i] = (seed / 2147483648.0) - 1;
        }

        return values;
    }

    /// <summary>Two references and their estimates: e1 = s1 + ¼·s2 + 0.05·a, e2 = s2 + 0.1·s1 + 0.02·a.</summary>
    public static (double[][] References, double[][] Estimates) Pair()
    {
        double[] s1 = Noise(1);
        double[] s2 = Noise(2);
        double[] a = Noise(3);
        double[] e1 = new double[Samples];
        double[] e2 = new double[Samples];
        for (int i = 0; i < Samples; i++)
        {
            e1[i] = s1[i] + (0.25 * s2[i]) + (0.05 * a[i]);
            e2[i] = s2[i] + (0.1 * s1[i]) + (0.02 * a[i]);
        }

        return ([s1, s2], [e1, e2]);
    }
}
