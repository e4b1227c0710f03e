namespace Descant.Datasets;

/// <summary>Every data set that the toolkit reads. A new one is one file and one line here.</summary>
public static class DatasetCatalog
{
    /// <summary>The data sets, the more specific layouts first: the first that recognises a folder reads it.</summary>
    public static IReadOnlyList<DatasetEntry> Entries { get; } =
    [
        new(Corpus.Card, Corpus.Recognises, Corpus.Read),
        new(Mir1k.Card, Mir1k.Recognises, root => Mir1k.Read(root)),
        new(StemFolders.Card, StemFolders.Recognises, StemFolders.Read),
    ];

    /// <summary>The data set of a name.</summary>
    /// <exception cref="ArgumentException">No data set has this name; the message lists those that exist.</exception>
    public static DatasetEntry Find(string name) =>
        Entries.FirstOrDefault(entry => entry.Card.Name == name)
        ?? throw new ArgumentException(
            $"datasets: expected one of {string.Join(", ", Entries.Select(entry => entry.Card.Name))}; got '{name}'.");

    /// <summary>Lists the tracks below a folder, whose layout says which data set it is.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">No data set has this layout, or files are missing; the message names them.</exception>
    public static IReadOnlyList<Track> Read(string root)
    {
        DatasetEntry entry = Recognise(root);
        return entry.Read(root);
    }

    /// <summary>The data set whose layout a folder has.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">No data set has this layout.</exception>
    public static DatasetEntry Recognise(string root)
    {
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException($"datasets: no folder '{root}'; name one that holds a data set.");
        }

        return Entries.FirstOrDefault(entry => entry.Recognises(root)) ?? throw new InvalidDataException(
            $"datasets: '{root}' has none of the known layouts; expected one of: "
            + string.Join("; ", Entries.Select(entry => $"{entry.Card.Name} ({entry.Card.Layout})")) + ".");
    }
}
