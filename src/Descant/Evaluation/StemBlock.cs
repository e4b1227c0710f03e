using Descant.Metrics;

namespace Descant.Evaluation;

/// <summary>The next samples of an item: its references, its estimates and its mixture, aligned.</summary>
/// <remarks>Arrays are reused from block to block; only the first <see cref="Count"/> samples are valid.</remarks>
internal sealed class StemBlock
{
    private readonly int _channels;
    private readonly double[][] _monoReferences;
    private readonly double[][] _monoEstimates;
    private readonly double[] _monoMixture;
    private readonly double[][] _monoEstimatesAndMixture;
    private bool _monoIsCurrent;

    /// <param name="sources">References and estimates.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="capacity">Most samples of a block.</param>
    public StemBlock(int sources, int channels, int capacity)
    {
        _channels = channels;
        References = Rows(sources * channels, capacity);
        Estimates = Rows(sources * channels, capacity);
        Mixture = Rows(channels, capacity);
        _monoReferences = Rows(sources, capacity);
        _monoEstimates = Rows(sources, capacity);
        _monoMixture = new double[capacity];
        _monoEstimatesAndMixture = [.. _monoEstimates, _monoMixture];
    }

    /// <summary>Valid samples of each array.</summary>
    public int Count { get; private set; }

    /// <summary>Reference channels, source by source.</summary>
    public double[][] References { get; }

    /// <summary>Estimate channels, source by source.</summary>
    public double[][] Estimates { get; }

    /// <summary>Channels of the mixture.</summary>
    public double[][] Mixture { get; }

    /// <summary>References, the mean of their channels.</summary>
    public double[][] MonoReferences
    {
        get
        {
            Average();
            return _monoReferences;
        }
    }

    /// <summary>Estimates and then the mixture, the mean of their channels.</summary>
    public double[][] MonoEstimatesAndMixture
    {
        get
        {
            Average();
            return _monoEstimatesAndMixture;
        }
    }

    /// <summary>Declares the arrays filled up to <paramref name="count"/>.</summary>
    public void Complete(int count)
    {
        Count = count;
        _monoIsCurrent = false;
    }

    private static double[][] Rows(int rows, int capacity) => [.. Enumerable.Range(0, rows).Select(_ => new double[capacity])];

    // Only metrics on the mean of the channels ask for it.
    private void Average()
    {
        if (_monoIsCurrent)
        {
            return;
        }

        Average(References, _monoReferences);
        Average(Estimates, _monoEstimates);
        Average(Mixture, [_monoMixture]);
        _monoIsCurrent = true;
    }

    private void Average(double[][] rows, double[][] means)
    {
        for (int source = 0; source < means.Length; source++)
        {
            Span<double> mean = means[source].AsSpan(0, Count);
            rows[source * _channels].AsSpan(0, Count).CopyTo(mean);
            for (int channel = 1; channel < _channels; channel++)
            {
                SampleSums.Add(mean, rows[(source * _channels) + channel].AsSpan(0, Count));
            }

            if (_channels > 1)
            {
                SampleSums.Divide(mean, _channels);
            }
        }
    }
}
