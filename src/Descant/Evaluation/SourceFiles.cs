namespace Descant.Evaluation;

/// <summary>The files of one source.</summary>
/// <param name="Name">Name of the source.</param>
/// <param name="References">Files whose sum is the reference: one, or the stems that an accompaniment is made of.</param>
/// <param name="Estimate">The file with the estimate.</param>
public sealed record SourceFiles(string Name, IReadOnlyList<string> References, string Estimate);
