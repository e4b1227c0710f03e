using Descant.Tensors;

namespace Descant.Metrics.BssEval;

/// <summary>
/// BSS Eval version 3 in windows, each with its own distortion filters (<c>bss_eval_sources_framewise</c>,
/// <c>bss_eval_images_framewise</c>; museval's mode <c>v3</c>).
/// </summary>
/// <remarks>
/// As in mir_eval, a window in which any reference or estimate is silent has no scores (NaN), and a signal of fewer than two
/// windows is scored as a whole. mir_eval's customary windows are 30 s long and 15 s apart.
/// </remarks>
public sealed class BssEvalFramewise : IBlockMetric
{
    private readonly int _sources;
    private readonly long _window;
    private readonly long _hop;
    private readonly Func<IBssEvalMetric> _create;
    private readonly List<OpenWindow> _open = [];
    private readonly List<BssEvalResult?> _results = [];
    private IBssEvalMetric? _whole;
    private long _position;
    private bool _repeating;

    private BssEvalFramewise(int sources, long window, long hop, Func<IBssEvalMetric> create)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(window);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hop);
        _sources = sources;
        _window = window;
        _hop = hop;
        _create = create;
        _whole = create();
    }

    /// <summary>The scores, once <see cref="EndPass"/> has returned false.</summary>
    public BssEvalResult Result { get => field ?? throw new InvalidOperationException("BSS Eval: the passes over the signals are not complete"); private set; }

    /// <summary>The sources version, see <see cref="BssEvalSources"/>.</summary>
    public static BssEvalFramewise OfSources(int sources, long window, long hop, BssEvalOptions options, WorkerPool pool) =>
        new(sources, window, hop, () => new BssEvalSources(sources, options, pool));

    /// <summary>The images version, see <see cref="BssEvalImages"/>.</summary>
    public static BssEvalFramewise OfImages(
        int sources, int channels, long window, long hop, BssEvalOptions options, WorkerPool pool) =>
        new(sources, window, hop, () => new BssEvalImages(sources, channels, options, pool));

    /// <inheritdoc/>
    public void Add(double[][] references, double[][] estimates, int offset, int count)
    {
        long end = _position + count;
        if (!_repeating)
        {
            for (long next = NextStart(); next < end; next += _hop)
            {
                _open.Add(new OpenWindow(_results.Count, next, _create()));
                _results.Add(null);
            }
        }

        foreach (OpenWindow window in _open)
        {
            long from = Math.Max(window.Start, _position);
            long to = Math.Min(window.Start + _window, end);
            if (to > from)
            {
                window.Metric.Add(references, estimates, (int)(offset + from - _position), (int)(to - from));
            }
        }

        _whole?.Add(references, estimates, offset, count);
        _position = end;
        if (!_repeating)
        {
            ClosePassed();
            if (end >= _window + _hop)
            {
                _whole = null;
            }
        }
    }

    /// <inheritdoc/>
    public bool EndPass()
    {
        if (_whole is not null)
        {
            _open.Clear();
            if (_whole.EndPass())
            {
                return Repeat();
            }

            Result = _whole.Result;
            return false;
        }

        if (!_repeating)
        {
            // What has not reached its end is longer than what is left of the signal.
            int complete = (int)((_position - _window + _hop) / _hop);
            _open.RemoveAll(window => window.Index >= complete);
            _results.RemoveRange(complete, _results.Count - complete);
            if (_open.Count > 0)
            {
                return Repeat();
            }
        }
        else
        {
            foreach (OpenWindow window in _open)
            {
                window.Metric.EndPass();
                _results[window.Index] = window.Metric.Result;
            }
        }

        Result = BssEvalResult.Join(_results, _sources);
        return false;
    }

    private long NextStart() => _results.Count * _hop;

    private bool Repeat()
    {
        _repeating = true;
        _position = 0;
        return true;
    }

    // Solves the windows that have been fed completely; those that must be measured on the signals stay open.
    private void ClosePassed()
    {
        for (int i = _open.Count - 1; i >= 0; i--)
        {
            OpenWindow window = _open[i];
            if (window.IsSolved || window.Start + _window > _position)
            {
                continue;
            }

            if (window.Metric.AnySilent)
            {
                _open.RemoveAt(i);
            }
            else if (window.Metric.EndPass())
            {
                window.IsSolved = true;
            }
            else
            {
                _results[window.Index] = window.Metric.Result;
                _open.RemoveAt(i);
            }
        }
    }

    private sealed class OpenWindow(int index, long start, IBssEvalMetric metric)
    {
        public int Index { get; } = index;

        public long Start { get; } = start;

        public IBssEvalMetric Metric { get; } = metric;

        public bool IsSolved { get; set; }
    }
}
