using System.Numerics;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Metrics.BssEval;

/// <summary>
/// Correlations of reference channels with each other and with estimate channels, at the lags that a projection on
/// delayed references needs, accumulated block by block: r_ab[l] = Σₙ a[n]·b[n+l], |l| &lt; taps.
/// </summary>
/// <remarks>
/// A block of a is zero-padded, b is taken with taps−1 samples on both sides, and the products of their spectra are summed
/// over all blocks before one inverse transform per pair: no lag is aliased and memory does not grow with the signals
/// (mir_eval and museval transform the whole signals instead).
/// </remarks>
internal sealed class LagCorrelations
{
    private const int BlocksPerBatch = 8;
    private const int BinsPerJob = 256;

    private readonly int _references;
    private readonly int _estimates;
    private readonly int _margin;
    private readonly int _blockSize;
    private readonly WorkerPool _pool;
    private readonly RealFft<double> _transform;
    private readonly SplitSpectra _sums;
    private readonly SplitSpectra _inputs;
    private readonly double[][] _pending;
    private readonly double[][] _scratch;
    private readonly double[][] _work;
    private readonly double[] _energies;
    private readonly Lag[] _pairs;
    private double[][] _correlations = [];
    private int _filled;

    /// <param name="references">Reference channels.</param>
    /// <param name="estimates">Estimate channels.</param>
    /// <param name="taps">Delays of the projection, at least 1.</param>
    /// <param name="pool">The threads to use.</param>
    public LagCorrelations(int references, int estimates, int taps, WorkerPool pool)
    {
        _references = references;
        _estimates = estimates;
        _margin = taps - 1;
        _pool = pool;
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(16 * taps, 1024));
        _transform = new RealFft<double>(size);
        _blockSize = size - (2 * _margin);
        _pairs = [.. ListPairs(references, estimates)];
        _sums = new SplitSpectra(_pairs.Length, _transform.Bins);
        _inputs = new SplitSpectra(BlocksPerBatch * SpectraPerBlock, _transform.Bins);
        _energies = new double[estimates];
        _scratch = new double[pool.Threads][];
        _work = new double[pool.Threads][];
        _pending = new double[references + estimates][];
        for (int i = 0; i < _pending.Length; i++)
        {
            _pending[i] = new double[(2 * _margin) + (BlocksPerBatch * _blockSize)];
        }

        for (int i = 0; i < _scratch.Length; i++)
        {
            _scratch[i] = new double[size];
            _work[i] = new double[_transform.ScratchLength];
        }

