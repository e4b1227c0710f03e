namespace Descant.Evaluation;

/// <summary>Everything that was measured on one item (a song or clip).</summary>
public sealed class ItemScores
{
    /// <summary>Name of the item: its folder, relative to the data set.</summary>
    public required string Name { get; init; }

    /// <summary>Names of the sources that were scored.</summary>
    public required IReadOnlyList<string> Sources { get; init; }

    /// <summary>Samples per second.</summary>
    public required int SampleRate { get; init; }

    /// <summary>Channels of each source.</summary>
    public required int Channels { get; init; }

    /// <summary>Samples of each channel.</summary>
    public required long Samples { get; init; }

    /// <summary>The scores: <c>Metrics[metric][source][score]</c>.</summary>
    public Dictionary<string, Dictionary<string, Dictionary<string, double>>> Metrics { get; init; } = [];

    /// <summary>Scores window by window: <c>Frames[metric][source]</c>.</summary>
    public Dictionary<string, Dictionary<string, FrameScores>> Frames { get; init; } = [];

    /// <summary>Medians over the active frames: <c>Active[metric][source]</c>.</summary>
    public Dictionary<string, Dictionary<string, ActiveScores>> Active { get; init; } = [];

    /// <summary>Windows left unscored because something is silent in them, by metric.</summary>
    public Dictionary<string, int> SilentFrames { get; init; } = [];

    /// <summary>Which estimate was taken for a source, where permutation was asked for: <c>Permutations[metric][source]</c>.</summary>
    public Dictionary<string, Dictionary<string, string>> Permutations { get; init; } = [];

    /// <summary>What a reader of the scores must know, one line each.</summary>
    public List<string> Notes { get; init; } = [];

    /// <summary>Metrics that could not be computed and why, one line each.</summary>
    internal List<string> Unscored { get; } = [];

    /// <summary>Length in seconds.</summary>
    public double Seconds => Samples / (double)SampleRate;

    /// <summary>The folder above the item, where a data set has one (subset, singer); empty otherwise.</summary>
    public string Group => Path.GetDirectoryName(Name)?.Replace('\\', '/') ?? string.Empty;

    /// <summary>One score, or null where it was not measured.</summary>
    public double? Find(string metric, string source, string score) =>
        Metrics.TryGetValue(metric, out Dictionary<string, Dictionary<string, double>>? sources)
        && sources.TryGetValue(source, out Dictionary<string, double>? scores)
        && scores.TryGetValue(score, out double value)
            ? value
            : null;

    /// <summary>Writes one score down.</summary>
    internal void Set(string metric, string source, string score, double value)
    {
        if (!Metrics.TryGetValue(metric, out Dictionary<string, Dictionary<string, double>>? sources))
        {
            Metrics[metric] = sources = [];
        }

        if (!sources.TryGetValue(source, out Dictionary<string, double>? scores))
        {
            sources[source] = scores = [];
        }

        scores[score] = value;
    }
}
