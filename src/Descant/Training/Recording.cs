using Descant.Datasets;

namespace Descant.Training;

/// <summary>One source of one track, decoded: the sum of the stems that make it up.</summary>
internal sealed class Recording
{
    private readonly IReadOnlyList<(CachedAudio Audio, StemChannel Channel, float Gain)> _stems;

    public Recording(Track track, IReadOnlyList<Stem> stems, AudioCache cache)
    {
        Track = track;
        _stems = [.. stems.Select(stem => (Open(stem, cache), stem.Channel, (float)stem.Gain))];
        Length = _stems.Max(stem => stem.Audio.Length);
        BandwidthHz = stems.Zip(_stems).Max(pair =>
            pair.First.BandwidthHz ?? Bandwidth.Measure(pair.Second.Audio, pair.Second.Channel == StemChannel.Right ? 1 : 0));
        IsMono = _stems.All(stem => stem.Channel != StemChannel.All || stem.Audio.Channels == 1);
    }

    public Track Track { get; }

    /// <summary>Samples per channel of the longest stem.</summary>
    public long Length { get; }

    /// <summary>Where the recording ends in frequency, as its data set says or else as measured; infinite at full band.</summary>
    public double BandwidthHz { get; }

    /// <summary>Whether it has no sound at all.</summary>
    public bool IsSilent => _stems.All(stem => stem.Audio.Peak == 0);

    /// <summary>Whether both channels of the recording are the same.</summary>
    public bool IsMono { get; }

    /// <summary>Reads an excerpt; a mono network hears the mean of the channels; zeros beyond the ends.</summary>
    /// <param name="start">First sample.</param>
    /// <param name="channel">Channel to read, from 0.</param>
    /// <param name="channels">How many channels the reader wants, 1 or 2.</param>
    /// <param name="destination">Overwritten.</param>
    /// <param name="scratch">At least as long as the destination.</param>
    public void Read(long start, int channel, int channels, Span<float> destination, Span<float> scratch)
    {
        scratch = scratch[..destination.Length];
        bool first = true;
        foreach ((CachedAudio audio, StemChannel part, float gain) in _stems)
        {
            if (channels == 1 && part == StemChannel.All && audio.Channels == 2)
            {
                Add(audio, 0, 0.5f * gain, start, destination, scratch, ref first);
                Add(audio, 1, 0.5f * gain, start, destination, scratch, ref first);
            }
            else
            {
                int from = part switch
                {
                    StemChannel.Left => 0,
                    StemChannel.Right => 1,
                    _ => Math.Min(channel, audio.Channels - 1),
                };
                Add(audio, from, gain, start, destination, scratch, ref first);
            }
        }
    }

    private static void Add(
        CachedAudio audio, int channel, float factor, long start, Span<float> destination, Span<float> scratch, ref bool first)
    {
        if (first)
        {
            audio.Read(channel, start, destination);
            if (factor != 1)
            {
                StereoBuffer.Multiply(destination, factor);
            }

            first = false;
            return;
        }

        audio.Read(channel, start, scratch);
        StereoBuffer.AddScaled(scratch, factor, destination);
    }

    private static CachedAudio Open(Stem stem, AudioCache cache)
    {
        CachedAudio audio = cache.Open(stem.Path, stem.AudioStream);
        return stem.Channel == StemChannel.All || audio.Channels == 2
            ? audio
            : throw new InvalidDataException(
                $"'{stem.Path}': expected two channels, the {stem.Channel.ToString().ToLowerInvariant()} one holding the {stem.Source}; got {audio.Channels}.");
    }
}
