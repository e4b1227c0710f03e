namespace Descant.Datasets;

/// <summary>The songs of MUSDB18's <c>train</c> folder that validate (musdb's <c>mus.yaml</c>), and its splits by folder.</summary>
internal static class MusdbTitles
{
    private static readonly HashSet<string> Validation = new(StringComparer.Ordinal)
    {
        "Actions - One Minute Smile",
        "Clara Berry And Wooldog - Waltz For My Victims",
        "Johnny Lokke - Promises & Lies",
        "Patrick Talbot - A Reason To Leave",
        "Triviul - Angelsaint",
        "Alexander Ross - Goodbye Bolero",
        "Fergessen - Nos Palpitants",
        "Leaf - Summerghost",
        "Skelpolu - Human Mistakes",
        "Young Griffo - Pennies",
        "ANiMAL - Rockshow",
        "James May - On The Line",
        "Meaxic - Take A Step",
        "Traffic Experiment - Sirens",
    };

    /// <summary>The two folders of the data set.</summary>
    public static IReadOnlyList<string> Folders { get; } = ["train", "test"];

    /// <summary>Whether a title is one of those that tell MUSDB18 from other sets of the same layout.</summary>
    public static bool Validates(string title) => Validation.Contains(title);

    /// <summary>What a song may be used for.</summary>
    public static Split SplitOf(string folder, string title) =>
        folder == "test" ? Split.Evaluation : Validation.Contains(title) ? Split.Validation : Split.Train;
}
