namespace Descant.Evaluation;

/// <summary>A song or clip to score: which file answers to which.</summary>
public sealed record EvaluationItem
{
    /// <summary>Name: the folder relative to the data set.</summary>
    public required string Name { get; init; }

    /// <summary>The sources to score, in the order of the output.</summary>
    public required IReadOnlyList<SourceFiles> Sources { get; init; }

    /// <summary>Files whose sum is the mixture; empty where the sum of the references is.</summary>
    public IReadOnlyList<string> Mixture { get; init; } = [];
}
