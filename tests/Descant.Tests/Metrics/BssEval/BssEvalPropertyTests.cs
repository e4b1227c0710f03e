using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Tests.Metrics.BssEval;

public sealed class BssEvalPropertyTests
{
    private static readonly BssEvalOptions Options = new();

    [Fact]
    public void Estimates_equal_to_their_references_are_perfect_not_NaN()
    {
        using WorkerPool pool = new(2);
        double[][] references = NoiseSignals.Pair().References;
        BssEvalScore sources = BssEvalSources.Score(references, references, Options, pool)[0];
        BssEvalScore images = BssEvalImages.Score(references, references, 1, Options, pool)[1];
        BssEvalScore frame = BssEvalV4.Score(references, references, 1, 8000, 8000, Options, pool)[0, 1];
        Assert.Equal(double.PositiveInfinity, images.Sdr);
        Assert.Equal(double.PositiveInfinity, frame.Sdr);
        foreach (double value in new[] { sources.Sdr, sources.Sir, sources.Sar, images.Isr, images.Sir, images.Sar, frame.Isr, frame.Sir, frame.Sar })
        {
            // What is left is rounding.
            Assert.True(value > 200, $"{value}");
        }
    }

    [Fact]
    public void Swapped_estimates_are_found_by_the_permutation()
    {
        using WorkerPool pool = new(2);
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        double[][] swapped = [estimates[1], estimates[0]];
        BssEvalResult straight = BssEvalSources.Score(references, estimates, Options, pool);
        BssEvalResult found = BssEvalSources.Score(references, swapped, Options with { Permute = true }, pool);
        Assert.Equal([1, 0], found.Permutation());
        Assert.Equal(straight[0].Sdr, found[0].Sdr, 1e-9);
        Assert.Equal(straight[1].Sar, found[1].Sar, 1e-9);

        BssEvalResult images = BssEvalImages.Score(references, swapped, 1, Options with { Permute = true }, pool);
        Assert.Equal([1, 0], images.Permutation());
        Assert.Equal(BssEvalImages.Score(references, estimates, 1, Options, pool)[0].Isr, images[0].Isr, 1e-9);

        // Windows without a score do not hide the others' order.
        foreach (double[] signal in references.Concat(swapped))
        {
            Array.Clear(signal, 4000, 4000);
        }

        BssEvalResult windows = BssEvalV4.Score(references, swapped, 1, 4000, 4000, Options with { Permute = true }, pool);
        Assert.Equal((1, "1, 0"), (windows.SilentFrames, string.Join(", ", windows.Permutation())));

        BssEvalScore wrong = BssEvalSources.Score(references, swapped, Options, pool)[0];
        Assert.True(wrong.Sir < -10, $"without permutation the interference is louder than the source, got {wrong.Sir}");
    }

    [Fact]
    public void Silence_added_at_the_end_changes_nothing()
    {
        using WorkerPool pool = new(2);
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        double[][] longReferences = [.. references.Select(signal => signal.Concat(new double[5000]).ToArray())];
        double[][] longEstimates = [.. estimates.Select(signal => signal.Concat(new double[5000]).ToArray())];
        BssEvalScore plain = BssEvalImages.Score(references, estimates, 1, Options, pool)[0];
        BssEvalScore padded = BssEvalImages.Score(longReferences, longEstimates, 1, Options, pool)[0];
        Assert.Equal(plain.Sdr, padded.Sdr, 1e-9);
        Assert.Equal(plain.Isr, padded.Isr, 1e-9);
        Assert.Equal(plain.Sir, padded.Sir, 1e-9);
        Assert.Equal(plain.Sar, padded.Sar, 1e-9);
    }

    [Fact]
    public void A_window_with_a_silent_source_has_no_scores_for_any()
    {
        using WorkerPool pool = new(2);
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        Array.Clear(references[1], 4000, 4000);
        BssEvalResult result = BssEvalV4.Score(references, estimates, 1, 4000, 4000, Options, pool);
        Assert.Equal(4, result.Frames);
        Assert.Equal(1, result.SilentFrames);
        Assert.True(double.IsNaN(result[0, 1].Sdr) && double.IsNaN(result[1, 1].Sar));
        Assert.True(double.IsFinite(result[0, 2].Sdr));
    }

