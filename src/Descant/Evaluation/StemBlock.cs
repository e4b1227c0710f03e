namespace Descant.Evaluation;

/// <summary>The next samples of an item: its references, its estimates and its mixture, aligned.</summary>
/// <remarks>Arrays are reused from block to block; only the first <see cref="Count"/> samples are valid.</remarks>
internal sealed class StemBlock
{
    private readonly int _channels;
    private readonly double[][] _monoReferences;
    private readonly double[][] _monoEstimates;
    private readonly double[] _monoMixture;

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
        MonoEstimatesAndMixture = [.. _monoEstimates, _monoMixture];
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
    public double[][] MonoReferences => _monoReferences;

    /// <summary>Estimates and then the mixture, the mean of their channels.</summary>
    public double[][] MonoEstimatesAndMixture { get; }

    /// <summary>Declares the arrays filled up to <paramref name="count"/>.</summary>
    public void Complete(int count)
    {
        Count = count;
        Average(References, _monoReferences);
        Average(Estimates, _monoEstimates);
        Average(Mixture, [_monoMixture]);
    }

    private static double[][] Rows(int rows, int capacity) => [.. Enumerable.Range(0, rows).Select(_ => new double[capacity])];

    private void Average(double[][] rows, double[][] means)
    {
        for (int source = 0; source < means.Length; source++)
        {
            Span<double> mean = means[source].AsSpan(0, Count);
            rows[source * _channels].AsSpan(0, Count).CopyTo(mean);
            for (int channel = 1; channel < _channels; channel++)
            {
                ReadOnlySpan<double> samples = rows[(source * _channels) + channel].AsSpan(0, Count);
                for (int i = 0; i < mean.Length; i++)
                {
                    mean[i] += samples[i];
                }
            }

            for (int i = 0; i < mean.Length; i++)
            {
                mean[i] /= _channels;
            }
        }
    }
}
