using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Tests.Metrics.BssEval;

/// <summary>
/// The values that fast_bss_eval, mir_eval and museval give for <see cref="NoiseSignals.Pair"/>, recorded with these
/// packages to the digits printed.
/// </summary>
public sealed class BssEvalGoldenTests
{
    private static readonly BssEvalOptions Options = new();

    [Theory]
    [InlineData(512, 0, 12.064106, 12.226153, 26.678928)]
    [InlineData(512, 1, 19.986120, 20.147634, 34.404148)]
    [InlineData(1, 0, 11.906809, 12.074287, 26.389899)]
    [InlineData(1, 1, 19.840380, 20.007450, 34.115652)]
    public void Sources_over_the_whole_signal(int taps, int source, double sdr, double sir, double sar)
    {
        using WorkerPool pool = new(2);
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        BssEvalScore score = BssEvalSources.Score(references, estimates, Options with { Taps = taps }, pool)[source];
        Assert.Equal(sdr, score.Sdr, 1e-6);
        Assert.Equal(sir, score.Sir, 1e-6);
        Assert.Equal(sar, score.Sar, 1e-6);
        Assert.Equal(double.NaN, score.Isr);
    }

    [Theory]
    [InlineData(0, 11.89198, 26.63747, 12.22615, 26.67893)]
    [InlineData(1, 19.83487, 34.68824, 20.14763, 34.40415)]
    public void Images_over_the_whole_signal(int source, double sdr, double isr, double sir, double sar)
    {
        using WorkerPool pool = new(2);
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        AssertScore(sdr, isr, sir, sar, BssEvalImages.Score(references, estimates, 1, Options, pool)[source]);
    }

    [Theory]
    [InlineData(0, 0, 11.88513, 26.65840, 12.20202, 26.63660)]
    [InlineData(1, 0, 19.87281, 34.69981, 20.14379, 34.38123)]
    [InlineData(0, 1, 11.89874, 26.61068, 12.24394, 26.70443)]
    [InlineData(1, 1, 19.79746, 34.67037, 20.14690, 34.41071)]
    public void Version_4_in_windows(int source, int frame, double sdr, double isr, double sir, double sar)
    {
        using WorkerPool pool = new(2);
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        BssEvalResult result = BssEvalV4.Score(references, estimates, 1, 8000, 8000, Options, pool);
        Assert.Equal(2, result.Frames);
        AssertScore(sdr, isr, sir, sar, result[source, frame]);
    }

    [Fact]
    public void Half_of_the_reference_is_6_dB_of_spatial_distortion_and_nothing_else()
    {
        using WorkerPool pool = new(2);
        double[][] references = NoiseSignals.Pair().References;
        double[][] halves = [.. references.Select(signal => signal.Select(sample => sample / 2).ToArray())];
        BssEvalResult result = BssEvalImages.Score(references, halves, 1, Options, pool);
        for (int source = 0; source < 2; source++)
        {
            Assert.Equal(6.020600, result[source].Sdr, 1e-6);
            Assert.Equal(6.020600, result[source].Isr, 1e-6);
            Assert.True(result[source].Sir > 200);
            Assert.True(result[source].Sar > 200);
        }
    }

    private static void AssertScore(double sdr, double isr, double sir, double sar, BssEvalScore score)
    {
        // The recorded values have five decimals.
        Assert.Equal(sdr, score.Sdr, 1e-5);
        Assert.Equal(isr, score.Isr, 1e-5);
        Assert.Equal(sir, score.Sir, 1e-5);
        Assert.Equal(sar, score.Sar, 1e-5);
    }
}
