namespace Descant.Evaluation;

/// <summary>
/// Scores over the frames in which a source's reference lies less than 60 dB below its loudest frame: lossy references are
/// never exactly silent, and their nearly silent frames drag a median to nonsense.
/// </summary>
public sealed class ActiveScores
{
    /// <summary>Frames that count.</summary>
    public required int Frames { get; init; }

    /// <summary>Frames with scores that were left out.</summary>
    public required int LeftOut { get; init; }

    /// <summary>Median over the frames that count, by score.</summary>
    public required Dictionary<string, double> Scores { get; init; }
}