    [Fact]
    public void Opposite_channels_count_as_silent_as_in_museval()
    {
        using WorkerPool pool = new(2);
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        double[] negative = [.. references[0].Select(sample => -sample)];
        double[][] stereo = [references[0], negative, references[1], estimates[1]];
        ArgumentException error = Assert.Throws<ArgumentException>(() => BssEvalV4.Score(stereo, stereo, 2, 8000, 8000, Options, pool));
        Assert.Contains("silent", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_sample_that_is_no_number_is_an_error_that_says_where(double value)
    {
        using WorkerPool pool = new(2);
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        estimates[1][1234] = value;
        BssEvalOptions named = Options with { Names = ["vocals", "drums"] };
        ArgumentException error = Assert.Throws<ArgumentException>(() => BssEvalSources.Score(references, estimates, named, pool));
        Assert.Contains("estimate 'drums', channel 1, sample 1234", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => BssEvalV4.Score(references, estimates, 1, 8000, 8000, Options, pool));
    }

    [Fact]
    public void One_sample_is_scored_without_NaN()
    {
        using WorkerPool pool = new(2);
        BssEvalScore score = BssEvalSources.Score([[0.5], [0.25]], [[0.5], [0.125]], Options, pool)[0];
        BssEvalScore image = BssEvalV4.Score([[0.5], [0.25]], [[0.5], [0.125]], 1, 44100, 44100, Options, pool)[1, 0];
        Assert.False(double.IsNaN(score.Sdr) || double.IsNaN(score.Sir) || double.IsNaN(score.Sar));
        Assert.Equal(20 * Math.Log10(2), image.Sdr, 1e-9);
        Assert.False(double.IsNaN(image.Isr) || double.IsNaN(image.Sir) || double.IsNaN(image.Sar));
    }

    [Fact]
    public void Equal_channels_of_a_mono_reference_are_scored_by_what_they_span()
    {
        using WorkerPool pool = new(2);
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        double[][] stereo = [references[0], references[0], references[1], references[1]];
        double[][] estimated = [estimates[0], estimates[0], estimates[1], estimates[1]];
        BssEvalScore mono = BssEvalImages.Score(references, estimates, 1, Options, pool)[0];
        BssEvalScore both = BssEvalImages.Score(stereo, estimated, 2, Options, pool)[0];

        // Both channels have the same decomposition, so that every ratio stays; the equations are singular.
        Assert.Equal(mono.Sdr, both.Sdr, 1e-6);
        Assert.Equal(mono.Isr, both.Isr, 1e-6);
        Assert.Equal(mono.Sir, both.Sir, 1e-6);
        Assert.Equal(mono.Sar, both.Sar, 1e-6);
    }

    [Fact]
    public void A_single_reference_and_a_silent_one_are_refused()
    {
        using WorkerPool pool = new(2);
        double[][] one = [NoiseSignals.Noise(1)];
        double[][] silent = [NoiseSignals.Noise(1), new double[NoiseSignals.Samples]];
        Assert.Throws<ArgumentException>(() => BssEvalSources.Score(one, one, Options, pool));
        Assert.Throws<ArgumentException>(() => BssEvalV4.Score(one, one, 1, 8000, 8000, Options, pool));
        Assert.Throws<ArgumentException>(() => BssEvalSources.Score(silent, NoiseSignals.Pair().Estimates, Options, pool));
        Assert.Throws<ArgumentException>(() => BssEvalImages.Score(NoiseSignals.Pair().References, silent, 1, Options, pool));
    }

    [Fact]
    public void Blocks_and_threads_do_not_change_a_score()
    {
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        using WorkerPool one = new(1);
        using WorkerPool three = new(3);
        BssEvalResult whole = BssEvalV4.Score(references, estimates, 1, 5000, 3000, Options, one);
        BssEvalV4 metric = new(2, 1, 5000, 3000, Options, three);
        do
        {
            for (int start = 0; start < NoiseSignals.Samples; start += 777)
            {
                metric.Add(references, estimates, start, Math.Min(777, NoiseSignals.Samples - start));
            }
        }
        while (metric.EndPass());

        Assert.Equal(4, whole.Frames);
        for (int frame = 0; frame < whole.Frames; frame++)
        {
            // Only the order in which the energies of the estimates are summed depends on the blocks.
            Assert.Equal(whole[1, frame].Sdr, metric.Result[1, frame].Sdr, 1e-10);
            Assert.Equal(whole[1, frame].Sir, metric.Result[1, frame].Sir, 1e-10);
            Assert.Equal(whole[1, frame].Sar, metric.Result[1, frame].Sar, 1e-10);
        }
    }

    [Fact]
    public void Diagonal_loading_changes_the_projection_a_little()
    {
        using WorkerPool pool = new(2);
        (double[][] references, double[][] estimates) = NoiseSignals.Pair();
        double plain = BssEvalSources.Score(references, estimates, Options, pool)[0].Sdr;
        double loaded = BssEvalSources.Score(references, estimates, Options with { Loading = new DiagonalLoading(0, 1e-3) }, pool)[0].Sdr;
        Assert.NotEqual(plain, loaded);
        Assert.Equal(plain, loaded, 0.1);
    }
}
