namespace Descant.Datasets;

/// <summary>The names under which sources are filed, the same in data sets, recipes, networks and file names.</summary>
public static class SourceNames
{
    /// <summary>All singing and speech.</summary>
    public const string Vocals = "vocals";

    /// <summary>Everything that is not vocals.</summary>
    public const string Accompaniment = "accompaniment";

    /// <summary>Drums and percussion.</summary>
    public const string Drums = "drums";

    /// <summary>Bass guitar, double bass, synthetic bass.</summary>
    public const string Bass = "bass";

    /// <summary>What is neither vocals nor drums nor bass.</summary>
    public const string Other = "other";

    /// <summary>What a mixture holds beside one source, by name.</summary>
    public static string RestOf(string source) => source switch
    {
        Vocals => Accompaniment,
        Accompaniment => Vocals,
        _ => "no_" + source,
    };

    /// <summary>The sum of all sources; a file of this name is never a source.</summary>
    public const string Mixture = "mixture";
}
