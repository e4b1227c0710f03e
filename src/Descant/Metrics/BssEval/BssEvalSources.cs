using Descant.Tensors;

namespace Descant.Metrics.BssEval;

/// <summary>
/// BSS Eval version 3, sources (<c>bss_eval_sources</c>): SDR, SIR and SAR of mono estimates, each allowed to be its
/// reference filtered by 512 taps.
/// </summary>
/// <remarks>
/// <para>
/// With P_j the least-squares projection on delays 0…511 of reference j and P_all the one on delays of all references:
/// SDR = ‖P_j e‖²/‖e − P_j e‖², SIR = ‖P_j e‖²/‖P_all e − P_j e‖², SAR = ‖P_all e‖²/‖e − P_all e‖², in dB
/// (E. Vincent, R. Gribonval, C. Févotte, "Performance measurement in blind audio source separation", IEEE TASLP 14(4),
/// 2006; as mir_eval 0.7 computes it over the whole signal).
/// </para>
/// <para>
/// The projections are orthogonal and nested, so that ‖P e‖² = dᵀh and the denominators are differences of energies
/// (R. Scheibler, "SDR — medium rare with fast computations", ICASSP 2022). A difference that has lost too many digits
/// for 1e-6 dB, as of nearly perfect estimates, is measured on the filtered signals in a second pass instead.
/// </para>
/// </remarks>
public sealed class BssEvalSources : IBssEvalMetric
{
    // Below this share of the energy a difference of energies has too few digits left.
    private const double Cancellation = 1e-5;

    private readonly BssEvalOptions _options;
    private readonly WorkerPool _pool;
    private readonly int _sources;
    private readonly int _estimates;
    private readonly SourceWatch _references;
    private readonly SourceWatch _candidates;
    private readonly ProjectionTerms[,] _terms;
    private LagCorrelations? _correlations;
    private ProjectionEnergies? _energies;
    private SourcePair[] _measured = [];
    private int[] _permutation = [];
    private BssEvalResult? _result;

    /// <param name="sources">References, at least 2; one channel each.</param>
    /// <param name="options">Taps, loading and permutation.</param>
    /// <param name="pool">The threads to use.</param>
    /// <param name="estimates">Estimates, at least as many as references. Those beyond (a mixture) are only compared with
    /// every reference, see <see cref="Compare"/>.</param>
    /// <exception cref="ArgumentException">Fewer than two references: SIR would be rounding noise.</exception>
    public BssEvalSources(int sources, BssEvalOptions options, WorkerPool pool, int? estimates = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(pool);
        SourceCount.Check("v3", sources);
        _sources = sources;
        _estimates = estimates ?? sources;
        ArgumentOutOfRangeException.ThrowIfLessThan(_estimates, sources, nameof(estimates));
        _options = options;
        _pool = pool;
        _references = new SourceWatch("reference", sources, 1, options.Names);
        _candidates = new SourceWatch("estimate", _estimates, 1, options.Names);
        _correlations = new LagCorrelations(sources, _estimates, options.Taps, pool);
        _terms = new ProjectionTerms[sources, _estimates];
    }

    /// <summary>The scores, once <see cref="EndPass"/> has returned false.</summary>
    public BssEvalResult Result => _result ?? throw new InvalidOperationException("BSS Eval: the passes over the signals are not complete");

    bool IBssEvalMetric.AnySilent => _references.AnySilent || _candidates.AnySilent;

    /// <summary>Scores whole signals.</summary>
    /// <param name="references">One array of samples per reference.</param>
    /// <param name="estimates">One array of samples per estimate, of the same length.</param>
    /// <param name="options">Taps, loading and permutation.</param>
    /// <param name="pool">The threads to use.</param>
    /// <exception cref="ArgumentException">Different shapes, a single reference, a silent source, NaN or infinity.</exception>
    public static BssEvalResult Score(double[][] references, double[][] estimates, BssEvalOptions options, WorkerPool pool)
    {
        int samples = SignalShape.Check("v3", references, estimates, 1);
        BssEvalSources metric = new(references.Length, options, pool);
        do
        {
            metric.Add(references, estimates, 0, samples);
        }
        while (metric.EndPass());

        return metric.Result;
    }

