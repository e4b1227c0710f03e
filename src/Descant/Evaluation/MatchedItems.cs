namespace Descant.Evaluation;

/// <summary>What was found to score, and what does not fit together.</summary>
/// <param name="IsDataSet">Whether the folders hold folders of items, instead of being an item themselves.</param>
/// <param name="Items">Items with at least one matching source.</param>
/// <param name="Mismatches">Everything that has no counterpart, one line each.</param>
public sealed record MatchedItems(bool IsDataSet, IReadOnlyList<EvaluationItem> Items, IReadOnlyList<string> Mismatches);
