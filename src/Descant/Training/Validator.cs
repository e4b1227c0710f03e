using Descant.Datasets;
using Descant.Networks;
using Descant.Separation;
using Descant.Tensors;

namespace Descant.Training;

/// <summary>Scores a network on the validation split: the middle of songs, and music without vocals.</summary>
/// <remarks>
/// SDR as in BSS Eval v4 (Stöter et al., "The 2018 signal separation evaluation campaign", LVA/ICA 2018): energy of the
/// reference over energy of the error, in frames of 1 s, median over the frames of a track whose reference lies less than
/// 60 dB below its loudest frame (lossy references are never exactly silent). The mixture is the float sum of the stems, or what the
/// data set has for it where the recipe says so.
/// </remarks>
public sealed class Validator
{
    private const double ActiveDb = 60;
    private readonly List<Item> _items = [];
    private readonly string _target;

    /// <param name="tracks">Tracks of any split; only <see cref="Split.Validation"/> is used.</param>
    /// <param name="sources">The network's sources; vocals are scored where it estimates them, else its first.</param>
    /// <param name="cache">Decoded audio at the network's rate.</param>
    /// <param name="recipe">How much is scored.</param>
    /// <param name="recordedMixtures">Whether a track's own mixture is taken where it has one.</param>
    public Validator(IReadOnlyList<Track> tracks, IReadOnlyList<string> sources, AudioCache cache, ValidationRecipe recipe, bool recordedMixtures = false)
    {
        _target = sources.Contains(SourceNames.Vocals) ? SourceNames.Vocals : sources[0];
        foreach (IGrouping<string, Track> group in tracks.Where(track => track.Split == Split.Validation).GroupBy(track => track.Group))
        {
            Track[] all = [.. group];
            int count = Math.Min(all.Length, recipe.MostTracksPerGroup);
            for (int i = 0; i < count; i++)
            {
                Track track = all[(int)((long)i * all.Length / count)];
                Recording mixture = new(track, recordedMixtures && track.Mixture is { } own ? [own] : track.Stems, cache);
                Recording? reference = TrainingMaterial.Part(track, _target, cache);
                if (reference is null && track.StemsOf(SourceNames.Accompaniment).Count == 0)
                {
                    continue; // neither the target nor known to be free of it
                }

                long most = (long)(recipe.MostSeconds * cache.SampleRate);
                int samples = (int)Math.Min(mixture.Length, reference is null ? most / 4 : most);
                _items.Add(new Item(track, mixture, reference, (mixture.Length - samples) / 2, samples));
            }
        }
    }

    /// <summary>Tracks that are scored.</summary>
    public int Count => _items.Count;

    /// <summary>Separates and scores.</summary>
    /// <param name="network">Any network of the sources and the rate given before.</param>
    /// <param name="engine">Where it lives.</param>
    /// <param name="cancellation">Ends between two tracks.</param>
    public ValidationScore Score(Network network, Engine engine, CancellationToken cancellation = default)
    {
        List<(string Group, double Sdr)> scores = [];
        List<double> silences = [];
        SegmentNetwork segments = SegmentNetwork.From(network, engine);
        foreach (Item item in _items)
        {
            cancellation.ThrowIfCancellationRequested();
            StereoBuffer mixture = Read(item.Mixture, item, network.Channels);
            StereoBuffer estimate = Estimate(segments, mixture);
            if (item.Reference is null)
            {
                silences.Add(20 * Math.Log10(Math.Max(estimate.Level(), 1e-9) / Math.Max(mixture.Level(), 1e-9)));
                continue;
            }

            double sdr = MedianSdr(Read(item.Reference, item, network.Channels), estimate, network.SampleRate);
            if (double.IsFinite(sdr))
            {
                scores.Add((item.Track.Group, sdr));
            }
        }

        KeyValuePair<string, double>[] groups = [.. scores.GroupBy(score => score.Group)
            .Select(group => KeyValuePair.Create(group.Key, Median([.. group.Select(score => score.Sdr)])))];
        double[] collections = [.. groups.GroupBy(group => group.Key.Split('/')[0]).Select(collection => collection.Average(group => group.Value))];
        return new ValidationScore(
            collections.Length > 0 ? collections.Average() : double.NaN, groups, silences.Count > 0 ? silences.Average() : double.NaN);
    }

    /// <summary>Median over the active frames of 1 s; NaN where none is active.</summary>
    internal static double MedianSdr(StereoBuffer reference, StereoBuffer estimate, int sampleRate)
    {
        int frames = Math.Max(reference.Samples / sampleRate, 1);
        double[] energies = new double[frames];
        double[] errors = new double[frames];
        for (int frame = 0; frame < frames; frame++)
        {
            int start = frame * sampleRate;
            int count = Math.Min(sampleRate, reference.Samples - start);
            for (int channel = 0; channel < reference.Channels; channel++)
            {
                ReadOnlySpan<float> wanted = reference[channel].Slice(start, count);
                ReadOnlySpan<float> got = estimate[channel].Slice(start, count);
                energies[frame] += StereoBuffer.SumOfSquares(wanted);
                for (int i = 0; i < count; i++)
                {
                    double error = (double)wanted[i] - got[i];
                    errors[frame] += error * error;
                }
            }
        }

        double floor = energies.Max() * Math.Pow(10, -ActiveDb / 10);
        return Median([.. Enumerable.Range(0, frames).Where(frame => energies[frame] > floor)
            .Select(frame => 10 * Math.Log10(energies[frame] / Math.Max(errors[frame], 1e-20)))]);
    }

    private static double Median(double[] values)
    {
        if (values.Length == 0)
        {
            return double.NaN;
        }

        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }

    private static StereoBuffer Read(Recording recording, Item item, int channels)
    {
        StereoBuffer audio = new(channels, item.Samples);
        float[] scratch = new float[item.Samples];
        for (int channel = 0; channel < channels; channel++)
        {
            recording.Read(item.Start, channel, channels, audio[channel], scratch);
        }

        return audio;
    }

    /// <summary>The target's estimate, as separation makes it without overlap.</summary>
    private StereoBuffer Estimate(SegmentNetwork network, StereoBuffer mixture)
    {
        int source = network.Sources.ToList().IndexOf(_target);
        int channels = network.Channels;
        StereoBuffer estimate = new(channels, mixture.Samples);
        int done = 0;
        EstimateStream stream = new(network, channels, overlap: 0, shifts: 1, batch: 1, (estimates, count) =>
        {
            for (int channel = 0; channel < channels; channel++)
            {
                estimates[(source * channels) + channel].AsSpan(0, count).CopyTo(estimate[channel][done..]);
            }

            done += count;
        });
        stream.Write([.. Enumerable.Range(0, channels).Select(channel => mixture[channel].ToArray())], 0, mixture.Samples);
        stream.Complete();
        return estimate;
    }

    private sealed record Item(Track Track, Recording Mixture, Recording? Reference, long Start, int Samples);
}
