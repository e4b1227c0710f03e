using Descant.Audio;

namespace Descant.Web.Library;

/// <summary>Why something failed, for people and for programs.</summary>
internal sealed record Failure(string Code, string Detail);

/// <summary><c>track.json</c>: what a track is called, and what its file claimed. Written when the upload is finished, replaced when it is renamed.</summary>
internal sealed record TrackRecord
{
    public required string Id { get; init; }

    /// <summary>The upload that it came from.</summary>
    public required string UploadId { get; init; }

    /// <summary>The uploaded file's name, for showing only.</summary>
    public required string Name { get; init; }

    public required string Title { get; init; }

    public string? Artist { get; init; }

    public string? Album { get; init; }

    public required DateTimeOffset Created { get; init; }

    public DateTimeOffset? Expires { get; init; }

    public required string Codec { get; init; }

    public required bool IsLossy { get; init; }

    public required int SampleRate { get; init; }

    public required int Channels { get; init; }

    /// <summary>Samples of each channel as the file claims them.</summary>
    public long? ClaimedSamples { get; init; }

    /// <summary>How stems are stored: the song's own depth, 16 bits where it is lossy.</summary>
    public required SampleFormat Format { get; init; }

    /// <summary>Other tags that stems carry on.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = new Dictionary<string, string>();

    /// <summary>The tags that files made from the track get.</summary>
    public Dictionary<string, string> CurrentTags()
    {
        Dictionary<string, string> tags = new(Tags) { ["title"] = Title };
        Set("artist", Artist);
        Set("album", Album);
        return tags;

        void Set(string key, string? value)
        {
            tags.Remove(key);
            if (!string.IsNullOrEmpty(value))
            {
                tags[key] = value;
            }
        }
    }
}

/// <summary><c>audio.json</c>: what became of decoding a track. Written once.</summary>
internal sealed record AudioRecord
{
    public Failure? Problem { get; init; }

    public long Samples { get; init; }

    public int SampleRate { get; init; }

    public int Channels { get; init; }

    public long Bytes { get; init; }
}

/// <summary>A signal on disk that can be drawn, played and downloaded: a WAV file of ours and its peaks.</summary>
internal sealed record Source(string Name, string Url, string File, long Samples, int SampleRate, int Channels)
{
    public const string Mixture = "mixture";

    public string PeaksFile => Path.ChangeExtension(File, ".peaks");
}
