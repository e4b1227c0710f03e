using System.Globalization;
using Descant.Audio;
using Descant.Dsp;

namespace Descant.Separation;

/// <summary>Separates an audio file into stem files, in memory that does not depend on its length.</summary>
/// <remarks>
/// The song is decoded once. Every file appears under its name only when all of them are complete. One separator may work
/// on several songs at once; they take turns in the network.
/// </remarks>
public sealed class SongSeparator
{
    private const int MostBatch = 256;
    private const int RehearsedSamples = 4096;
    private static readonly string[] s_carriedTags = ["title", "artist", "album", "album_artist", "date", "track", "genre"];
    private readonly SegmentNetwork _network;
    private readonly SegmentNetwork _wanted;
    private readonly SeparationSettings _settings;
    private readonly FfmpegPrograms? _programs;

    /// <summary>Prepares a separator.</summary>
    public SongSeparator(SegmentNetwork network, SeparationSettings settings, FfmpegPrograms? programs = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(settings);
        if (!(settings.StartSeconds >= 0) || settings.StartSeconds > 1e9)
        {
            throw new ArgumentException($"start: expected seconds from 0, got {settings.StartSeconds}", nameof(settings));
        }

        if (settings.IsPreview && (settings.StartSeconds != 0 || settings.DurationSeconds is not null))
        {
            throw new ArgumentException("preview: it chooses start and duration itself; leave both out", nameof(settings));
        }

        if (settings.DurationSeconds is { } duration && (!(duration > 0) || duration > 1e9))
        {
            throw new ArgumentException($"duration: expected seconds above 0, got {duration}", nameof(settings));
        }

        foreach (SegmentNetwork one in network.All)
        {
            _ = new SegmentGrid(one.WindowSamples, one.ContextSamples, settings.Overlap); // refuses a wrong overlap before any work
        }

        if (settings.Shifts is < 1 or > EstimateStream.MostShifts)
        {
            throw new ArgumentException($"shifts: expected 1 to {EstimateStream.MostShifts}, got {settings.Shifts}", nameof(settings));
        }

        if (settings.Batch is < 1 or > MostBatch)
        {
            throw new ArgumentException($"batch: expected 1 to {MostBatch} segments, got {settings.Batch}", nameof(settings));
        }

        if (settings.WienerIterations is < 0 or > WienerFilter.MostIterations)
        {
            throw new ArgumentException($"wiener: expected 0 to {WienerFilter.MostIterations} iterations, got {settings.WienerIterations}", nameof(settings));
        }

        if (settings.SharesMixture && network.Sources.Count < 2)
        {
            throw new ArgumentException($"softmask: expected a network with at least two sources to share the mixture among, got {network.Sources[0]} alone", nameof(settings));
        }

        Plan = StemPlan.Create(network.Sources, settings.Stems, settings.MixtureConsistency, needsAllSources: settings.JoinsEstimates);
        _network = network;
        _wanted = network.Only(Plan.Sources);
        _settings = settings;
        _programs = programs;
    }

    /// <summary>The stems it makes.</summary>
    public StemPlan Plan { get; }

    /// <summary>Separates one song.</summary>
    /// <param name="song">The file.</param>
    /// <param name="path">The path to write each stem to.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Ends it; nothing is left behind.</param>
    /// <exception cref="InvalidDataException">The song cannot be read; one line that names it.</exception>
    public SeparationResult Separate(
        string song, Func<string, string> path, IProgress<SeparationProgress>? progress = null, CancellationToken cancellation = default) =>
        Separate(song, path, progress, beforeCommit: null, cancellation);

