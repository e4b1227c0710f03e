namespace Descant.Separation;

/// <summary>Separates a batch of equally long windows.</summary>
/// <param name="mixtures">[batch, channels, window samples].</param>
/// <param name="estimates">[batch, sources, channels, window samples], to be filled.</param>
/// <param name="batch">Windows in the batch.</param>
public delegate void SegmentSeparation(ReadOnlySpan<float> mixtures, Span<float> estimates, int batch);

/// <summary>What separation knows about a network: its rate, channels, sources, window, and the function.</summary>
public sealed record SegmentNetwork
{
    /// <summary>Sample rate of mixtures and estimates, in Hz.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Channels of mixtures and estimates, 1 or 2.</summary>
    public required int Channels { get; init; }

    /// <summary>The sources it estimates, in the order of its outputs.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>What it sees at once, context included, in samples.</summary>
    public required int WindowSamples { get; init; }

    /// <summary>Samples at each end of a window whose estimates lack context and are not used.</summary>
    public required int ContextSamples { get; init; }

    /// <summary>The function.</summary>
    public required SegmentSeparation Separate { get; init; }
}
