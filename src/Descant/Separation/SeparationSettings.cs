using Descant.Audio;

namespace Descant.Separation;

/// <summary>How songs are separated and stored; the defaults suit most.</summary>
public sealed record SeparationSettings
{
    /// <summary>Part of a segment that its neighbour covers too, from 0 to below 1.</summary>
    public double Overlap { get; init; } = 0.05;

    /// <summary>How many shifted separations are averaged: each costs the whole time again and may add a little quality.</summary>
    public int Shifts { get; init; } = 1;

    /// <summary>Iterations of the multichannel Wiener filter that all estimates pass through together; 0 for none.</summary>
    public int WienerIterations { get; init; }

    /// <summary>Whether the filter starts from the mixture, shared in the ratio of the estimates' magnitudes, instead of from those; without iterations, the shares are the result.</summary>
    public bool SharesMixture { get; init; }

    /// <summary>Segments that go through the network at once. With networks as large as those of our models more than one is not faster.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>The stems to write; null for all.</summary>
    public IReadOnlyList<string>? Stems { get; init; }

    /// <summary>Whether the stems sum to the mixture exactly: the last stem is then what the others leave of it.</summary>
    public bool MixtureConsistency { get; init; } = true;

    /// <summary>How samples are stored; null for the song's own depth (16 bits where it is lossy).</summary>
    public SampleFormat? Format { get; init; }

    /// <summary>The kind of file.</summary>
    public AudioEncoding Encoding { get; init; } = new(AudioContainer.Wav);

    /// <summary>The model's name for the stems' tags.</summary>
    public string? ModelName { get; init; }

    /// <summary>What happens in integer output where a stem exceeds full scale.</summary>
    public ClipPolicy Clip { get; init; } = ClipPolicy.CommonGain;

    /// <summary>Where in the song to start, in seconds.</summary>
    public double StartSeconds { get; init; }

    /// <summary>How much of the song to separate, in seconds; null for all.</summary>
    public double? DurationSeconds { get; init; }

    /// <summary>Whether only the 30 seconds with the most singing are separated.</summary>
    public bool IsPreview { get; init; }

    /// <summary>Which audio stream of the file, from 0.</summary>
    public int AudioStream { get; init; }

    /// <summary>Whether estimates need all others to be finished.</summary>
    internal bool JoinsEstimates => WienerIterations > 0 || SharesMixture;

    /// <summary>The format that keeps everything a song's samples hold.</summary>
    internal static SampleFormat NaturalFormat(AudioStreamProperties properties) =>
        properties.IsLossy ? SampleFormat.Pcm16
        : properties.IsFloat || properties.BitDepth > 24 ? SampleFormat.FloatingPoint32
        : properties.BitDepth > 16 ? SampleFormat.Pcm24
        : SampleFormat.Pcm16;
}
