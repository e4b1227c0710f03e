namespace Descant.Metrics.BssEval;

/// <summary>An estimate to be scored against a reference.</summary>
/// <param name="Source">Number of the reference.</param>
/// <param name="Estimate">Number of the estimate.</param>
internal readonly record struct SourcePair(int Source, int Estimate);
