namespace Descant.Datasets;

/// <summary>A stem as MedleyDB's metadata describe it.</summary>
/// <param name="Number">1 for <c>S01</c>.</param>
/// <param name="File">Name of the file in the song's stem folder.</param>
/// <param name="Instruments">One label, or several for stems recorded together.</param>
internal sealed record MedleyDbStem(int Number, string File, IReadOnlyList<string> Instruments)
{
    // MedleyDB's vocal labels (resources/taxonomy.yaml), with those of choirs and screamers; "crowd" is no voice of the song.
    private static readonly HashSet<string> Voices = new(StringComparer.Ordinal)
    {
        "male singer", "female singer", "male speaker", "female speaker", "male rapper", "female rapper",
        "male screamer", "female screamer", "vocalists", "choir", "beatboxing",
    };

    /// <summary>Whether voices and instruments were recorded together.</summary>
    public bool IsMixed => Instruments.Any(Voices.Contains) && !Instruments.All(Voices.Contains);

    /// <summary>Whether the stem counts as vocals.</summary>
    public bool Sings(VocalRule rule)
    {
        if (rule == VocalRule.Taxonomy)
        {
            return Instruments.Any(Voices.Contains);
        }

        string joined = string.Concat(Instruments);
        return joined.Contains("male", StringComparison.Ordinal) || joined.IndexOf("singer", StringComparison.Ordinal) > 0;
    }
}