    /// <inheritdoc/>
    public void Add(double[][] references, double[][] estimates, int offset, int count)
    {
        if (_energies is not null)
        {
            _energies.Add(references, estimates, offset, count);
            return;
        }

        _references.Add(references, offset, count);
        _candidates.Add(estimates, offset, count);
        _correlations!.Add(references, estimates, offset, count);
    }

    /// <inheritdoc/>
    public bool EndPass()
    {
        if (_energies is null)
        {
            _references.Complete();
            _candidates.Complete();
            if (SolveProjections())
            {
                return true;
            }
        }
        else
        {
            ProjectionTerms[] measured = _energies.Complete()[0].Terms;
            for (int i = 0; i < measured.Length; i++)
            {
                _terms[_measured[i].Source, _measured[i].Estimate] = measured[i];
            }

            _energies = null;
        }

        BssEvalScore[][] scores = new BssEvalScore[_sources][];
        for (int source = 0; source < _sources; source++)
        {
            scores[source] = [_terms[source, _permutation[source]].OfSources()];
        }

        _result = new BssEvalResult(scores, [_permutation]);
        return false;
    }

    /// <summary>Score of any estimate, also one beyond the references, against any reference.</summary>
    public BssEvalScore Compare(int source, int estimate) => _terms[source, estimate].OfSources();

    /// <summary>For each reference the estimate that fits it by the best mean SIR, whether or not it was scored so.</summary>
    public IReadOnlyList<int> BestPermutation() => AssignBySir();

    // Whether a second pass is needed.
    private bool SolveProjections()
    {
        LagCorrelations correlations = _correlations!;
        correlations.Complete();
        DiagonalLoading loading = _options.Loading ?? DiagonalLoading.None;
        int[] channels = [.. Enumerable.Range(0, _estimates)];
        Projection[][] own = new Projection[_sources][];
        for (int source = 0; source < _sources; source++)
        {
            own[source] = ProjectionFilters.Solve(correlations, [source], channels, _options.Taps, loading, _pool);
        }

        Projection[] all = ProjectionFilters.Solve(
            correlations, [.. Enumerable.Range(0, _sources)], channels, _options.Taps, loading, _pool);
        bool[,] lost = new bool[_sources, _estimates];
        for (int source = 0; source < _sources; source++)
        {
            for (int estimate = 0; estimate < _estimates; estimate++)
            {
                double energy = correlations.EstimateEnergy(estimate);
                _terms[source, estimate] = FromProjections(energy, own[source][estimate].Energy, all[estimate].Energy, out bool imprecise);
                lost[source, estimate] = imprecise;
            }
        }

        long samples = correlations.Samples;
        _correlations = null;
        _permutation = Assign();
        List<SourcePair> repeated = [];
        for (int source = 0; source < _sources; source++)
        {
            for (int estimate = 0; estimate < _estimates; estimate++)
            {
                bool wanted = estimate == _permutation[source] || estimate >= _sources;
                if (wanted && lost[source, estimate])
                {
                    repeated.Add(new SourcePair(source, estimate));
                }
            }
        }

        if (repeated.Count == 0)
        {
            return false;
        }

        _measured = [.. repeated];
        Projection[][] filters = [.. _measured.Select(pair => new[] { own[pair.Source][pair.Estimate] })];
        ProjectionLayout layout = new(_sources, _estimates, 1, _measured, all, filters);
        _energies = new ProjectionEnergies(layout, FrameGrid.Whole(samples), _options.Taps, _pool);
        return true;
    }

    private static ProjectionTerms FromProjections(double energy, double own, double all, out bool imprecise)
    {
        double ownError = energy - own;
        double interference = all - own;
        double artifact = energy - all;
        imprecise = ownError < Cancellation * energy || interference < Cancellation * own || artifact < Cancellation * energy;
        double floor = energy * double.Epsilon;
        return new ProjectionTerms
        {
            Own = own,
            All = all,
            OwnError = Math.Max(ownError, floor),
            Interference = Math.Max(interference, floor),
            Artifact = Math.Max(artifact, floor),
        };
    }

    private int[] Assign() => _options.Permute ? AssignBySir() : [.. Enumerable.Range(0, _sources)];

    private int[] AssignBySir()
    {
        double[,] ratios = new double[_sources, _sources];
        for (int source = 0; source < _sources; source++)
        {
            for (int estimate = 0; estimate < _sources; estimate++)
            {
                ratios[source, estimate] = _terms[source, estimate].OfSources().Sir;
            }
        }

        return BestAssignment.Of(ratios);
    }
}
