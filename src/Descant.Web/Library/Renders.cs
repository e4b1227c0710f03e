using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Descant.Audio;
using Descant.Web.Uploads;
using Microsoft.Net.Http.Headers;

namespace Descant.Web.Library;

/// <summary>Files that are made for downloading: encoded stems, mixes and archives. Made once, kept a while beside what they are made of, and deleted with it.</summary>
internal sealed class Renders(BoundedFfmpeg ffmpeg, LibraryUsage usage, ServerOptions options, TimeProvider time) : IDisposable
{
    /// <summary>The folder, in that of a track or of a job's stems.</summary>
    public const string FolderName = "renders";

    /// <summary>How long a render is kept after it was last asked for.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(2);

    private const int LongestTitle = 120; // characters of a downloaded file's name
    private const int BlockSamples = 1 << 15;
    private const int AtOnce = 2;
    private const string GainExtension = ".gain";
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Making> _running = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turns = new(AtOnce);

    /// <summary>The kind of file that a client asks for.</summary>
    public static AudioContainer Container(string format) => format switch
    {
        "wav" => AudioContainer.Wav,
        "flac" => AudioContainer.Flac,
        "mp3" => AudioContainer.Mp3,
        _ => throw Problem.BadRequest($"Expected the format wav, flac or mp3, got {AudioReader.OneLine(format)}."),
    };

    /// <summary>Answers with a file that may be asked for in parts.</summary>
    public static IResult Download(HttpContext context, string file, string title, string what, AudioContainer? container)
    {
        string extension = container is { } kind ? new AudioEncoding(kind).Extension : "zip";
        string type = container switch { AudioContainer.Wav => "audio/wav", AudioContainer.Flac => "audio/flac", AudioContainer.Mp3 => "audio/mpeg", _ => "application/zip" };
        FileInfo facts = new(file);
        context.Response.Headers.CacheControl = "private, no-cache";
        string shortened = string.Concat(title.EnumerateRunes().Take(LongestTitle).Select(rune => rune.ToString()));
        string safe = string.Concat(shortened.Select(character => char.IsControl(character) || "\\/:*?\"<>|".Contains(character) ? '_' : character)).Trim(' ', '.');
        return Results.File(
            file, type, $"{safe} - {what}.{extension}", facts.LastWriteTimeUtc,
            new EntityTagHeaderValue($"\"{facts.LastWriteTimeUtc.Ticks:x}-{facts.Length:x}\""), enableRangeProcessing: true);
    }

    /// <summary>A source as a whole file.</summary>
    /// <exception cref="Problem">429 where the user waits for too many files, 507 where there is no room for it.</exception>
    public Task<string> SourceAsync(string user, Source source, TrackRecord track, AudioContainer container, CancellationToken cancellation)
    {
        if (container == AudioContainer.Wav)
        {
            return Task.FromResult(source.File);
        }

        Dictionary<string, string> tags = Tags(track, source.Name);
        Order order = new(user, source, $"{container}\n{source.Url}\n{Text(tags)}", new AudioEncoding(container).Extension, () => new FileInfo(source.File).Length);
        return MakeAsync(order, (path, stop) =>
        {
            using AudioReader reader = AudioReader.Open(source.File);
            using AudioWriter writer = Writer(path, container, source.SampleRate, source.Channels, track.Format, tags);
            float[][] block = Planar(source.Channels);
            while (reader.Read(block, 0, BlockSamples) is > 0 and int count)
            {
                stop.ThrowIfCancellationRequested();
                writer.Write(block, 0, count);
            }

            writer.Complete();
        }, cancellation);
    }

