namespace Descant.Evaluation;

/// <summary>Scores of one source window by window.</summary>
public sealed class FrameScores
{
    /// <summary>Start of each window in seconds.</summary>
    public required double[] Time { get; init; }

    /// <summary>Length of a window in seconds.</summary>
    public required double Duration { get; init; }

    /// <summary>Scores of each window by name (SDR, ISR, SIR, SAR); NaN where a window has none.</summary>
    public required Dictionary<string, double[]> Scores { get; init; }
}
