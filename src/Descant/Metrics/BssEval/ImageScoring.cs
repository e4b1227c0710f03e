using Descant.Tensors;

namespace Descant.Metrics.BssEval;

/// <summary>
/// What the image metrics share: filters estimated once over everything that is fed, then the decomposition of each window
/// by these filters.
/// </summary>
internal sealed class ImageScoring
{
    private readonly int _sources;
    private readonly int _channels;
    private readonly BssEvalOptions _options;
    private readonly Func<long, FrameGrid> _windows;
    private readonly WorkerPool _pool;
    private readonly SourceWatch _references;
    private readonly SourceWatch _estimates;
    private readonly SourcePair[] _pairs;
    private LagCorrelations? _correlations;
    private ProjectionEnergies? _energies;

    /// <param name="sources">References and estimates.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="options">Taps, loading and permutation.</param>
    /// <param name="windows">The windows, once the samples are counted.</param>
    /// <param name="pool">The threads to use.</param>
    public ImageScoring(int sources, int channels, BssEvalOptions options, Func<long, FrameGrid> windows, WorkerPool pool)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        _sources = sources;
        _channels = channels;
        _options = options;
        _windows = windows;
        _pool = pool;
        _references = new SourceWatch("reference", sources, channels, options.Names);
        _estimates = new SourceWatch("estimate", sources, channels, options.Names);
        _correlations = new LagCorrelations(sources * channels, sources * channels, options.Taps, pool);
        int[] all = [.. Enumerable.Range(0, sources)];
        _pairs = options.Permute
            ? [.. all.SelectMany(source => all.Select(estimate => new SourcePair(source, estimate)))]
            : [.. all.Select(source => new SourcePair(source, source))];
    }

    public BssEvalResult? Result { get; private set; }

    public bool AnySilent => _references.AnySilent || _estimates.AnySilent;

    public void Add(double[][] references, double[][] estimates, int offset, int count)
    {
        if (_energies is not null)
        {
            _energies.Add(references, estimates, offset, count);
            return;
        }

        _references.Add(references, offset, count);
        _estimates.Add(estimates, offset, count);
        _correlations!.Add(references, estimates, offset, count);
    }

    public bool EndPass()
    {
        if (_energies is null)
        {
            _references.Complete();
            _estimates.Complete();
            _energies = SolveFilters();
            return true;
        }

        Result = Assign(_energies.Complete());
        _energies = null;
        return false;
    }

    private ProjectionEnergies SolveFilters()
    {
        LagCorrelations correlations = _correlations!;
        correlations.Complete();
        DiagonalLoading loading = _options.Loading ?? DiagonalLoading.Museval;
        int[] channels = [.. Enumerable.Range(0, _sources * _channels)];
        Projection[] all = ProjectionFilters.Solve(correlations, channels, channels, _options.Taps, loading, _pool);
        Projection[][] own = new Projection[_pairs.Length][];
        for (int source = 0; source < _sources; source++)
        {
            int[] pairs = [.. Enumerable.Range(0, _pairs.Length).Where(pair => _pairs[pair].Source == source)];
            int[] estimates = [.. pairs.SelectMany(pair => ChannelsOf(_pairs[pair].Estimate))];
            Projection[] solved = ProjectionFilters.Solve(
                correlations, [.. ChannelsOf(source)], estimates, _options.Taps, loading, _pool);
            for (int i = 0; i < pairs.Length; i++)
            {
                own[pairs[i]] = solved[(i * _channels)..((i + 1) * _channels)];
            }
        }

        ProjectionLayout layout = new(_sources, _sources, _channels, _pairs, all, own);
        FrameGrid windows = _windows(correlations.Samples);
        _correlations = null;
        return new ProjectionEnergies(layout, windows, _options.Taps, _pool);
    }

    private IEnumerable<int> ChannelsOf(int source) => Enumerable.Range(source * _channels, _channels);

    private BssEvalResult Assign(WindowEnergies[] windows)
    {
        BssEvalScore[,][] scores = new BssEvalScore[_sources, _sources][];
        for (int pair = 0; pair < _pairs.Length; pair++)
        {
            scores[_pairs[pair].Source, _pairs[pair].Estimate] =
                [.. windows.Select(window => window.IsSilent ? BssEvalScore.Silent : window.Terms[pair].OfImages())];
        }

        int[] permutation = [.. Enumerable.Range(0, _sources)];
        if (_options.Permute)
        {
            double[,] means = new double[_sources, _sources];
            foreach (SourcePair pair in _pairs)
            {
                // Silent windows have no score; one of them must not make every assignment look equal.
                means[pair.Source, pair.Estimate] = scores[pair.Source, pair.Estimate]
                    .Select(score => score.Sir).Where(sir => !double.IsNaN(sir)).DefaultIfEmpty(double.NaN).Average();
            }

            permutation = BestAssignment.Of(means);
        }

        BssEvalScore[][] chosen = [.. permutation.Select((estimate, source) => scores[source, estimate])];
        return new BssEvalResult(chosen, [.. windows.Select(_ => permutation)])
        {
            SilentFrames = windows.Count(window => window.IsSilent),
            ReferenceEnergies = [.. permutation.Select((estimate, source) =>
                EnergiesOf(windows, Array.IndexOf(_pairs, new SourcePair(source, estimate))))],
        };
    }

    private static double[] EnergiesOf(WindowEnergies[] windows, int pair) =>
        [.. windows.Select(window => window.Terms[pair].Reference)];
}
