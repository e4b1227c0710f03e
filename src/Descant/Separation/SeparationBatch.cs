using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Descant.Audio;
using Descant.Models;

namespace Descant.Separation;

/// <summary>Separates many songs: names are decided before work starts, one bad song does not stop the others, nothing is lost.</summary>
public sealed class SeparationBatch
{
    private const int LongestName = 255; // bytes of UTF-8, or UTF-16 units on Windows, in the usual file systems
    private static readonly TimeSpan s_leftover = TimeSpan.FromDays(1);
    private readonly SongSeparator _separator;
    private readonly SeparationSettings _settings;
    private readonly BatchSettings _batch;
    private readonly IReadOnlyList<ModelCard> _models;
    private readonly SeparationManifest _manifest;

    /// <summary>Prepares a batch.</summary>
    /// <param name="network">The network.</param>
    /// <param name="models">What it was loaded from.</param>
    /// <param name="settings">How songs are separated.</param>
    /// <param name="batch">How they are named and scheduled.</param>
    public SeparationBatch(SegmentNetwork network, IReadOnlyList<ModelCard> models, SeparationSettings settings, BatchSettings batch)
    {
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(batch);
        if (batch.Jobs is < 1 or > 256)
        {
            throw new ArgumentException($"jobs: expected 1 to 256, got {batch.Jobs}", nameof(batch));
        }

        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings with { ModelName = string.Join(ModelLibrary.Plus, models.Select(model => model.Name)) };
        _separator = new SongSeparator(network, _settings);
        _batch = batch;
        _models = models;
        _manifest = SeparationManifest.Open(batch.OutputFolder);
    }

    /// <summary>Separates the songs.</summary>
    /// <param name="songs">Files.</param>
    /// <param name="report">Is told what happens, possibly from several threads at once.</param>
    /// <param name="cancellation">Ends it; finished songs stay, nothing is half-written.</param>
    public async Task RunAsync(IReadOnlyList<string> songs, Action<SongEvent> report, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(songs);
        ArgumentNullException.ThrowIfNull(report);
        List<PlannedSong> planned = Plan(songs);
        string modelHash = _batch is { DryRun: true, SkipExisting: false } ? "" : string.Join(ModelLibrary.Plus, _models.Select(model => SeparationManifest.Hash(model.Path)));
        if (_batch.DryRun)
        {
            foreach (PlannedSong song in planned)
            {
                cancellation.ThrowIfCancellationRequested();
                bool IsFinished() => _batch.SkipExisting && _manifest.IsFinished(Entry(song, modelHash));
                report(Guarded(song, () => new SongEvent(song.Input, IsFinished() ? SongState.Skipped : SongState.Planned) { Files = song.Files }, cancellation));
            }

            return;
        }

        foreach (string? folder in planned.SelectMany(song => song.Files.Values).Select(Path.GetDirectoryName).Distinct(SeparationManifest.PathComparer))
        {
            PendingFile.RemoveLeftovers(folder!, _batch.Time.GetUtcNow() - s_leftover); // a file's absolute path has a folder
        }

        ParallelOptions parallel = new() { MaxDegreeOfParallelism = _batch.Jobs, CancellationToken = cancellation };
        await Parallel.ForEachAsync(planned, parallel, (song, token) =>
        {
            report(Guarded(song, () => Process(song, modelHash, report, token), token));
            return ValueTask.CompletedTask;
        });
    }

    private SongEvent Process(PlannedSong song, string modelHash, Action<SongEvent> report, CancellationToken cancellation)
    {
        ManifestEntry entry = Entry(song, modelHash);
        if (_batch.SkipExisting && _manifest.IsFinished(entry))
        {
            return new SongEvent(song.Input, SongState.Skipped) { Files = song.Files };
        }

        SeparationResult result = _separator.Separate(
            song.Input,
            stem => song.Files[stem],
            new Relay(progress => report(new SongEvent(song.Input, SongState.Working) { Progress = progress })),
            beforeCommit: () => _manifest.Append(entry),
            cancellation);
        _manifest.Append(entry with
        {
            Finished = true,
            Gain = result.Gain,
            Bytes = [.. song.Files.Values.Select(file => new FileInfo(file).Length)],
        });
        return new SongEvent(song.Input, SongState.Finished) { Result = result, Files = result.Files };
    }

    private ManifestEntry Entry(PlannedSong song, string modelHash) => new()
    {
        Finished = false,
        Input = Path.GetFullPath(song.Input),
        InputHash = SeparationManifest.Hash(song.Input),
        ModelHash = modelHash,
        Options = JsonSerializer.Serialize(_settings, SettingsJson.Default.SeparationSettings),
        Files = [.. song.Files.Values.Select(file => Path.GetRelativePath(_manifest.Folder, file).Replace('\\', '/'))],
    };

