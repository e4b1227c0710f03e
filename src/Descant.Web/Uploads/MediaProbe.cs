using Descant.Audio;
using Descant.Separation;
using Descant.Web.Library;

namespace Descant.Web.Uploads;

/// <summary>Looks at an uploaded file: whether it is a recording that is accepted, and what its tags say.</summary>
internal sealed class MediaProbe(BoundedFfmpeg ffmpeg, ServerOptions options)
{
    /// <summary>Rates that browsers play (Web Audio §1.11): others are converted.</summary>
    private const int LowestRate = 8000;
    private const int HighestRate = 96000;
    private const int UsualRate = 48000;
    private const int MostChannels = 32;
    private const int StartBytes = 4096;
    private const int TagCharacters = 300;
    private static readonly string[] s_carriedTags = ["album_artist", "date", "track", "genre"];

    /// <summary>Describes a file.</summary>
    /// <exception cref="Problem">It is refused.</exception>
    public async Task<TrackRecord> DescribeAsync(string path, string id, UploadView upload, DateTimeOffset now, CancellationToken cancellation)
    {
        byte[] start = new byte[StartBytes];
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1))
        {
            start = start[..stream.ReadAtLeast(start, StartBytes, throwOnEndOfStream: false)];
        }

        if (start.Length == 0)
        {
            throw BoundedFfmpeg.Unsupported("it is empty");
        }

        if (MediaType.Other(start) is { } other)
        {
            throw BoundedFfmpeg.Unsupported($"it is {other}, not a recording");
        }

        AudioStreamProperties properties = OpenWav(path, start)?.Properties ?? (ffmpeg.IsAvailable
            ? await ffmpeg.ProbeAsync(path, cancellation)
            : throw new Problem(StatusCodes.Status501NotImplemented, "no-ffmpeg", "Only WAV files are read here: the server lacks ffmpeg."));
        if (properties.Channels > MostChannels)
        {
            throw BoundedFfmpeg.Unsupported($"it has {properties.Channels} channels, at most {MostChannels} are read");
        }

        if (properties.EstimatedSamples / (double)properties.SampleRate > options.Limits.DurationSeconds)
        {
            throw TooLong(options.Limits);
        }

        bool isUsual = properties.SampleRate is >= LowestRate and <= HighestRate;
        int rate = isUsual ? properties.SampleRate : UsualRate;
        string name = upload.Name;
        string stem = Path.GetFileNameWithoutExtension(name);
        return new TrackRecord
        {
            Id = id,
            UploadId = upload.Id,
            Name = name,
            Title = Tag("title") ?? (stem.Length > 0 ? stem : name),
            Artist = Tag("artist"),
            Album = Tag("album"),
            Created = now,
            Expires = now + options.Keep,
            Codec = properties.Codec,
            IsLossy = properties.IsLossy,
            SampleRate = rate,
            Channels = Math.Min(properties.Channels, 2),
            ClaimedSamples = properties.EstimatedSamples * rate / properties.SampleRate,
            Format = SeparationSettings.NaturalFormat(properties),
            Tags = s_carriedTags.Select(key => (key, Tag(key))).Where(pair => pair.Item2 is not null).ToDictionary(pair => pair.key, pair => pair.Item2!),
        };

        string? Tag(string key) => properties.Tags.TryGetValue(key, out string? value) && Clean(value) is { Length: > 0 } text ? text : null;
    }

    /// <summary>A reader where the file is WAV that needs no conversion beyond what we do ourselves; else null.</summary>
    public static WavReader? OpenWav(string path, ReadOnlySpan<byte> start)
    {
        if (!MediaType.IsWav(start))
        {
            return null;
        }

        FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1);
        try
        {
            WavReader reader = WavReader.Open(stream, "the file");
            if (reader.Properties is { Channels: <= 2, SampleRate: >= LowestRate and <= HighestRate })
            {
                return reader;
            }
        }
        catch (InvalidDataException)
        {
            // Compressed WAV, or damage that ffmpeg may read around.
        }

        stream.Dispose();
        return null;
    }

    public static Problem TooLong(Limits limits) =>
        new(StatusCodes.Status422UnprocessableEntity, "too-long", $"The recording is longer than {limits.DurationSeconds / 60:0.#} minutes, the most that this server takes.");

    /// <summary>Text of strangers as one line of bounded length.</summary>
    public static string Clean(string text)
    {
        string line = AudioReader.OneLine(text);
        return line.Length <= TagCharacters ? line : line[..TagCharacters];
    }
}
