using Descant.Dsp;
using Descant.Tensors;

namespace Descant.Metrics;

/// <summary>
/// Bleedless and fullness: excess and lack of an estimate on a mel spectrogram in dB.
/// </summary>
/// <remarks>
/// Magnitudes of an STFT of 4096 samples with hop 1024, 512 Slaney mel bands, 20·log₁₀ with a floor of 1e-10, everything more
/// than 80 dB below the loudest point of a signal (over its channels) raised to that level; d = estimate − reference;
/// bleedless = 100/(1 + mean of d &gt; 0), fullness = 100/(1 − mean of d &lt; 0), 100 where there is no such point
/// (ZFTurbo's Music-Source-Separation-Training, <c>utils/metrics.py</c>, computed in single precision like there).
/// </remarks>
public sealed class BleedFullness : IBlockMetric
{
    private const int Size = 4096;
    private const int Hop = 1024;
    private const int Bands = 512;
    private const double Least = 1e-10;
    private const double Range = 80;

    private readonly int _channels;
    private readonly int _rows;
    private readonly WorkerPool _pool;
    private readonly MelFilterBank _mel;
    private readonly float[][] _mels;
    private readonly double[] _loudest;
    private readonly double[] _excess;
    private readonly double[] _lack;
    private readonly long[] _excesses;
    private readonly long[] _lacks;
    private MagnitudeFrames _frames;
    private bool _measuring;

    /// <param name="sources">References and estimates.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="sampleRate">Samples per second.</param>
    /// <param name="pool">The threads to use.</param>
    public BleedFullness(int sources, int channels, int sampleRate, WorkerPool pool)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sources);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        _channels = channels;
        _rows = sources * channels;
        _pool = pool;
        _mel = new MelFilterBank(sampleRate, Size, Bands);
        _mels = [.. Enumerable.Range(0, 2 * _rows).Select(_ => new float[16 * Bands])];
        _loudest = new double[2 * sources];
        Array.Fill(_loudest, double.NegativeInfinity);
        _excess = new double[sources];
        _lack = new double[sources];
        _excesses = new long[sources];
        _lacks = new long[sources];
        _frames = new MagnitudeFrames(2 * _rows, Size, Hop, pool);
    }

    /// <summary>The score of a source, once <see cref="EndPass"/> has returned false.</summary>
    public BleedScore this[int source] => new(
        100 / (1 + (_excesses[source] == 0 ? 0 : _excess[source] / _excesses[source])),
        100 / (1 + (_lacks[source] == 0 ? 0 : _lack[source] / _lacks[source])));

    /// <summary>Scores one source of one channel.</summary>
    /// <exception cref="ArgumentException">Different lengths, no samples, NaN or infinity.</exception>
    public static BleedScore Of(double[] reference, double[] estimate, int sampleRate)
    {
        SampleCheck.Pair("bleedless", reference, estimate);
        using WorkerPool caller = new(1);
        BleedFullness metric = new(1, 1, sampleRate, caller);
        do
        {
            metric.Add([reference], [estimate], 0, reference.Length);
        }
        while (metric.EndPass());

        return metric[0];
    }

    /// <inheritdoc/>
    public void Add(double[][] references, double[][] estimates, int offset, int count) =>
        _frames.Add([.. references.Take(_rows), .. estimates.Take(_rows)], offset, count, Consume);

    /// <inheritdoc/>
    public bool EndPass()
    {
        _frames.Complete(Consume);
        if (_measuring)
        {
            return false;
        }

        _measuring = true;
        _frames = new MagnitudeFrames(2 * _rows, Size, Hop, _pool);
        return true;
    }

    private void Consume(float[][] magnitudes, int frames)
    {
        _pool.Run(magnitudes.Length, (row, _) =>
        {
            Span<float> decibels = _mels[row].AsSpan(0, frames * Bands);
            _mel.Forward(magnitudes[row].AsSpan(0, frames * _mel.Bins), decibels);
            for (int i = 0; i < decibels.Length; i++)
            {
                decibels[i] = (float)(20 * Math.Log10(Math.Max(decibels[i], Least)));
            }
        });
        for (int row = 0; row < _rows; row++)
        {
            int source = row / _channels;
            ReadOnlySpan<float> reference = _mels[row].AsSpan(0, frames * Bands);
            ReadOnlySpan<float> estimate = _mels[_rows + row].AsSpan(0, frames * Bands);
            if (_measuring)
            {
                Compare(source, reference, estimate);
                continue;
            }

            for (int i = 0; i < reference.Length; i++)
            {
                _loudest[2 * source] = Math.Max(_loudest[2 * source], reference[i]);
                _loudest[(2 * source) + 1] = Math.Max(_loudest[(2 * source) + 1], estimate[i]);
            }
        }
    }

    private void Compare(int source, ReadOnlySpan<float> reference, ReadOnlySpan<float> estimate)
    {
        double referenceFloor = _loudest[2 * source] - Range;
        double estimateFloor = _loudest[(2 * source) + 1] - Range;
        for (int i = 0; i < reference.Length; i++)
        {
            double difference = Math.Max(estimate[i], estimateFloor) - Math.Max(reference[i], referenceFloor);
            if (difference > 0)
            {
                _excess[source] += difference;
                _excesses[source]++;
            }
            else if (difference < 0)
            {
                _lack[source] -= difference;
                _lacks[source]++;
            }
        }
    }
}