    private static SongEvent Guarded(PlannedSong song, Func<SongEvent> work, CancellationToken cancellation)
    {
        try
        {
            if (song.Problem is { } problem)
            {
                return new SongEvent(song.Input, SongState.Failed) { Error = problem };
            }

            AudioReader.CheckFile(song.Input);
            return work();
        }
        catch (Exception error) when (error is ProgramStoppedException ? ProgramStoppedException.IsInterruption(cancellation) : cancellation.IsCancellationRequested)
        {
            // Also a pipe that broke: the terminal interrupts our encoders along with us, and they may end first.
            throw new OperationCanceledException(error.Message, error, cancellation);
        }
#pragma warning disable CA1031 // One bad song, whatever is wrong with it, must not stop the others; the caller reports it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return new SongEvent(song.Input, SongState.Failed) { Error = error };
        }
    }

    private List<PlannedSong> Plan(IReadOnlyList<string> songs)
    {
        HashSet<string> taken = new(songs.Select(Path.GetFullPath), SeparationManifest.PathComparer); // no stem replaces a song
        PlannedSong?[] planned = new PlannedSong?[songs.Count];

        // Names without a number first: whoever is called "a (2)" keeps that name.
        List<int> collided = [];
        Dictionary<string, string>[] tags = new Dictionary<string, string>[songs.Count];
        for (int i = 0; i < songs.Count; i++)
        {
            try
            {
                tags[i] = Tags(songs[i]);
                planned[i] = TryName(songs[i], OutputTemplate.TrackName(songs[i]), tags[i], taken);
                if (planned[i] is null)
                {
                    collided.Add(i);
                }
            }
            catch (InvalidDataException error)
            {
                planned[i] = new PlannedSong(songs[i], new Dictionary<string, string>(), error);
            }
        }

        foreach (int i in collided)
        {
            string track = OutputTemplate.TrackName(songs[i]);
            string[] files = [.. _separator.Plan.Written.Select(stem => StemPath(track, stem, tags[i]))];
            if (files.SequenceEqual(_separator.Plan.Written.Select(stem => StemPath(track + " (2)", stem, tags[i]))))
            {
                string file = files.First(file => IsTaken(file, songs[i], taken));
                planned[i] = new PlannedSong(songs[i], new Dictionary<string, string>(), new InvalidDataException(
                    $"{songs[i]}: {file} is a song or another song's stem, and the output template gives no second name; add {{track}} to --output-template"));
                continue;
            }

            for (int number = 2; planned[i] is null; number++)
            {
                planned[i] = TryName(songs[i], $"{track} ({number})", tags[i], taken);
            }
        }

        return [.. planned.Select(song => song!)]; // every index was filled by one of the two loops
    }

    private Dictionary<string, string> Tags(string song)
    {
        if (!_batch.Template.NeedsTags)
        {
            return [];
        }

        using AudioReader reader = AudioReader.Open(song, _settings.AudioStream);
        return new Dictionary<string, string>(reader.Properties.Tags);
    }

    private string StemPath(string track, int stem, Dictionary<string, string> tags) => Path.GetFullPath(Path.Combine(
        _manifest.Folder, _batch.Template.Path(track, _separator.Plan.Stems[stem], _settings.Encoding.Extension, _settings.ModelName!, tags)));

    // By another song: of the same path, or of the same content where it was moved or is named differently, it is the same one.
    private bool IsTaken(string file, string song, HashSet<string> taken) => taken.Contains(file)
        || (_manifest.Owner(file) is { } owner && !SeparationManifest.PathComparer.Equals(owner, Path.GetFullPath(song)) && File.Exists(file)
            && !MadeOf(file, song));

    private bool MadeOf(string file, string song)
    {
        try
        {
            return new FileInfo(song) is { Exists: true, Length: > 0 } && _manifest.InputHash(file) == SeparationManifest.Hash(song);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false; // what cannot be read fails in its turn, by itself
        }
    }

    // Null where another song of this batch, or of an earlier one, has the name.
    private PlannedSong? TryName(string song, string track, Dictionary<string, string> tags, HashSet<string> taken)
    {
        Dictionary<string, string> files = [];
        InvalidDataException? problem = null;
        foreach (int stem in _separator.Plan.Written)
        {
            string file = StemPath(track, stem, tags);
            files[_separator.Plan.Stems[stem]] = file;
            if (IsTaken(file, song, taken))
            {
                return null;
            }

            if (Path.GetRelativePath(_manifest.Folder, file).Split(Path.DirectorySeparatorChar).FirstOrDefault(name => Length(name) > LongestName) is { } part)
            {
                problem ??= new InvalidDataException(
                    $"{song}: expected a file name of at most {LongestName} bytes, got {Length(part)} in {part}; rename the song or use another --output-template");
            }

            if (!_batch.Overwrite && _manifest.Owner(file) is null && (File.Exists(file) || Directory.Exists(file)))
            {
                problem ??= new InvalidDataException($"{song}: {file} exists and was not written by descant; move it or use --overwrite");
            }
        }

        taken.UnionWith(files.Values);
        return new PlannedSong(song, files, problem);

        static int Length(string name) => OperatingSystem.IsWindows() ? name.Length : Encoding.UTF8.GetByteCount(name);
    }

    private sealed record PlannedSong(string Input, IReadOnlyDictionary<string, string> Files, Exception? Problem);

    private sealed class Relay(Action<SeparationProgress> report) : IProgress<SeparationProgress>
    {
        public void Report(SeparationProgress value) => report(value);
    }
}

/// <summary>The text of the settings in a manifest.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true)]
[JsonSerializable(typeof(SeparationSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
