using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Metrics;

/// <summary>
/// Masks that references and estimates imply, compared: PSNR of ratio masks, accuracy and IoU of binary masks.
/// </summary>
/// <remarks>
/// STFT of 2048 samples with hop 512. Ratio mask of source j: |S_j|/Σᵢ|S_i|, of references and of estimates alike; binary
/// mask: where |S_j| is larger than every other source's. Points where all references or all estimates are zero are left out.
/// </remarks>
public sealed class MaskScores : IBlockMetric
{
    private const int Size = 2048;
    private const int Hop = 512;

    private readonly int _sources;
    private readonly int _channels;
    private readonly MagnitudeFrames _frames;
    private readonly bool _permute;
    private readonly MaskAgreement[,] _agreements;  // [reference, estimate]; without permutation the diagonal only
    private readonly double[,] _errors;
    private int[] _permutation;
    private long _points;

    /// <param name="sources">References and estimates, at least 2.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="pool">The threads to use.</param>
    /// <param name="permute">Whether estimates are assigned to references by the largest mean accuracy.</param>
    public MaskScores(int sources, int channels, WorkerPool pool, bool permute = false)
    {
        SourceCount.Check("mask metrics", sources);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        _sources = sources;
        _channels = channels;
        _frames = new MagnitudeFrames(2 * sources * channels, Size, Hop, pool);
        _permute = permute;
        _agreements = new MaskAgreement[sources, sources];
        _errors = new double[sources, sources];
        _permutation = [.. Enumerable.Range(0, sources)];
    }

    /// <summary>For each source the estimate that is scored as it: its own, or the best assignment's where that was asked for.</summary>
    public IReadOnlyList<int> Permutation => _permutation;

    /// <summary>Agreement of a source's binary masks.</summary>
    public MaskAgreement Agreement(int source) => _agreements[source, _permutation[source]];

    /// <summary>PSNR of a source's ratio masks in dB; NaN where nothing could be compared.</summary>
    public double PeakRatio(int source) => _points == 0 ? double.NaN : Psnr.Of(_errors[source, _permutation[source]], _points, 1);

    /// <inheritdoc/>
    public void Add(double[][] references, double[][] estimates, int offset, int count)
    {
        int rows = _sources * _channels;
        _frames.Add([.. references.Take(rows), .. estimates.Take(rows)], offset, count, Consume);
    }

    /// <inheritdoc/>
    public bool EndPass()
    {
        _frames.Complete(Consume);
        if (_permute)
        {
            double[,] accuracies = new double[_sources, _sources];
            for (int reference = 0; reference < _sources; reference++)
            {
                for (int estimate = 0; estimate < _sources; estimate++)
                {
                    accuracies[reference, estimate] = _agreements[reference, estimate].Accuracy;
                }
            }

            _permutation = BestAssignment.Of(accuracies);
        }

        return false;
    }

    private void Consume(float[][] magnitudes, int frames)
    {
        Span<float> references = stackalloc float[_sources];
        Span<float> estimates = stackalloc float[_sources];
        for (int channel = 0; channel < _channels; channel++)
        {
            for (int point = 0; point < frames * _frames.Bins; point++)
            {
                double referenceSum = 0;
                double estimateSum = 0;
                for (int source = 0; source < _sources; source++)
                {
                    references[source] = magnitudes[(source * _channels) + channel][point];
                    estimates[source] = magnitudes[((_sources + source) * _channels) + channel][point];
                    referenceSum += references[source];
                    estimateSum += estimates[source];
                }

                if (referenceSum > 0 && estimateSum > 0)
                {
                    Compare(references, estimates, referenceSum, estimateSum);
                }
            }
        }
    }

    private void Compare(ReadOnlySpan<float> references, ReadOnlySpan<float> estimates, double referenceSum, double estimateSum)
    {
        _points++;
        for (int reference = 0; reference < _sources; reference++)
        {
            (int first, int end) = _permute ? (0, _sources) : (reference, reference + 1);
            for (int estimate = first; estimate < end; estimate++)
            {
                double error = (references[reference] / referenceSum) - (estimates[estimate] / estimateSum);
                _errors[reference, estimate] += error * error;
                _agreements[reference, estimate] = _agreements[reference, estimate].With(Dominates(references, reference), Dominates(estimates, estimate));
            }
        }
    }

    private static bool Dominates(ReadOnlySpan<float> magnitudes, int source)
    {
        for (int other = 0; other < magnitudes.Length; other++)
        {
            if (other != source && magnitudes[other] >= magnitudes[source])
            {
                return false;
            }
        }

        return true;
    }
}