    /// <summary>Separates one song, and calls back before the first stem gets its name.</summary>
    internal SeparationResult Separate(
        string song, Func<string, string> path, IProgress<SeparationProgress>? progress, Action? beforeCommit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(path);
        Dictionary<string, string> files = Plan.Written.ToDictionary(stem => Plan.Stems[stem], stem => Path.GetFullPath(path(Plan.Stems[stem])));
        double start = _settings.IsPreview ? FindPreview(song, progress, cancellation) : _settings.StartSeconds;
        using MixtureReader mixture = Open(song, start, _settings.IsPreview ? PreviewFinder.Seconds : _settings.DurationSeconds);
        SampleFormat format = _settings.Format ?? NaturalFormat(mixture.Properties);
        _settings.Encoding.Check(mixture.Properties.Channels, format);
        byte[]? cover = _settings.Encoding.Container == AudioContainer.Wav ? null : CoverArt.Read(song, _programs);
        List<AudioWriter> writers = [];
        string[] newFolders = [.. files.Values.SelectMany(MissingFolders).Distinct()];
        bool isComplete = false;
        try
        {
            SongPass pass = new(_wanted, _settings, Plan, mixture, format, progress, cancellation);
            if (!pass.WritesDirectly && _settings.Encoding.Container != AudioContainer.Wav)
            {
                Rehearse(files.Values.First(), mixture.Properties, format);
            }

            double gain = pass.Run(
                gain => Start(files, mixture.Properties, format, gain, cover, writers), Path.GetDirectoryName(files.Values.First())!); // a file's absolute path has a folder
            foreach (AudioWriter writer in writers)
            {
                writer.Finish();
            }

            cancellation.ThrowIfCancellationRequested();
            beforeCommit?.Invoke();
            foreach (AudioWriter writer in writers)
            {
                writer.Complete();
            }

            isComplete = true;
            return new SeparationResult
            {
                Files = files,
                Samples = pass.Samples,
                SampleRate = mixture.Properties.SampleRate,
                Channels = mixture.Properties.Channels,
                StartSeconds = start,
                Gain = gain,
                Warnings = [.. mixture.Warnings, .. pass.Warnings, .. _settings.Encoding.Changes(mixture.Properties.SampleRate)],
            };
        }
        finally
        {
            foreach (AudioWriter writer in writers)
            {
                writer.Dispose();
            }

            foreach (string folder in newFolders.Where(folder => !isComplete && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()))
            {
                Directory.Delete(folder);
            }
        }
    }

    // The missing folders above a file, the innermost first.
    private static IEnumerable<string> MissingFolders(string file)
    {
        for (string? folder = Path.GetDirectoryName(file); folder is not null && !Directory.Exists(folder); folder = Path.GetDirectoryName(folder))
        {
            yield return folder;
        }
    }

    private double FindPreview(string song, IProgress<SeparationProgress>? progress, CancellationToken cancellation)
    {
        using MixtureReader mixture = Open(song, 0, null);
        return PreviewFinder.Find(_network, mixture, progress, cancellation);
    }

    // What an encoder refuses it must refuse before the network has worked on the whole song.
    private void Rehearse(string file, AudioStreamProperties properties, SampleFormat format)
    {
        using AudioWriter writer = AudioWriter.Create(
            file, _settings.Encoding, properties.SampleRate, properties.Channels, format, new Dictionary<string, string>(), cover: null, properties.Layout, _programs);
        writer.Write(Planar(properties.Channels, RehearsedSamples), 0, RehearsedSamples);
        writer.Finish();
    }

    // Lossy encoders take more than 16 bits, but no level above full scale, which players would clip.
    private SampleFormat NaturalFormat(AudioStreamProperties properties) => _settings.Encoding.Container switch
    {
        AudioContainer.Wav => SeparationSettings.NaturalFormat(properties),
        AudioContainer.Flac when SeparationSettings.NaturalFormat(properties) == SampleFormat.Pcm16 => SampleFormat.Pcm16,
        _ => SampleFormat.Pcm24,
    };

    private List<AudioWriter> Start(
        Dictionary<string, string> files, AudioStreamProperties properties, SampleFormat format, double gain, byte[]? cover, List<AudioWriter> writers)
    {
        foreach ((string stem, string file) in files)
        {
            Dictionary<string, string> tags = [];
            foreach (string key in s_carriedTags)
            {
                if (properties.Tags.TryGetValue(key, out string? value) && value.Length > 0)
                {
                    tags[key] = value;
                }
            }

            string comment = $"{stem}, separated by Descant with {_settings.ModelName ?? "a model without a name"}";
            tags["stem"] = stem;
            tags["descant_model"] = _settings.ModelName ?? "";
            if (gain != 1)
            {
                string factor = gain.ToString("R", CultureInfo.InvariantCulture);
                tags["DESCANT_GAIN"] = factor;
                comment += $", DESCANT_GAIN={factor}";
            }

            tags["comment"] = comment;
            writers.Add(AudioWriter.Create(file, _settings.Encoding, properties.SampleRate, properties.Channels, format, tags, cover, properties.Layout, _programs));
        }

        return writers;
    }

    private static float[][] Planar(int signals, int samples) => [.. Enumerable.Range(0, signals).Select(_ => new float[samples])];

    private MixtureReader Open(string song, double start, double? duration)
    {
        AudioReader reader = AudioReader.Open(song, _settings.AudioStream, _programs);
        if (reader.Properties.Channels > ChannelGroups.MostChannels)
        {
            reader.Dispose();
            throw new InvalidDataException($"{reader.Name}: expected at most {ChannelGroups.MostChannels} channels, got {reader.Properties.Channels}; separate some of them at a time");
        }

        return new MixtureReader(reader, start, duration);
    }
}
