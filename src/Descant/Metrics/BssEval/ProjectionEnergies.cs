using System.Numerics;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Metrics.BssEval;

/// <summary>
/// Second pass of the image metrics: filters the references with the projection filters, window by window, and sums the
/// energies of the terms of the decomposition. Fed block by block; windows are cut out of the references before they are
/// filtered, as museval does.
/// </summary>
/// <remarks>
/// A window is filtered in segments by overlap-save, over taps−1 samples more than it has. Windows may overlap or span the
/// whole signal; memory depends on neither.
/// </remarks>
internal sealed class ProjectionEnergies
{
    private const int SegmentsPerBatch = 4;

    private readonly ProjectionLayout _layout;
    private readonly FrameGrid _grid;
    private readonly WorkerPool _pool;
    private readonly int _taps;
    private readonly int _segmentSize;
    private readonly RealFft<double> _transform;
    private readonly SplitSpectra _filters;
    private readonly SplitSpectra _inputs;
    private readonly SplitSpectra[] _products;
    private readonly double[][] _scratch;
    private readonly double[][] _work;
    private readonly double[][] _pending;
    private readonly List<Window> _open = [];
    private readonly WindowEnergies[] _results;
    private readonly List<Segment> _batch = [];
    private long _pendingStart;
    private int _filled;
    private int _nextWindow;

    /// <param name="layout">Sources, channels, pairs and their filters.</param>
    /// <param name="grid">The windows.</param>
    /// <param name="taps">Length of the filters.</param>
    /// <param name="pool">The threads to use.</param>
    public ProjectionEnergies(ProjectionLayout layout, FrameGrid grid, int taps, WorkerPool pool)
    {
        _layout = layout;
        _grid = grid;
        _taps = taps;
        _pool = pool;
        int size = BestSize(grid.Window, taps);
        _transform = new RealFft<double>(size);
        _segmentSize = size - taps + 1;
        _inputs = new SplitSpectra(SegmentsPerBatch * layout.ReferenceChannels, _transform.Bins);
        _products = new SplitSpectra[pool.Threads];
        _scratch = new double[pool.Threads][];
        _work = new double[pool.Threads][];
        for (int i = 0; i < _scratch.Length; i++)
        {
            _scratch[i] = new double[2 * size];
            _work[i] = new double[_transform.ScratchLength];
            _products[i] = new SplitSpectra(1, _transform.Bins);
        }

        _pending = new double[layout.ReferenceChannels + layout.EstimateChannels][];
        _filters = TransformFilters(layout, taps);
        for (int i = 0; i < _pending.Length; i++)
        {
            _pending[i] = [];
        }

        _results = new WindowEnergies[grid.Count];
    }

    /// <summary>Feeds the next samples of every channel.</summary>
    public void Add(double[][] references, double[][] estimates, int offset, int count)
    {
        int chunk = SegmentsPerBatch * _segmentSize;
        for (int done = 0; done < count; done += chunk)
        {
            int taken = Math.Min(chunk, count - done);
            Append(references, estimates, offset + done, taken);
            Process();
        }
    }

    /// <summary>Ends the feeding and returns the energies of every window.</summary>
    public WindowEnergies[] Complete()
    {
        Process();
        return _results;
    }