    /// <summary>A mix of sources; where it would exceed full scale, all of it is lowered.</summary>
    /// <returns>The file, and the factor that it was lowered by.</returns>
    /// <exception cref="Problem">429 where the user waits for too many files, 507 where there is no room for it.</exception>
    public async Task<(string File, double Gain)> MixAsync(
        string user, IReadOnlyList<StemLevel> levels, TrackRecord track, AudioContainer container, CancellationToken cancellation)
    {
        Dictionary<string, string> tags = Tags(track, "mix");
        string what = string.Join('\n', levels.Select(level => string.Create(CultureInfo.InvariantCulture, $"{level.Source.Url} {level.Gain:R} {level.Pan:R}")));
        long bytes = levels.Max(level => level.Source.Samples) * Channels(levels) * (track.Format == SampleFormat.Pcm16 ? 2 : 4);
        Order order = new(user, levels[0].Source, $"mix {container}\n{what}\n{Text(tags)}", new AudioEncoding(container).Extension, () => bytes, GainExtension);
        string path = await MakeAsync(order, (file, stop) =>
        {
            float peak = 0;
            Mix(levels, (mix, count) =>
            {
                stop.ThrowIfCancellationRequested();
                foreach (float[] channel in mix)
                {
                    foreach (float sample in channel.AsSpan(0, count))
                    {
                        peak = Math.Max(peak, Math.Abs(sample));
                    }
                }
            });
            float most = track.Format == SampleFormat.Pcm16 ? 32767f / 32768 : 8388607f / 8388608;
            float gain = peak > most ? most / peak : 1;
            using AudioWriter writer = Writer(file, container, levels[0].Source.SampleRate, Channels(levels), track.Format, tags);
            Mix(levels, (mix, count) =>
            {
                stop.ThrowIfCancellationRequested();
                foreach (float[] channel in mix)
                {
                    foreach (ref float sample in channel.AsSpan(0, count))
                    {
                        sample *= gain;
                    }
                }

                writer.Write(mix, 0, count);
            });

            // Before the mix has its name: a mix that can be found has its gain.
            File.WriteAllText(file + GainExtension, gain.ToString("R", CultureInfo.InvariantCulture));
            writer.Complete();
        }, cancellation);
        return (path, double.Parse(await File.ReadAllTextAsync(path + GainExtension, cancellation), CultureInfo.InvariantCulture));
    }

    /// <summary>Sources in one archive, not compressed further.</summary>
    /// <exception cref="Problem">429 where the user waits for too many files, 507 where there is no room for it.</exception>
    public async Task<string> ZipAsync(string user, IReadOnlyList<Source> sources, TrackRecord track, AudioContainer container, CancellationToken cancellation)
    {
        List<(string Name, string File)> parts = [];
        foreach (Source source in sources)
        {
            parts.Add(($"{source.Name}.{new AudioEncoding(container).Extension}", await SourceAsync(user, source, track, container, cancellation)));
        }

        string what = $"zip {container}\n{string.Join('\n', sources.Select(source => source.Url))}\n{Text(track.CurrentTags())}";
        Order order = new(user, sources[0], what, "zip", () => parts.Sum(part => new FileInfo(part.File).Length));
        return await MakeAsync(order, (path, stop) =>
        {
            using PendingFile pending = new(path);
            using (FileStream stream = new(pending.TemporaryPath, FileMode.CreateNew))
            using (ZipArchive archive = new(stream, ZipArchiveMode.Create))
            {
                foreach ((string name, string file) in parts)
                {
                    stop.ThrowIfCancellationRequested();
                    ZipArchiveEntry entry = archive.CreateEntry(name, CompressionLevel.NoCompression);
                    entry.LastWriteTime = File.GetLastWriteTimeUtc(file);
                    using Stream target = entry.Open();
                    using FileStream from = new(file, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
                    from.CopyTo(target);
                }
            }

            pending.Commit();
        }, cancellation);
    }

    public void Dispose() => _turns.Dispose();

    private static Dictionary<string, string> Tags(TrackRecord track, string stem)
    {
        Dictionary<string, string> tags = track.CurrentTags();
        tags["stem"] = stem;
        tags["comment"] = $"{stem}, separated by Descant";
        return tags;
    }

    private static string Text(Dictionary<string, string> tags) => string.Join('\n', tags.OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => $"{tag.Key}={tag.Value}"));

    private static float[][] Planar(int channels) => [.. Enumerable.Range(0, channels).Select(_ => new float[BlockSamples])];

    private static int Channels(IReadOnlyList<StemLevel> levels) => levels.All(level => level.Source.Channels == 1 && level.Pan == 0) ? 1 : 2;

    // A source that lies in the middle of a mono mix keeps its level: the mix of all stems is then the song again.
    private static void Mix(IReadOnlyList<StemLevel> levels, Action<float[][], int> sink)
    {
        bool isMono = Channels(levels) == 1;
        AudioReader[] readers = [.. levels.Select(level => AudioReader.Open(level.Source.File))];
        try
        {
            float[][] mix = Planar(isMono ? 1 : 2);
            float[][][] blocks = [.. levels.Select(level => Planar(level.Source.Channels))];
            int count;
            do
            {
                count = 0;
                foreach (float[] channel in mix)
                {
                    channel.AsSpan().Clear();
                }

                for (int i = 0; i < readers.Length; i++)
                {
                    int read = readers[i].Read(blocks[i], 0, BlockSamples);
                    count = Math.Max(count, read);
                    if (isMono)
                    {
                        for (int k = 0; k < read; k++)
                        {
                            mix[0][k] += (float)levels[i].Gain * blocks[i][0][k];
                        }
                    }
                    else
                    {
                        levels[i].AddTo(mix, blocks[i], read);
                    }
                }

                if (count > 0)
                {
                    sink(mix, count);
                }
            }
            while (count > 0);
        }
        finally
        {
            foreach (AudioReader reader in readers)
            {
                reader.Dispose();
            }
        }
    }

