namespace Descant.Evaluation;

/// <summary>One metric of the catalogue.</summary>
public sealed class MetricEntry
{
    internal MetricEntry(string name, string title, int leastSources, string[] scores, Func<ItemContext, IItemMetric> create)
    {
        Name = name;
        Title = title;
        LeastSources = leastSources;
        Scores = scores;
        Create = create;
    }

    /// <summary>Name on the command line and in files.</summary>
    public string Name { get; }

    /// <summary>What it is, in one line.</summary>
    public string Title { get; }

    /// <summary>How many references it needs.</summary>
    public int LeastSources { get; }

    /// <summary>The scores that it gives; the first is the one to rank by.</summary>
    public IReadOnlyList<string> Scores { get; }

    /// <summary>Whether larger scores are better.</summary>
    public bool HigherIsBetter { get; internal init; } = true;

    /// <summary>Starts the metric's family on an item: metrics that share a delegate share the work.</summary>
    internal Func<ItemContext, IItemMetric> Create { get; }
}
