using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Metrics;

/// <summary>
/// SI-SDR, SI-SIR, SI-SAR and SD-SDR of several sources, block by block: they all follow from the inner products of the
/// signals.
/// </summary>
/// <remarks>
/// A residual that is too small for a difference of energies (above 80 dB) is measured on the signals in a second pass.
/// </remarks>
public sealed class ScaleInvariantScores : IBlockMetric
{
    private const double Cancellation = 1e-8;

    private readonly int _sources;
    private readonly int _channels;
    private readonly IReadOnlyList<string>? _names;
    private readonly double[,] _gram;
    private readonly double[,] _products;
    private readonly double[] _energies;
    private readonly double[] _errors;
    private readonly Terms[] _terms;
    private double[][] _weights = [];
    private double[] _sample = [];
    private long _position;
    private bool _measuring;

    /// <param name="sources">References and estimates.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="names">What messages call the sources; null for numbers.</param>
    public ScaleInvariantScores(int sources, int channels, IReadOnlyList<string>? names = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sources);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        _sources = sources;
        _channels = channels;
        _names = names;
        _gram = new double[sources, sources];
        _products = new double[sources, sources];
        _energies = new double[sources];
        _errors = new double[sources];
        _terms = new Terms[sources];
    }

    /// <summary>The score of a source, once <see cref="EndPass"/> has returned false.</summary>
    public ScaleInvariantScore this[int source] => _terms[source].Score(_energies[source], _errors[source]);

    /// <inheritdoc/>
    public void Add(double[][] references, double[][] estimates, int offset, int count)
    {
        if (_measuring)
        {
            Measure(references, estimates, offset, count);
            return;
        }

        for (int source = 0; source < _sources; source++)
        {
            for (int channel = 0; channel < _channels; channel++)
            {
                int row = (source * _channels) + channel;
                string name = _names is null ? $"{source + 1}" : $"'{_names[source]}'";
                ReadOnlySpan<double> reference = references[row].AsSpan(offset, count);
                ReadOnlySpan<double> estimate = estimates[row].AsSpan(offset, count);
                SampleCheck.Finite("si-sdr", $"reference {name}", reference, _position);
                SampleCheck.Finite("si-sdr", $"estimate {name}", estimate, _position);
                _energies[source] += SampleSums.Energy(estimate);
                _errors[source] += SampleSums.SquaredDifference(reference, estimate);
                for (int other = 0; other < _sources; other++)
                {
                    int otherRow = (other * _channels) + channel;
                    _products[source, other] += SampleSums.Product(reference, estimates[otherRow].AsSpan(offset, count));
                    if (other <= source)
                    {
                        double product = SampleSums.Product(reference, references[otherRow].AsSpan(offset, count));
                        _gram[source, other] += product;
                        _gram[other, source] = _gram[source, other];
                    }
                }
            }
        }

        _position += count;
    }

    /// <inheritdoc/>
    public bool EndPass()
    {
        if (_measuring)
        {
            _measuring = false;
            return false;
        }

        if (_position == 0)
        {
            throw new ArgumentException("si-sdr: expected at least one sample, got none");
        }

        _weights = SolveAll();
        bool lost = false;
        for (int source = 0; source < _sources; source++)
        {
            double energy = _energies[source];
            double own = _products[source, source] * _products[source, source] / _gram[source, source];
            double all = 0;
            for (int reference = 0; reference < _sources; reference++)
            {
                all += _weights[source][reference] * _products[reference, source];
            }

            _terms[source] = new Terms
            {
                Own = own,
                All = all,
                OwnError = Math.Max(energy - own, 0),
                Interference = _sources > 1 ? Math.Max(all - own, 0) : double.NaN,
                Artifact = _sources > 1 ? Math.Max(energy - all, 0) : double.NaN,
            };
            lost |= energy - own < Cancellation * energy
                || (_sources > 1 && (all - own < Cancellation * own || energy - all < Cancellation * energy));
        }

        if (!lost)
        {
            return false;
        }

        for (int source = 0; source < _sources; source++)
        {
            _terms[source].OwnError = 0;
            _terms[source].Interference = _sources > 1 ? 0 : double.NaN;
            _terms[source].Artifact = _sources > 1 ? 0 : double.NaN;
        }

        _measuring = true;
        return true;
    }

    /// <summary>Scores whole signals, each source's channels one after another.</summary>
    internal static ScaleInvariantScore[] Of(string metric, double[][] references, double[][] estimates)
    {
        int samples = SignalShape.Check(metric, references, estimates, 1);
        SourceCount.Check(metric, references.Length);
        ScaleInvariantScores scores = new(references.Length, 1);
        do
        {
            scores.Add(references, estimates, 0, samples);
        }
        while (scores.EndPass());

        return [.. Enumerable.Range(0, references.Length).Select(source => scores[source])];
    }

    // For each estimate the weights of its projection on all references.
    private double[][] SolveAll()
    {
        using WorkerPool caller = new(1);
        PositiveDefiniteFactor factor = PositiveDefiniteFactor.Of(_sources, Fill, caller);
        double[][] weights = new double[_sources][];
        for (int estimate = 0; estimate < _sources; estimate++)
        {
            weights[estimate] = [.. Enumerable.Range(0, _sources).Select(reference => _products[reference, estimate])];
        }

        factor.Solve(weights, caller);
        return weights;

        void Fill(int row, Span<double> entries)
        {
            for (int column = 0; column <= row; column++)
            {
                entries[column] = _gram[row, column];
            }
        }
    }

    private void Measure(double[][] references, double[][] estimates, int offset, int count)
    {
        if (_sample.Length < count)
        {
            _sample = new double[count];
        }

        Span<double> all = _sample.AsSpan(0, count);
        for (int source = 0; source < _sources; source++)
        {
            double scale = _products[source, source] / _gram[source, source];
            for (int channel = 0; channel < _channels; channel++)
            {
                all.Clear();
                for (int reference = 0; reference < _sources; reference++)
                {
                    double weight = _weights[source][reference];
                    ReadOnlySpan<double> samples = references[(reference * _channels) + channel].AsSpan(offset, count);
                    for (int i = 0; i < count; i++)
                    {
                        all[i] += weight * samples[i];
                    }
                }

                int row = (source * _channels) + channel;
                AddResiduals(
                    ref _terms[source], scale, references[row].AsSpan(offset, count), estimates[row].AsSpan(offset, count), all);
            }
        }
    }

    private void AddResiduals(
        ref Terms terms, double scale, ReadOnlySpan<double> reference, ReadOnlySpan<double> estimate, ReadOnlySpan<double> all)
    {
        for (int i = 0; i < reference.Length; i++)
        {
            double own = scale * reference[i];
            double ownError = estimate[i] - own;
            double interference = all[i] - own;
            double artifact = estimate[i] - all[i];
            terms.OwnError += ownError * ownError;
            terms.Interference += interference * interference;
            terms.Artifact += artifact * artifact;
        }

        if (_sources == 1)
        {
            terms.Interference = double.NaN;
            terms.Artifact = double.NaN;
        }
    }

    private struct Terms
    {
        public double Own;
        public double All;
        public double OwnError;
        public double Interference;
        public double Artifact;

        public readonly ScaleInvariantScore Score(double energy, double error) => new(
            SiSdr.Of(Own, OwnError, energy),
            SiSdr.Of(Own, Interference, energy),
            SiSdr.Of(All, Artifact, energy),
            SiSdr.Of(Own, error, energy));
    }
}