    // FLAC has no floats, and MP3 is given the most that its encoder takes.
    private static AudioWriter Writer(string path, AudioContainer container, int rate, int channels, SampleFormat format, Dictionary<string, string> tags) =>
        AudioWriter.Create(path, new AudioEncoding(container), rate, channels, format == SampleFormat.FloatingPoint32 && container != AudioContainer.Wav ? SampleFormat.Pcm24 : format, tags);

    private async Task<string> MakeAsync(Order order, Action<string, CancellationToken> make, CancellationToken cancellation)
    {
        if (order.Extension is "flac" or "mp3" && !ffmpeg.IsAvailable)
        {
            throw new Problem(StatusCodes.Status501NotImplemented, "no-ffmpeg", "Only wav is written here: the server lacks ffmpeg.");
        }

        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(order.What)));
        string path = Path.Combine(Path.GetDirectoryName(order.Beside.File)!, FolderName, $"{key}.{order.Extension}");
        string[] files = order.Companion is null ? [path] : [path, path + order.Companion];
        if (!files.All(File.Exists))
        {
            Making making = Join(path, files, order, make);
            try
            {
                await making.Work.WaitAsync(cancellation);
            }
            finally
            {
                Leave(path, making);
            }
        }

        foreach (string file in files)
        {
            File.SetLastAccessTimeUtc(file, time.GetUtcNow().UtcDateTime);
        }

        return path;
    }

    // Who asks for the same meanwhile waits for the same.
    private Making Join(string path, string[] files, Order order, Action<string, CancellationToken> make)
    {
        lock (_lock)
        {
            if (!_running.TryGetValue(path, out Making? making))
            {
                if (_running.Values.Count(other => other.User == order.User) >= options.Limits.QueuedRenders)
                {
                    throw new Problem(
                        StatusCodes.Status429TooManyRequests, "too-many-renders",
                        $"{options.Limits.QueuedRenders} files for downloading are being made for you already; try again when one is there.")
                    { RetryAfterSeconds = 10 };
                }

                CancellationTokenSource stop = new();
                making = new Making(order.User, stop, Task.Run(() => MakeInTurnAsync(path, files, order, make, stop)));
                _running.Add(path, making);
            }

            making.Waiting++;
            return making;
        }
    }

    // A file that nobody waits for any more is not made.
    private void Leave(string path, Making making)
    {
        lock (_lock)
        {
            if (--making.Waiting > 0)
            {
                return;
            }

            if (_running.GetValueOrDefault(path) == making)
            {
                _running.Remove(path);
            }
        }

        making.Stop.Cancel();
    }

    private async Task MakeInTurnAsync(string path, string[] files, Order order, Action<string, CancellationToken> make, CancellationTokenSource stop)
    {
        await _turns.WaitAsync(stop.Token);
        try
        {
            if (!files.All(File.Exists))
            {
                usage.CheckRoomForRender(order.User, order.MostBytes());

                // On a thread of its own: on a machine of two cores a render or two would leave no pool thread for requests.
                await Task.Factory.StartNew(() => make(path, stop.Token), stop.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            }
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw Problem.NotFound("stem any more");
        }
        finally
        {
            _turns.Release();
            lock (_lock)
            {
                if (_running.GetValueOrDefault(path)?.Stop == stop)
                {
                    _running.Remove(path);
                }
            }
        }
    }

    /// <summary>What is to be made.</summary>
    /// <param name="User">For whom.</param>
    /// <param name="Beside">The source in whose folder it is kept.</param>
    /// <param name="What">All that it depends on.</param>
    /// <param name="Extension">Its ending, without a dot.</param>
    /// <param name="MostBytes">What it takes at most.</param>
    /// <param name="Companion">What is appended to its name for a second file that belongs to it; null where there is none.</param>
    private sealed record Order(string User, Source Beside, string What, string Extension, Func<long> MostBytes, string? Companion = null);

    /// <summary>A file that is being made, or waits for its turn.</summary>
    private sealed class Making(string user, CancellationTokenSource stop, Task work)
    {
        public string User { get; } = user;

        /// <summary>Never disposed of: it has no timer, and somebody may be about to cancel it.</summary>
        public CancellationTokenSource Stop { get; } = stop;

        public Task Work { get; } = work;

        /// <summary>Requests that wait for it.</summary>
        public int Waiting { get; set; }
    }
}
