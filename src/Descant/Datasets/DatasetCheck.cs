using Descant.Audio;

namespace Descant.Datasets;

/// <summary>Looks at the audio of tracks before a training spends hours on it.</summary>
/// <remarks>
/// <see cref="Headers"/> reads what WAV headers say and takes a moment; <see cref="Decoded"/> looks at what decoding into a cache found
/// anyway, of files in any format; <see cref="Samples"/> decodes every file. What is wrong is a <see cref="DatasetProblem"/> that names the file: another rate or number of channels than the data set has,
/// files of a track that differ in rate or (where the set promises it) length, truncated and damaged files, NaN and
/// infinity, and channels in the wrong order where labels say who sings when.
/// </remarks>
public static class DatasetCheck
{
    // Clips whose labels are asked for the channel order: enough to be sure, few enough to take no time.
    private const int MostLabelled = 40;

    // In MIR-1K the voice's channel is 30 dB louder where the labels sing, the accompaniment's 0.1 dB.
    private const double OrderDecibels = 3;

    /// <summary>Checks what the headers of uncompressed files say.</summary>
    public static IReadOnlyList<DatasetProblem> Headers(IReadOnlyList<Track> tracks)
    {
        List<DatasetProblem> problems = [];
        foreach (Track track in tracks)
        {
            AudioFile[] files = [.. FilesOf(track).Where(stem => WavLike(stem.Path)).Select(stem => AudioFile.Header(stem.Path, stem.AudioStream))];
            problems.AddRange(Compare(track, files));
        }

        return problems;
    }

    /// <summary>Checks rates, channels and lengths of tracks that a cache has decoded.</summary>
    /// <exception cref="InvalidDataException">A file cannot be decoded.</exception>
    public static IReadOnlyList<DatasetProblem> Decoded(IEnumerable<Track> tracks, AudioCache cache) =>
        [.. tracks.SelectMany(track => Compare(
            track,
            [.. track.Stems.DistinctBy(stem => (stem.Path, stem.AudioStream))
                .Select(stem => (stem.Path, Audio: cache.Open(stem.Path, stem.AudioStream)))
                .Where(file => file.Audio.SourceRate > 0) // unknown where an older version filled the cache
                .Select(file => new AudioFile(file.Path, file.Audio.SourceRate, file.Audio.Channels, file.Audio.SourceLength, Problem: null))]))];

    /// <summary>Decodes every file and checks all that can be checked.</summary>
    /// <param name="entry">The data set.</param>
    /// <param name="root">Its folder.</param>
    /// <param name="tracks">Its tracks.</param>
    /// <param name="workers">Tracks looked at at the same time.</param>
    /// <param name="progress">Told how many tracks of how many are done; may be null.</param>
    /// <param name="cancellation">Ends between two tracks.</param>
    public static DatasetSummary Samples(
        DatasetEntry entry,
        string root,
        IReadOnlyList<Track> tracks,
        int workers,
        Action<int, int>? progress = null,
        CancellationToken cancellation = default)
    {
        AudioFile[][] files = new AudioFile[tracks.Count][];
        int done = 0;
        Parallel.For(0, tracks.Count, new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation }, i =>
        {
            files[i] = [.. FilesOf(tracks[i]).Select(stem => AudioFile.Decode(stem.Path, stem.AudioStream))];
            progress?.Invoke(Interlocked.Increment(ref done), tracks.Count);
        });
        List<DatasetProblem> problems = [.. tracks.SelectMany((track, i) => Compare(track, files[i]))];
        (string? order, DatasetProblem? swapped) = ChannelOrder(entry, root, tracks);
        if (swapped is not null)
        {
            problems.Add(swapped);
        }

