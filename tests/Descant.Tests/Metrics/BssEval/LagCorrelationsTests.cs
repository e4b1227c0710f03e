using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Tests.Metrics.BssEval;

public sealed class LagCorrelationsTests
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(16, 5)]
    [InlineData(16, 3000)]
    [InlineData(16, 7953)] // a batch of eight blocks of 994 and a sample in the margin behind it
    [InlineData(16, 7966)]
    [InlineData(512, 57622)]
    [InlineData(512, 70000)]
    public void Correlations_are_the_sums_that_define_them(int taps, int samples)
    {
        using WorkerPool pool = new(2);
        double[][] references = [NoiseSignals.Noise(1, samples), NoiseSignals.Noise(2, samples)];
        double[][] estimates = [NoiseSignals.Noise(3, samples)];
        LagCorrelations correlations = new(2, 1, taps, pool);
        for (int start = 0; start < samples; start += 999)
        {
            correlations.Add(references, estimates, start, Math.Min(999, samples - start));
        }

        correlations.Complete();
        foreach (int lag in new[] { -(taps - 1), -taps / 2, 0, taps / 3, taps - 1 })
        {
            Assert.Equal(Naive(references[0], references[0], lag), correlations.OfReferences(0, 0)[lag + taps - 1], 1e-9);
            Assert.Equal(Naive(references[0], references[1], lag), correlations.OfReferences(0, 1)[lag + taps - 1], 1e-9);
            if (lag >= 0)
            {
                Assert.Equal(Naive(references[1], estimates[0], lag), correlations.OfEstimate(1, 0)[lag], 1e-9);
            }
        }

        Assert.Equal(Naive(estimates[0], estimates[0], 0), correlations.EstimateEnergy(0), 1e-9);
        Assert.Equal(samples, correlations.Samples);
    }

    // Σₙ a[n]·b[n + lag].
    private static double Naive(double[] a, double[] b, int lag)
    {
        double sum = 0;
        for (int n = Math.Max(0, -lag); n < a.Length && n + lag < b.Length; n++)
        {
            sum += a[n] * b[n + lag];
        }

        return sum;
    }
}
