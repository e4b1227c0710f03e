namespace Descant.Datasets;

/// <summary>A line of <see cref="DatasetCatalog"/>: how to recognise and how to read one data set.</summary>
/// <param name="Card">Name, licence, citation and layout.</param>
/// <param name="Recognises">Whether a folder has this data set's layout; looks at names only.</param>
/// <param name="List">Lists the tracks below a folder of that layout with every file that it promises, there or not; throws <see cref="InvalidDataException"/> where there is no track or what describes them cannot be read.</param>
public sealed record DatasetEntry(
    DatasetCard Card, Func<string, bool> Recognises, Func<string, DatasetOptions, IReadOnlyList<Track>> List)
{
    /// <summary>The same, with the songs that MUSDB18 tests or validates on kept out of training, in whatever set they come.</summary>
    public Func<string, DatasetOptions, IReadOnlyList<Track>> List { get; } =
        (root, options) => [.. List(root, options).Select(MusdbTitles.HeldBack)];

    /// <summary>The singing labels of a track below a root, of data sets that have some: they tell which channel sings.</summary>
    public Func<string, Track, VoiceLabels?>? Labels { get; init; }

    /// <summary>Lists the tracks below a folder, all of whose files are there.</summary>
    /// <exception cref="InvalidDataException">As for <see cref="List"/>, or files are missing: names the first and says how many.</exception>
    public IReadOnlyList<Track> Read(string root, DatasetOptions options) => StemFiles.Complete(Card.Name, List(root, options));
}
