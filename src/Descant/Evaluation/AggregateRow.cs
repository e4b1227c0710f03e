namespace Descant.Evaluation;

/// <summary>One number over all items, with the definition that it follows.</summary>
/// <param name="Definition">Name of the definition, see <see cref="Aggregation.Definitions"/>.</param>
/// <param name="Metric">Catalogue name of the metric.</param>
/// <param name="Source">Name of the source.</param>
/// <param name="Score">Name of the score.</param>
/// <param name="Value">The number, in dB or the score's unit.</param>
/// <param name="Count">Frames or items that it was taken over.</param>
public sealed record AggregateRow(string Definition, string Metric, string Source, string Score, double Value, int Count);
