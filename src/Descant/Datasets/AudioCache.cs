using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Descant.Audio;
using Descant.Dsp;

namespace Descant.Datasets;

/// <summary>A folder of decoded audio: each file is decoded and resampled once, then mapped into memory.</summary>
/// <remarks>
/// The key is the file's content, the sample rate and the way of decoding: a file that changes is decoded again, one that is moved,
/// copied or unpacked again is not. So that contents are not read each time, a note keeps each one's hash under the end of the path
/// (its name and two folders), the size and the time of change. Files appear whole or not at all: they are written beside their place and renamed.
/// Nothing is ever removed; the folder may be deleted at any time when nothing runs.
/// </remarks>
public sealed class AudioCache : IDisposable
{
    /// <summary>Changes whenever decoding changes, so that old entries are not taken for new ones.</summary>
    private const string Decoding = "2";

    private readonly string _folder;
    private readonly ConcurrentDictionary<(string Path, int Stream), Lazy<CachedAudio>> _open = [];

    /// <param name="folder">Where the decoded files lie; made when absent. Best outside the repository.</param>
    /// <param name="sampleRate">Rate of everything that is read, in Hz.</param>
    public AudioCache(string folder, int sampleRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        _folder = Path.GetFullPath(folder);
        SampleRate = sampleRate;
        Directory.CreateDirectory(_folder);
    }

    /// <summary>The folder used when none is named: <c>~/.cache/descant</c>, or below <c>XDG_CACHE_HOME</c> where that is set.</summary>
    public static string DefaultFolder
    {
        get
        {
            string? configured = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
            string root = string.IsNullOrEmpty(configured)
                ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
                : configured;
            return Path.Combine(root, "descant");
        }
    }

    /// <summary>Rate of everything that is read, in Hz.</summary>
    public int SampleRate { get; }

    /// <summary>The decoded form of a file, decoding it first when it is not here yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="audioStream">Which audio stream of it, from 0.</param>
    /// <exception cref="InvalidDataException">The file cannot be decoded, is cut off, is empty or holds samples that are no numbers.</exception>
    public CachedAudio Open(string path, int audioStream = 0) => _open.GetOrAdd(
        (Path.GetFullPath(path), audioStream),
        file => new Lazy<CachedAudio>(() => CachedAudio.Open(Decoded(file.Path, file.Stream)))).Value;

    /// <summary>Decodes all files that are not here yet.</summary>
    /// <param name="stems">The stems whose files are wanted; repetitions count once.</param>
    /// <param name="workers">Files decoded at the same time, at least 1.</param>
    /// <param name="progress">Told how many files of how many are done; may be null.</param>
    /// <param name="cancellation">Ends between two files; what is decoded stays.</param>
    /// <exception cref="ArgumentException"><paramref name="workers"/> is below 1.</exception>
    /// <exception cref="InvalidDataException">A file cannot be decoded; the message names it.</exception>
    public void Fill(
        IEnumerable<Stem> stems, int workers, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        if (workers < 1)
        {
            throw new ArgumentException($"workers: expected 1 or more, got {workers}", nameof(workers));
        }

        const int MostOfQuery = 512; // what a parallel query takes
        ParallelQuery<(string Path, int Stream)> files = stems.Select(stem => (Path.GetFullPath(stem.Path), stem.AudioStream)).Distinct()
            .AsParallel().AsOrdered().WithDegreeOfParallelism(Math.Min(workers, MostOfQuery)).WithCancellation(cancellation);
        int done = 0;
        try
        {
            (string Path, int Stream)[] missing = [.. files.Where(file => !File.Exists(PlaceOf(file.Path, file.Stream)))];
            Parallel.ForEach(
                missing,
                new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellation },
                file =>
                {
                    Decoded(file.Path, file.Stream);
                    progress?.Invoke(Interlocked.Increment(ref done), missing.Length);
                });
        }
        catch (AggregateException failures) when (failures.InnerExceptions.OfType<InvalidDataException>().Any())
        {
            throw failures.InnerExceptions.OfType<InvalidDataException>().First();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Lazy<CachedAudio> audio in _open.Values.Where(audio => audio.IsValueCreated))
        {
            audio.Value.Dispose();
        }
    }

    private string Decoded(string path, int stream)
    {
        string place = PlaceOf(path, stream);
        if (File.Exists(place))
        {
            return place;
        }

        AudioClip clip = Whole(path, stream);
        if (clip.Channels.Length > 2)
        {
            throw new InvalidDataException($"'{path}' has {clip.Channels.Length} channels; expected 1 or 2. Mix it down first.");
        }

        if (clip.Samples == 0)
        {
            throw new InvalidDataException($"'{path}' holds no audio; remove it or replace it.");
        }

        foreach (float[] channel in clip.Channels)
        {
            int bad = Array.FindIndex(channel, sample => !float.IsFinite(sample));
            if (bad >= 0)
            {
                throw new InvalidDataException(
                    $"'{path}' holds {channel[bad]} at sample {bad}; samples must be finite numbers. Export the file again.");
            }
        }

        float[][] channels = Resampler.Convert(clip.Channels, clip.SampleRate, SampleRate);
        Appear(place, written => CachedAudio.Write(written, SampleRate, channels, (clip.SampleRate, clip.Samples)));
        return place;
    }

    /// <summary>A file to its end. What is left of one that was cut off decodes without an error, but not without a warning.</summary>
    private static AudioClip Whole(string path, int stream)
    {
        using AudioReader reader = AudioReader.Open(path, stream);
        AudioClip clip = AudioClip.ReadToEnd(reader);
        return reader.Warnings.Count == 0 ? clip : throw new InvalidDataException($"{reader.Warnings[0]}; replace the file");
    }

    private static void Appear(string place, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        string part = $"{place}.{Environment.ProcessId}.{Environment.CurrentManagedThreadId}.part";
        try
        {
            using (FileStream written = new(part, FileMode.Create, FileAccess.Write))
            {
                write(written);
            }

            File.Move(part, place, overwrite: true);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private string PlaceOf(string path, int stream)
    {
        FileInfo file = new(path);
        if (!file.Exists)
        {
            throw new InvalidDataException($"'{path}' is missing.");
        }

        string end = string.Join('/', file.FullName.Split(Path.DirectorySeparatorChar)[^Math.Min(3, Depth(file))..]);
        string note = Place(string.Create(CultureInfo.InvariantCulture, $"{end}\n{file.Length}\n{file.LastWriteTimeUtc.Ticks}"), ".content");
        byte[] content = File.Exists(note) ? File.ReadAllBytes(note) : [];
        if (content.Length != SHA256.HashSizeInBytes)
        {
            using FileStream whole = file.OpenRead();
            content = SHA256.HashData(whole);
            Appear(note, written => written.Write(content));
        }

        return Place(
            string.Create(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(content)}\n{SampleRate}\n{Decoding}{(stream == 0 ? string.Empty : $"\n{stream}")}"),
            ".pcm");
    }

    private string Place(string key, string extension)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)))[..32];
        return Path.Combine(_folder, hash[..2], hash[2..] + extension);
    }

    private static int Depth(FileInfo file) => file.FullName.Count(letter => letter == Path.DirectorySeparatorChar);
}
