using Descant.Tensors;

namespace Descant.Metrics;

/// <summary>Log-spectral distance: how far the spectra of an estimate are from its reference's, in dB; 0 is equal.</summary>
/// <remarks>
/// For each frame the root of the mean over bins of the squared difference of 20·log₁₀ magnitudes, then the mean over frames
/// and channels (A. H. Gray, J. D. Markel, "Distance measures for speech processing", IEEE TASSP 24(5), 1976, eq. 3, with
/// powers of ten). STFT of 2048 samples with hop 512; magnitudes below 1e-5 count as 1e-5, so that digital silence against
/// noise far below hearing is no infinite distance.
/// </remarks>
public sealed class LogSpectralDistance : IBlockMetric
{
    private const int Size = 2048;
    private const int Hop = 512;
    private const double Least = 1e-5;

    private readonly int _channels;
    private readonly int _rows;
    private readonly double[] _sums;
    private readonly MagnitudeFrames _frames;
    private long _count;

    /// <param name="sources">References and estimates.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="pool">The threads to use.</param>
    public LogSpectralDistance(int sources, int channels, WorkerPool pool)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sources);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        _channels = channels;
        _rows = sources * channels;
        _sums = new double[_rows];
        _frames = new MagnitudeFrames(2 * _rows, Size, Hop, pool);
    }

    /// <summary>The distance of a source, once <see cref="EndPass"/> has returned false.</summary>
    public double this[int source] => _sums.AsSpan(source * _channels, _channels).ToArray().Sum() / (_channels * _count);

    /// <summary>The distance of one source of one channel.</summary>
    /// <exception cref="ArgumentException">Different lengths, no samples, NaN or infinity.</exception>
    public static double Of(double[] reference, double[] estimate)
    {
        SampleCheck.Pair("lsd", reference, estimate);
        using WorkerPool caller = new(1);
        LogSpectralDistance metric = new(1, 1, caller);
        metric.Add([reference], [estimate], 0, reference.Length);
        metric.EndPass();
        return metric[0];
    }

    /// <inheritdoc/>
    public void Add(double[][] references, double[][] estimates, int offset, int count) =>
        _frames.Add([.. references.Take(_rows), .. estimates.Take(_rows)], offset, count, Consume);

    /// <inheritdoc/>
    public bool EndPass()
    {
        _frames.Complete(Consume);
        return false;
    }

    private void Consume(float[][] magnitudes, int frames)
    {
        for (int row = 0; row < _rows; row++)
        {
            for (int frame = 0; frame < frames; frame++)
            {
                ReadOnlySpan<float> reference = magnitudes[row].AsSpan(frame * _frames.Bins, _frames.Bins);
                ReadOnlySpan<float> estimate = magnitudes[_rows + row].AsSpan(frame * _frames.Bins, _frames.Bins);
                double sum = 0;
                for (int bin = 0; bin < reference.Length; bin++)
                {
                    double distance = 20 * Math.Log10(Math.Max(reference[bin], Least) / Math.Max(estimate[bin], Least));
                    sum += distance * distance;
                }

                _sums[row] += Math.Sqrt(sum / reference.Length);
            }
        }

        _count += frames;
    }
}
