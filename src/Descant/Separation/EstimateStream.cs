namespace Descant.Separation;

/// <summary>Receives estimates as they become final.</summary>
/// <param name="estimates">Planar, <c>estimates[source · channels + channel][sample]</c>; the callee must not keep it.</param>
/// <param name="count">Samples of each signal.</param>
public delegate void EstimateSink(float[][] estimates, int count);

/// <summary>
/// Separates a stream at the network's own rate: segments, network, overlap-add. Memory depends on the window, the
/// batch and the number of shifts, never on the stream's length; exactly as many samples come out as went in.
/// </summary>
/// <remarks>
/// With shifts n > 1 the stream is separated n times on grids that lie hop/n apart, and the estimates are averaged
/// (Demucs draws random shifts; a fixed lattice is the same average without chance). Several networks are averaged likewise.
/// </remarks>
public sealed class EstimateStream
{
    /// <summary>The largest number of shifts; more would only cost time.</summary>
    public const int MostShifts = 64;

    private const int BlockSamples = 1 << 16;

    // Both channels of a stereo song for a network of one, but not all of a song with many: what a network needs grows with them.
    private const int ItemsAtOnce = 2;
    private readonly int _channels;
    private readonly int _signals;
    private readonly Lane[] _lanes;
    private readonly EstimateSink _sink;
    private readonly float[][] _block;
    private readonly CancellationToken _cancellation;
    private long _received;

    /// <summary>Starts a stream.</summary>
    /// <param name="network">The network, or those that are averaged.</param>
    /// <param name="channels">Channels of the stream; see <see cref="SegmentNetwork.Channels"/> for how they are grouped.</param>
    /// <param name="overlap">Part of a segment that its neighbour covers too, from 0 to below 1.</param>
    /// <param name="shifts">How many grids to average, at least 1.</param>
    /// <param name="batch">Windows that go through the network at once, at least 1.</param>
    /// <param name="sink">Receives the estimates.</param>
    /// <param name="cancellation">Looked at before every call of the network.</param>
    public EstimateStream(
        SegmentNetwork network, int channels, double overlap, int shifts, int batch, EstimateSink sink, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batch);
        ArgumentOutOfRangeException.ThrowIfLessThan(shifts, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(shifts, MostShifts);

        _channels = channels;
        _signals = network.Sources.Count * channels;
        _sink = sink;
        _cancellation = cancellation;
        _block = Planar(_signals, BlockSamples);
        _lanes = [.. network.All.SelectMany(one => Enumerable.Range(0, shifts).Select(shift => new Lane(this, one, overlap, shift, shifts, batch)))];
    }

    /// <summary>Appends <c>mixture[channel][offset..offset + count]</c>; estimates that become final go to the sink.</summary>
    public void Write(float[][] mixture, int offset, int count)
    {
        ArgumentNullException.ThrowIfNull(mixture);
        _received += count;
        foreach (Lane lane in _lanes)
        {
            lane.Segmenter.Append(mixture, offset, count);
            lane.Run();
        }

        Emit();
    }

    /// <summary>Ends the stream: all estimates go to the sink.</summary>
    public void Complete()
    {
        foreach (Lane lane in _lanes)
        {
            lane.Segmenter.Complete();
            lane.Run();
            lane.Flush();
            lane.Joined.Complete(_received);
        }

        Emit();
    }

    private static float[][] Planar(int signals, int samples)
    {
        float[][] planar = new float[signals][];
        for (int i = 0; i < signals; i++)
        {
            planar[i] = new float[samples];
        }

        return planar;
    }

    private void Emit()
    {
        while (_lanes.Min(lane => lane.Joined.Output.Count) is > 0 and int ready)
        {
            int count = Math.Min(ready, BlockSamples);
            for (int signal = 0; signal < _signals; signal++)
            {
                Span<float> target = _block[signal].AsSpan(0, count);
                _lanes[0].Joined.Output.Span(signal, 0, count).CopyTo(target);
                for (int lane = 1; lane < _lanes.Length; lane++)
                {
                    Span<float> other = _lanes[lane].Joined.Output.Span(signal, 0, count);
                    for (int i = 0; i < count; i++)
                    {
                        target[i] += other[i];
                    }
                }

                for (int i = 0; i < count && _lanes.Length > 1; i++)
                {
                    target[i] /= _lanes.Length;
                }
            }

            foreach (Lane lane in _lanes)
            {
                lane.Joined.Output.Discard(count);
            }

            _sink(_block, count);
        }
    }