    // The transform that filters a window with the fewest operations.
    private static int BestSize(long window, int taps)
    {
        int smallest = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4 * taps, 64));
        int best = smallest;
        double bestCost = double.PositiveInfinity;
        for (int size = smallest; size <= 16 * smallest; size *= 2)
        {
            double segments = Math.Ceiling((window + taps - 1) / (double)(size - taps + 1));
            double cost = segments * size * (4 + BitOperations.Log2((uint)size));
            if (cost < bestCost)
            {
                bestCost = cost;
                best = size;
            }
        }

        return best;
    }

    private SplitSpectra TransformFilters(ProjectionLayout layout, int taps)
    {
        SplitSpectra spectra = new(layout.FilterCount, _transform.Bins);
        double[] padded = new double[_transform.Length];
        for (int filter = 0; filter < layout.FilterCount; filter++)
        {
            layout.Filter(filter, taps).CopyTo(padded);
            _transform.Forward(padded, spectra.Real(filter), spectra.Imaginary(filter), _work[0]);
        }

        return spectra;
    }

    private void Append(double[][] references, double[][] estimates, int offset, int count)
    {
        DropPassed();
        int needed = _filled + count;
        for (int channel = 0; channel < _pending.Length; channel++)
        {
            if (_pending[channel].Length < needed)
            {
                Array.Resize(ref _pending[channel], needed);
            }

            double[] source = channel < references.Length ? references[channel] : estimates[channel - references.Length];
            source.AsSpan(offset, count).CopyTo(_pending[channel].AsSpan(_filled));
        }

        _filled = needed;
        long end = _pendingStart + _filled;
        while (_nextWindow < _grid.Count && _grid.Start(_nextWindow) < end)
        {
            _open.Add(new Window(_nextWindow, _grid, _layout));
            _nextWindow++;
        }
    }

    // Forgets the samples that no open or coming window needs.
    private void DropPassed()
    {
        long needed = _nextWindow < _grid.Count ? _grid.Start(_nextWindow) : long.MaxValue;
        foreach (Window window in _open)
        {
            needed = Math.Min(needed, window.Start + Math.Max(0, window.NextOffset - _taps + 1));
        }

        int passed = (int)Math.Min(_filled, Math.Max(0, needed - _pendingStart));
        foreach (double[] channel in _pending)
        {
            Array.Copy(channel, passed, channel, 0, _filled - passed);
        }

        _filled -= passed;
        _pendingStart += passed;
    }

    private void Process()
    {
        long available = _pendingStart + _filled;
        bool found = true;
        while (found)
        {
            found = false;
            _batch.Clear();
            foreach (Window window in _open)
            {
                while (_batch.Count < SegmentsPerBatch && window.TryTakeSegment(_segmentSize, _taps, available, out Segment segment))
                {
                    _batch.Add(segment);
                    found = true;
                }
            }

            if (found)
            {
                RunBatch();
            }
        }

        for (int i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].IsComplete(_taps))
            {
                _results[_open[i].Index] = _open[i].Total();
                _open.RemoveAt(i);
            }
        }
    }

    private void RunBatch()
    {
        int channels = _layout.ReferenceChannels;
        _pool.Run(_batch.Count * channels, (job, worker) =>
        {
            Segment segment = _batch[job / channels];
            Span<double> samples = _scratch[worker].AsSpan(0, _transform.Length);
            CopySlice(segment.Window, job % channels, segment.Offset - _taps + 1, samples);
            _transform.Forward(samples, _inputs.Real(job), _inputs.Imaginary(job), _work[worker]);
        });
        _pool.Run(_layout.EstimateChannels + _layout.Sources + _layout.Estimates, (job, worker) =>
        {
            if (job < _layout.EstimateChannels)
            {
                AddEnergies(job, worker);
            }
            else
            {
                NoteSound(job - _layout.EstimateChannels);
            }
        });
    }

    // The samples of a window from an offset on, zero outside the window.
    private void CopySlice(Window window, int channel, long offset, Span<double> destination)
    {
        int before = (int)Math.Clamp(-offset, 0, destination.Length);
        int count = (int)Math.Clamp(window.Length - Math.Max(offset, 0), 0, destination.Length - before);
        destination[..before].Clear();
        if (count > 0)
        {
            int start = (int)(window.Start + Math.Max(offset, 0) - _pendingStart);
            _pending[channel].AsSpan(start, count).CopyTo(destination[before..]);
        }

        destination[(before + count)..].Clear();
    }

    // museval calls a source silent where its channels add up to zero in every sample of the window.
    private void NoteSound(int source)
    {
        int first = source < _layout.Sources
            ? source * _layout.Channels
            : _layout.ReferenceChannels + ((source - _layout.Sources) * _layout.Channels);
        foreach (Segment segment in _batch)
        {
            Window window = segment.Window;
            int count = (int)Math.Clamp(window.Length - segment.Offset, 0, _segmentSize);
            if (window.Sounds[source] || count == 0)
            {
                continue;
            }

            int start = (int)(window.Start + segment.Offset - _pendingStart);
            for (int i = start; i < start + count; i++)
            {
                double sum = 0;
                for (int channel = 0; channel < _layout.Channels; channel++)
                {
                    sum += _pending[first + channel][i];
                }

                if (sum != 0)
                {
                    window.Sounds[source] = true;
                    break;
                }
            }
        }
    }

    private void AddEnergies(int estimateChannel, int worker)
    {
        int size = _transform.Length;
        int estimate = estimateChannel / _layout.Channels;
        int channel = estimateChannel % _layout.Channels;
        Span<double> all = _scratch[worker].AsSpan(0, size);
        Span<double> own = _scratch[worker].AsSpan(size, size);
        SplitSpectra product = _products[worker];
        for (int s = 0; s < _batch.Count; s++)
        {
            Segment segment = _batch[s];
            int firstInput = s * _layout.ReferenceChannels;
            product.SetProducts(
                0, _filters, _layout.AllFilter(estimateChannel, 0), _inputs, firstInput, _layout.ReferenceChannels);
            _transform.Inverse(product.Real(0), product.Imaginary(0), all, _work[worker]);
            for (int pair = 0; pair < _layout.Pairs.Length; pair++)
            {
                if (_layout.Pairs[pair].Estimate != estimate)
                {
                    continue;
                }

                int source = _layout.Pairs[pair].Source;
                product.SetProducts(
                    0, _filters, _layout.OwnFilter(pair, channel, 0), _inputs, firstInput + (source * _layout.Channels), _layout.Channels);
                _transform.Inverse(product.Real(0), product.Imaginary(0), own, _work[worker]);
                SumTerms(segment, pair, (source * _layout.Channels) + channel, estimateChannel, own[(_taps - 1)..], all[(_taps - 1)..]);
            }
        }
    }

    private void SumTerms(
        Segment segment, int pair, int reference, int estimateChannel, ReadOnlySpan<double> own, ReadOnlySpan<double> all)
    {
        Window window = segment.Window;
        int inside = (int)Math.Clamp(window.Length - segment.Offset, 0, _segmentSize);
        int total = (int)Math.Min(window.Length + _taps - 1 - segment.Offset, _segmentSize);
        int start = (int)(window.Start + segment.Offset - _pendingStart);
        ReadOnlySpan<double> s = inside == 0 ? [] : _pending[reference].AsSpan(start, inside);
        ReadOnlySpan<double> e = inside == 0 ? [] : _pending[_layout.ReferenceChannels + estimateChannel].AsSpan(start, inside);
        ref ProjectionTerms sums = ref window.Terms[(pair * _layout.Channels) + (estimateChannel % _layout.Channels)];
        sums.AddInside(s, e, own, all);
        sums.AddTail(own[inside..total], all[inside..total]);
    }

    private readonly record struct Segment(Window Window, long Offset);

    private sealed class Window(int index, FrameGrid grid, ProjectionLayout layout)
    {
        public int Index { get; } = index;

        public long Start { get; } = grid.Start(index);

        public long Length { get; } = grid.Length(index);

        public long NextOffset { get; private set; }

        public bool[] Sounds { get; } = new bool[layout.Sources + layout.Estimates];

        public ProjectionTerms[] Terms { get; } = new ProjectionTerms[layout.Pairs.Length * layout.Channels];

        public bool IsComplete(int taps) => NextOffset >= Length + taps - 1;

        public bool TryTakeSegment(int size, int taps, long available, out Segment segment)
        {
            segment = new Segment(this, NextOffset);
            if (IsComplete(taps) || Start + Math.Min(NextOffset + size, Length) > available)
            {
                return false;
            }

            NextOffset += size;
            return true;
        }

        public WindowEnergies Total()
        {
            ProjectionTerms[] totals = new ProjectionTerms[layout.Pairs.Length];
            for (int i = 0; i < Terms.Length; i++)
            {
                totals[i / layout.Channels].Add(Terms[i]);
            }

            return new WindowEnergies(totals, Array.IndexOf(Sounds, false) >= 0);
        }
    }
}
