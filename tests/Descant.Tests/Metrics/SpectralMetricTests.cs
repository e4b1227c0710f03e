using Descant.Metrics;
using Descant.Tensors;
using Descant.Tests.Metrics.BssEval;

namespace Descant.Tests.Metrics;

/// <summary>
/// Expected values: numpy in double precision over the definitions of the metrics' remarks, on <see cref="NoiseSignals.Pair"/>
/// at 44.1 kHz (frames by <c>numpy.fft.rfft</c>, mel filters by librosa's formula).
/// </summary>
public sealed class SpectralMetricTests
{
    private const int SampleRate = 44100;

    [Fact]
    public void Bleedless_and_fullness_are_those_of_numpy()
    {
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        BleedScore first = BleedFullness.Of(references[0], estimates[0], SampleRate);
        BleedScore second = BleedFullness.Of(references[1], estimates[1], SampleRate);

        // Spectra and mel bands are single precision.
        Assert.Equal(45.93530444428142, first.Bleedless, 1e-3);
        Assert.Equal(48.41321333969029, first.Fullness, 1e-3);
        Assert.Equal(67.13134182646786, second.Bleedless, 1e-3);
        Assert.Equal(68.04153066797492, second.Fullness, 1e-3);

        // Half as loud is 6.02 dB short everywhere, and nowhere too much.
        BleedScore half = BleedFullness.Of(references[0], [.. references[0].Select(sample => sample / 2)], SampleRate);
        Assert.Equal(100, half.Bleedless);
        Assert.Equal(100 / (1 + (20 * Math.Log10(2))), half.Fullness, 1e-4);
    }

    [Fact]
    public void Log_spectral_distance_is_that_of_numpy()
    {
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        Assert.Equal(3.043278827102733, LogSpectralDistance.Of(references[0], estimates[0]), 1e-5);
        Assert.Equal(1.4911189648697967, LogSpectralDistance.Of(references[1], estimates[1]), 1e-5);
        Assert.Equal(0, LogSpectralDistance.Of(references[0], references[0]));
    }

    [Fact]
    public void Masks_are_those_of_numpy_however_the_blocks_are_cut()
    {
        using WorkerPool pool = new(2);
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        MaskScores masks = new(2, 1, pool);
        for (int start = 0; start < NoiseSignals.Samples; start += 777)
        {
            masks.Add(references, estimates, start, Math.Min(777, NoiseSignals.Samples - start));
        }

        masks.EndPass();
        Assert.Equal(25.313712250702945, masks.PeakRatio(0), 1e-4);
        Assert.Equal(0.9483536585365854, masks.Agreement(0).Accuracy, 1e-9);
        Assert.Equal(0.903293943026774, masks.Agreement(0).IntersectionOverUnion, 1e-9);

        // Of two sources each mask is the complement of the other.
        Assert.Equal(masks.Agreement(0).Accuracy, masks.Agreement(1).Accuracy, 1e-12);
        Assert.Equal(masks.PeakRatio(0), masks.PeakRatio(1), 1e-9);
    }
}