        return new DatasetSummary(
            [.. tracks.Select((track, i) => new TrackSummary(track, files[i].Length == 0 ? 0 : files[i].Max(file => file.Seconds)))],
            [.. files.SelectMany(of => of).Where(file => file.SampleRate > 0).Select(file => file.SampleRate).Distinct().Order()],
            [.. files.SelectMany(of => of).Where(file => file.Channels > 0).Select(file => file.Channels).Distinct().Order()],
            problems,
            order);
    }

    private static bool WavLike(string path) => Path.GetExtension(path).Equals(".wav", StringComparison.OrdinalIgnoreCase);

    // Every file once: the two channels of a clip are two stems of one file.
    private static IEnumerable<Stem> FilesOf(Track track) =>
        (track.Mixture is null ? track.Stems : track.Stems.Append(track.Mixture)).DistinctBy(stem => (stem.Path, stem.AudioStream));

    private static IEnumerable<DatasetProblem> Compare(Track track, AudioFile[] files)
    {
        foreach (AudioFile file in files.Where(file => file.Problem is not null))
        {
            yield return new DatasetProblem(file.Path, file.Problem!);
        }

        AudioFile[] sound = [.. files.Where(file => file.Problem is null)];
        if (sound.Length == 0)
        {
            yield break;
        }

        // What most files of a track have is right; the one that differs is named.
        AudioFile usualRate = Usual(sound, file => file.SampleRate);
        AudioFile usualLength = Usual(sound, file => file.Samples);
        foreach (AudioFile file in sound)
        {
            int rate = track.Rules.SampleRate ?? usualRate.SampleRate;
            if (file.SampleRate != rate)
            {
                yield return new DatasetProblem(
                    file.Path,
                    track.Rules.SampleRate is null
                        ? $"expected the {rate} Hz of {Path.GetFileName(usualRate.Path)}, got {file.SampleRate} Hz; resample one of them"
                        : $"expected {rate} Hz, got {file.SampleRate} Hz; get the data set anew, or resample the file");
            }

            bool wrongChannels = track.Rules.Channels is { } channels ? file.Channels != channels : file.Channels > 2;
            if (wrongChannels)
            {
                yield return new DatasetProblem(
                    file.Path,
                    $"expected {(track.Rules.Channels is null ? "one or two channels" : track.Rules.Channels == 2 ? "stereo" : "mono")}, got {file.Channels} {(file.Channels == 1 ? "channel (mono)" : "channels")}; export the file anew");
            }

            if (track.Rules.EqualLengths && file.SampleRate == rate && file.Samples != usualLength.Samples)
            {
                yield return new DatasetProblem(
                    file.Path, $"expected the {usualLength.Samples} samples of {Path.GetFileName(usualLength.Path)}, got {file.Samples}; get the data set anew");
            }
        }
    }

    private static AudioFile Usual<T>(AudioFile[] files, Func<AudioFile, T> property) =>
        files.GroupBy(property).MaxBy(group => group.Count())!.First();

    private static (string? Order, DatasetProblem? Swapped) ChannelOrder(DatasetEntry entry, string root, IReadOnlyList<Track> tracks)
    {
        if (entry.Labels is not { } labels)
        {
            return (null, null);
        }

        List<double> right = [];
        List<double> left = [];
        string? first = null;
        int step = Math.Max(1, tracks.Count / MostLabelled);
        for (int i = 0; i < tracks.Count; i += step)
        {
            if (labels(root, tracks[i]) is not { } voiced || AudioFile.Load(tracks[i].Stems[0].Path) is not { Channels.Length: 2 } clip)
            {
                continue;
            }

            first ??= tracks[i].Stems[0].Path;
            if (voiced.LouderWhereVoiced(clip.Channels[1], clip.SampleRate) is { } voice
                && voiced.LouderWhereVoiced(clip.Channels[0], clip.SampleRate) is { } music)
            {
                right.Add(voice);
                left.Add(music);
            }
        }

        if (right.Count == 0)
        {
            return ("not checked: no labels beside the audio", null);
        }

        double difference = right.Average() - left.Average();
        string measured = FormattableString.Invariant(
            $"where the labels of {right.Count} clips sing, the right channel is {right.Average():0.0} dB louder, the left {left.Average():0.0} dB");
        return difference > OrderDecibels
            ? ($"right channel sings ({measured})", null)
            : (measured, new DatasetProblem(first!, $"expected the voice in the right channel, but {measured}; exchange the channels"));
    }
}
