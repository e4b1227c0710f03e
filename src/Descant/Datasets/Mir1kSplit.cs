namespace Descant.Datasets;

/// <summary>Who sings for what in MIR-1K.</summary>
public enum Mir1kSplit
{
    /// <summary>This project's: <c>bug</c>, <c>heycat</c>, <c>annar</c> are evaluation, <c>stool</c> and <c>titon</c> validation, the rest trains.</summary>
    Product,

    /// <summary>The customary one of the literature: <c>abjones</c> and <c>amy</c> train, everybody else is evaluation.</summary>
    Customary,
}
