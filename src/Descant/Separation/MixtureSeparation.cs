using Descant.Dsp;

namespace Descant.Separation;

/// <summary>Receives a stretch of a song and its estimates.</summary>
/// <param name="mixture">Planar, <c>mixture[channel][sample]</c>.</param>
/// <param name="estimates">Planar, <c>estimates[source · channels + channel][sample]</c>; the callee must not keep either.</param>
/// <param name="count">Samples of each signal.</param>
public delegate void SeparatedSink(float[][] mixture, float[][] estimates, int count);

/// <summary>
/// Separates a stream of any rate and channel count: to the network's rate, where asked through a Wiener filter, and back,
/// every estimate beside the sample of the mixture that it belongs to.
/// </summary>
public sealed class MixtureSeparation
{
    private readonly EstimateStream _stream;
    private readonly Resampler? _toNetwork;
    private readonly Resampler? _fromNetwork;
    private readonly WienerStream? _filter;
    private readonly SampleQueue _mixture;
    private readonly SampleQueue _filtered; // the mixture at the network's rate, where the filter needs it
    private readonly SeparatedSink _sink;
    private float[][] _block;
    private float[][] _converted;
    private float[][] _restored;
    private float[][] _filterBlock;

    /// <summary>Starts a stream.</summary>
    /// <param name="network">The network.</param>
    /// <param name="sampleRate">Sample rate of the stream, in Hz.</param>
    /// <param name="channels">Channels of the stream.</param>
    /// <param name="settings">How to separate.</param>
    /// <param name="sink">Receives mixture and estimates as they become final.</param>
    /// <param name="cancellation">Looked at before every call of the network.</param>
    public MixtureSeparation(
        SegmentNetwork network, int sampleRate, int channels, SeparationSettings settings, SeparatedSink sink, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(settings);
        _sink = sink;
        _mixture = new SampleQueue(channels);
        _block = Planar(channels, 0);
        _converted = Planar(channels, 0);
        _restored = Planar(network.Sources.Count * channels, 0);
        _filtered = new SampleQueue(channels);
        _filterBlock = Planar(channels, 0);
        if (settings.JoinsEstimates)
        {
            _filter = new WienerStream(network.SampleRate, channels, network.Sources.Count, settings.WienerIterations, settings.SharesMixture, Restore);
        }

        _stream = new EstimateStream(
            network, channels, settings.Overlap, settings.Shifts, settings.Batch, _filter is null ? Restore : Filter, cancellation);
        if (sampleRate != network.SampleRate)
        {
            _toNetwork = new Resampler(sampleRate, network.SampleRate, channels);
            _fromNetwork = new Resampler(network.SampleRate, sampleRate, network.Sources.Count * channels);
        }
    }

    /// <summary>Estimates' values that were NaN or infinite, and became 0.</summary>
    public long Replaced { get; private set; }

    /// <summary>Appends <c>mixture[channel][offset..offset + count]</c>, all finite.</summary>
    public void Write(float[][] mixture, int offset, int count)
    {
        _mixture.Append(mixture, offset, count);
        if (_toNetwork is null)
        {
            Separate(mixture, offset, count);
        }
        else
        {
            Reserve(ref _converted, _toNetwork.MostOutputs(count));
            Separate(_converted, 0, _toNetwork.Write(mixture, offset, count, _converted, 0));
        }
    }

    /// <summary>Ends the stream: everything goes to the sink.</summary>
    public void Complete()
    {
        if (_toNetwork is not null)
        {
            Reserve(ref _converted, _toNetwork.MostOutputs(0));
            Separate(_converted, 0, _toNetwork.Flush(_converted, 0));
        }

        _stream.Complete();
        _filter?.Complete();
        if (_fromNetwork is not null)
        {
            Reserve(ref _restored, _fromNetwork.MostOutputs(0));
            Emit(_restored, Math.Min(_fromNetwork.Flush(_restored, 0), _mixture.Count));
        }
    }

    private void Separate(float[][] mixture, int offset, int count)
    {
        if (_filter is not null)
        {
            _filtered.Append(mixture, offset, count);
        }

        _stream.Write(mixture, offset, count);
    }

    private void Filter(float[][] estimates, int count)
    {
        // One value that is no number would spoil a whole stretch of the filter.
        CountNonFinite(estimates, count);
        Reserve(ref _filterBlock, count);
        _filtered.Take(_filterBlock, count);
        _filter!.Write(_filterBlock, estimates, count); // this is the stream's sink only where there is a filter
    }

    private void CountNonFinite(float[][] estimates, int count)
    {
        foreach (float[] estimate in estimates)
        {
            Replaced += MixtureReader.ReplaceNonFinite(estimate.AsSpan(0, count));
        }
    }

    private void Restore(float[][] estimates, int count)
    {
        CountNonFinite(estimates, count);
        if (_fromNetwork is null)
        {
            Emit(estimates, count);
        }
        else
        {
            // Rounding up to whole samples at the network's rate can give one sample more than the song has.
            Reserve(ref _restored, _fromNetwork.MostOutputs(count));
            Emit(_restored, Math.Min(_fromNetwork.Write(estimates, 0, count, _restored, 0), _mixture.Count));
        }
    }

    private void Emit(float[][] estimates, int count)
    {
        if (count == 0)
        {
            return;
        }

        Reserve(ref _block, count);
        _mixture.Take(_block, count);
        _sink(_block, estimates, count);
    }

    private static void Reserve(ref float[][] planar, int count)
    {
        if (planar[0].Length < count)
        {
            planar = Planar(planar.Length, count);
        }
    }

    private static float[][] Planar(int signals, int count) => [.. Enumerable.Range(0, signals).Select(_ => new float[count])];
}
