namespace Descant.Datasets;

/// <summary>A line of <see cref="DatasetCatalog"/>: how to recognise and how to read one data set.</summary>
/// <param name="Card">Name, licence, citation and layout.</param>
/// <param name="Recognises">Whether a folder has this data set's layout; looks at names only.</param>
/// <param name="Read">Lists the tracks below a folder of that layout; throws <see cref="InvalidDataException"/> naming what is missing.</param>
public sealed record DatasetEntry(
    DatasetCard Card, Func<string, bool> Recognises, Func<string, DatasetOptions, IReadOnlyList<Track>> Read)
{
    /// <summary>The same, with the songs that MUSDB18 tests or validates on kept out of training, in whatever set they come.</summary>
    public Func<string, DatasetOptions, IReadOnlyList<Track>> Read { get; } =
        (root, options) => [.. Read(root, options).Select(MusdbTitles.HeldBack)];

    /// <summary>The singing labels of a track below a root, of data sets that have some: they tell which channel sings.</summary>
    public Func<string, Track, VoiceLabels?>? Labels { get; init; }
}
