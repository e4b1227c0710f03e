using Descant.Metrics;
using Descant.Tests.Metrics.BssEval;

namespace Descant.Tests.Metrics;

public sealed class ScaleInvariantTests
{
    [Fact]
    public void Golden_values_of_filters_of_one_tap()
    {
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        Assert.Equal(11.906809, SiSdr.Of(references[0], estimates[0]), 1e-6);
        Assert.Equal(19.840380, SiSdr.Of(references[1], estimates[1]), 1e-6);
        double[] sir = SiSir.Of(references, estimates);
        double[] sar = SiSar.Of(references, estimates);
        Assert.Equal(12.074287, sir[0], 1e-6);
        Assert.Equal(20.007450, sir[1], 1e-6);
        Assert.Equal(26.389899, sar[0], 1e-6);
        Assert.Equal(34.115652, sar[1], 1e-6);
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(-2.5)]
    [InlineData(1e4)]
    public void SI_SDR_does_not_know_the_scale(double scale)
    {
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        double expected = SiSdr.Of(references[0], estimates[0]);
        Assert.Equal(expected, SiSdr.Of(references[0], [.. estimates[0].Select(sample => scale * sample)]), 1e-9);
        Assert.Equal(expected, SiSdr.Of([.. references[0].Select(sample => scale * sample)], estimates[0]), 1e-9);
    }

    [Fact]
    public void Closed_forms()
    {
        Assert.Equal(double.PositiveInfinity, SiSdr.Of([1, 2, 3], [2, 4, 6]));
        Assert.Equal(double.NegativeInfinity, SiSdr.Of([1, 0], [0, 1]));
        Assert.Equal(0, SiSdr.Of([1, 0], [1, 1]), 1e-12);
        Assert.Equal(double.NaN, SiSdr.Of([0, 0], [1, 1]));
        Assert.Equal(double.NaN, SiSdr.Of([1, 1], [0, 0]));

        // e = s/2: α = ½, ‖αs‖² = ‖s‖²/4 = ‖e − s‖².
        Assert.Equal(0, SdSdr.Of([1, 2, 3], [0.5, 1, 1.5]), 1e-12);

        // SD-SDR = SNR + 20·log₁₀|α|.
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        double snr = 10 * Math.Log10(references[0].Sum(x => x * x) / references[0].Zip(estimates[0], (s, e) => (s - e) * (s - e)).Sum());
        double alpha = references[0].Zip(estimates[0], (s, e) => s * e).Sum() / references[0].Sum(x => x * x);
        Assert.Equal(snr + (20 * Math.Log10(alpha)), SdSdr.Of(references[0], estimates[0]), 1e-9);
    }

    [Fact]
    public void Blocks_give_the_scores_of_the_whole_and_measure_what_cancels()
    {
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        double[][] nearly = [estimates[0], [.. references[1].Select((sample, i) => sample + (1e-7 * estimates[0][i]))]];
        ScaleInvariantScores blocks = new(2, 1);
        int passes = 0;
        do
        {
            passes++;
            for (int start = 0; start < NoiseSignals.Samples; start += 1000)
            {
                blocks.Add(references, nearly, start, Math.Min(1000, NoiseSignals.Samples - start));
            }
        }
        while (blocks.EndPass());

        Assert.Equal(2, passes);
        Assert.Equal(SiSdr.Of(references[0], nearly[0]), blocks[0].Sdr, 1e-9);
        double perfect = SiSdr.Of(references[1], nearly[1]);
        Assert.InRange(perfect, 135, 145);
        Assert.Equal(perfect, blocks[1].Sdr, 1e-6);
    }

    [Fact]
    public void What_is_no_signal_is_refused()
    {
        Assert.Throws<ArgumentException>(() => SiSdr.Of([1, double.NaN], [1, 1]));
        Assert.Throws<ArgumentException>(() => SiSdr.Of([1, 1], [1, double.PositiveInfinity]));
        Assert.Throws<ArgumentException>(() => SiSdr.Of([1, 1], [1]));
        Assert.Throws<ArgumentException>(() => SiSdr.Of([], []));
        Assert.Throws<ArgumentException>(() => SiSir.Of([[1, 2]], [[1, 2]]));
    }
}
