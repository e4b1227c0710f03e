namespace Descant.Evaluation;

/// <summary>A way to make one number of many, as some part of the literature does it.</summary>
/// <param name="Name">Short name, for files and tables.</param>
/// <param name="Meaning">What is done, in one line.</param>
public sealed record AggregateDefinition(string Name, string Meaning);