        _filled = _margin;
    }

    /// <summary>Samples fed so far.</summary>
    public long Samples { get; private set; }

    // Of a reference channel: the padded block, then the extended one. Of an estimate channel: the extended one.
    private int SpectraPerBlock => (2 * _references) + _estimates;

    /// <summary>Σ e² of an estimate channel.</summary>
    public double EstimateEnergy(int estimate) => _energies[estimate];

    /// <summary>Feeds the next samples of every channel.</summary>
    public void Add(double[][] references, double[][] estimates, int offset, int count)
    {
        Samples += count;
        for (int e = 0; e < _estimates; e++)
        {
            _energies[e] += SampleSums.Energy(estimates[e].AsSpan(offset, count));
        }

        while (count > 0)
        {
            int taken = Math.Min(count, _pending[0].Length - _filled);
            for (int channel = 0; channel < _pending.Length; channel++)
            {
                double[] source = channel < _references ? references[channel] : estimates[channel - _references];
                source.AsSpan(offset, taken).CopyTo(_pending[channel].AsSpan(_filled));
            }

            _filled += taken;
            offset += taken;
            count -= taken;
            if (_filled == _pending[0].Length)
            {
                Process(BlocksPerBatch);
            }
        }
    }

    /// <summary>Ends the feeding; the correlations can be read from now on.</summary>
    public void Complete()
    {
        int blocks = (_filled - _margin + _blockSize - 1) / _blockSize;
        ClearRest();
        if (blocks > BlocksPerBatch)
        {
            // The last samples lie in the margin behind a whole batch.
            int rest = _filled - (BlocksPerBatch * _blockSize);
            Process(BlocksPerBatch);
            _filled = rest;
            ClearRest();
            blocks = 1;
        }

        Process(blocks);
        _correlations = new double[_pairs.Length][];
        _pool.Run(_pairs.Length, (pair, worker) =>
        {
            double[] samples = _scratch[worker];
            _transform.Inverse(_sums.Real(pair), _sums.Imaginary(pair), samples, _work[worker]);
            double[] lags = samples.AsSpan(0, (2 * _margin) + 1).ToArray();
            if (_pairs[pair].IsAutocorrelation)
            {
                for (int lag = 1; lag <= _margin; lag++)
                {
                    lags[_margin - lag] = lags[_margin + lag];
                }
            }

            _correlations[pair] = lags;
        });
    }

    /// <summary>
    /// r_ab[l] at index l + taps − 1, of two reference channels with a ≤ b.
    /// </summary>
    public ReadOnlySpan<double> OfReferences(int a, int b) => _correlations[(b * (b + 1) / 2) + a];

    /// <summary>r_ae[l] at index l, for l from 0 to taps − 1, of a reference and an estimate channel.</summary>
    public ReadOnlySpan<double> OfEstimate(int reference, int estimate)
    {
        int first = _references * (_references + 1) / 2;
        return _correlations[first + (reference * _estimates) + estimate].AsSpan(_margin);
    }

    private static IEnumerable<Lag> ListPairs(int references, int estimates)
    {
        for (int b = 0; b < references; b++)
        {
            for (int a = 0; a <= b; a++)
            {
                yield return new Lag(2 * a, (2 * b) + 1, a == b);
            }
        }

        for (int a = 0; a < references; a++)
        {
            for (int e = 0; e < estimates; e++)
            {
                yield return new Lag(2 * a, (2 * references) + e, false);
            }
        }
    }

    private void ClearRest()
    {
        foreach (double[] channel in _pending)
        {
            Array.Clear(channel, _filled, channel.Length - _filled);
        }
    }

    private void Process(int blocks)
    {
        int perBlock = SpectraPerBlock;
        _pool.Run(blocks * perBlock, (job, worker) =>
        {
            int start = job / perBlock * _blockSize;
            int spectrum = job % perBlock;
            Span<double> samples = _scratch[worker];
            if (spectrum < 2 * _references && spectrum % 2 == 0)
            {
                samples.Clear();
                _pending[spectrum / 2].AsSpan(_margin + start, _blockSize).CopyTo(samples);
            }
            else
            {
                int channel = spectrum < 2 * _references ? spectrum / 2 : spectrum - _references;
                _pending[channel].AsSpan(start, samples.Length).CopyTo(samples);
            }

            _transform.Forward(samples, _inputs.Real(job), _inputs.Imaginary(job), _work[worker]);
        });
        int binJobs = (_sums.PaddedBins + BinsPerJob - 1) / BinsPerJob;
        _pool.Run(binJobs, (job, _) =>
        {
            int start = job * BinsPerJob;
            int end = Math.Min(start + BinsPerJob, _sums.PaddedBins);
            for (int pair = 0; pair < _pairs.Length; pair++)
            {
                _sums.AddConjugateProducts(pair, _inputs, _pairs[pair].Block, _pairs[pair].Extended, perBlock, blocks, start, end);
            }
        });
        int kept = 2 * _margin;
        foreach (double[] channel in _pending)
        {
            Array.Copy(channel, BlocksPerBatch * _blockSize, channel, 0, kept);
        }

        _filled = kept;
    }

    /// <summary>Which spectra of a block are multiplied for one correlation.</summary>
    private readonly record struct Lag(int Block, int Extended, bool IsAutocorrelation);
}