    /// <summary>One network on one grid: its segmenter, the windows that wait for a full batch, and its overlap-add.</summary>
    private sealed class Lane
    {
        private readonly EstimateStream _stream;
        private readonly SegmentNetwork _network;
        private readonly int[][] _groups;
        private readonly int _window;
        private readonly int _batch;
        private readonly float[] _mixtures;
        private readonly float[] _estimates;
        private readonly float[] _joined;
        private int _waiting;

        public Lane(EstimateStream stream, SegmentNetwork network, double overlap, int shift, int shifts, int batch)
        {
            _stream = stream;
            _network = network;
            _groups = ChannelGroups.For(stream._channels, network.Channels);
            _window = network.WindowSamples;
            _batch = batch;
            SegmentGrid grid = new(_window, network.ContextSamples, overlap);
            int offset = (int)((long)shift * grid.HopSamples / shifts);
            Segmenter = new Segmenter(grid, stream._channels, offset);
            Joined = new OverlapAdd(grid, stream._signals, offset, new SampleQueue(stream._signals));
            int items = batch * _groups.Length * network.Channels;
            _mixtures = new float[items * _window];
            _estimates = new float[items * network.Sources.Count * _window];
            _joined = new float[stream._signals * _window];
        }

        public Segmenter Segmenter { get; }

        public OverlapAdd Joined { get; }

        public void Run()
        {
            while (Segmenter.HasWindow)
            {
                int groups = _groups.Length;
                int inputs = _network.Channels;
                for (int group = 0; group < groups; group++)
                {
                    for (int input = 0; input < inputs; input++)
                    {
                        int item = (((_waiting * groups) + group) * inputs) + input;
                        Segmenter.Window(_groups[group][input]).CopyTo(_mixtures.AsSpan(item * _window));
                    }
                }

                Segmenter.Advance();
                if (++_waiting == _batch)
                {
                    Flush();
                }
            }
        }

        public void Flush()
        {
            if (_waiting == 0)
            {
                return;
            }

            _stream._cancellation.ThrowIfCancellationRequested();
            int perItem = _network.Channels * _window, items = _waiting * _groups.Length, sources = _network.Sources.Count;
            for (int item = 0, most = Math.Max(_batch, ItemsAtOnce); item < items; item += most)
            {
                int count = Math.Min(most, items - item);
                _network.Separate(
                    _mixtures.AsSpan(item * perItem, count * perItem), _estimates.AsSpan(item * perItem * sources, count * perItem * sources), count);
            }

            for (int window = 0; window < _waiting; window++)
            {
                Ungroup(window);
                Joined.Add(_joined);
            }

            _waiting = 0;
        }

        // [group, source, network channel, window] to [source, channel, window]; a lone channel is the mean of its copies.
        private void Ungroup(int window)
        {
            int[][] groups = _groups;
            int inputs = _network.Channels;
            int sources = _network.Sources.Count;
            for (int group = 0; group < groups.Length; group++)
            {
                for (int source = 0; source < sources; source++)
                {
                    int item = ((((window * groups.Length) + group) * sources) + source) * inputs;
                    ReadOnlySpan<float> first = _estimates.AsSpan(item * _window, _window);
                    Span<float> target = _joined.AsSpan(((source * _stream._channels) + groups[group][0]) * _window, _window);
                    first.CopyTo(target);
                    if (inputs == 1)
                    {
                        continue;
                    }

                    ReadOnlySpan<float> second = _estimates.AsSpan((item + 1) * _window, _window);
                    if (groups[group][1] == groups[group][0])
                    {
                        for (int i = 0; i < _window; i++)
                        {
                            target[i] = 0.5f * (target[i] + second[i]);
                        }
                    }
                    else
                    {
                        second.CopyTo(_joined.AsSpan(((source * _stream._channels) + groups[group][1]) * _window));
                    }
                }
            }
        }
    }
}
