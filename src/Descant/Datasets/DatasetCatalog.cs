namespace Descant.Datasets;

/// <summary>Every data set that the toolkit reads. A new one is one file and one line here.</summary>
public static class DatasetCatalog
{
    /// <summary>The data sets, the more specific layouts first: the first that recognises a folder reads it.</summary>
    public static IReadOnlyList<DatasetEntry> Entries { get; } =
    [
        new(Corpus.Card, Corpus.Recognises, (root, _) => Corpus.Read(root)),
        new(Ikala.Card, Ikala.Recognises, (root, _) => Ikala.Read(root)) { Labels = Ikala.Labels },
        new(Mir1k.Card, Mir1k.Recognises, (root, _) => Mir1k.Read(root)) { Labels = Mir1k.Labels },
        new(MedleyDb.Card, MedleyDb.Recognises, MedleyDb.Read),
        new(Musdb18.Card, Musdb18.Recognises, (root, _) => Musdb18.Read(root)),
        new(Musdb18Hq.Card, Musdb18Hq.Recognises, (root, _) => Musdb18Hq.Read(root)),
        new(Dsd100.Card, Dsd100.Recognises, (root, _) => Dsd100.Read(root)),
        new(CcMixter.Card, CcMixter.Recognises, (root, _) => CcMixter.Read(root)),
        new(StemFolders.Card, StemFolders.Recognises, (root, _) => StemFolders.Read(root)),
    ];

    /// <summary>The data set of a name; capitals and punctuation do not count: <c>MUSDB18-HQ</c> is <c>musdb18hq</c>.</summary>
    /// <exception cref="ArgumentException">No data set has this name; the message lists those that exist.</exception>
    public static DatasetEntry Find(string name) =>
        Entries.FirstOrDefault(entry => Letters(entry.Card.Name) == Letters(name))
        ?? throw new ArgumentException(
            $"datasets: expected one of {string.Join(", ", Entries.Select(entry => entry.Card.Name))}; got '{name}'.");

    /// <summary>Lists the tracks below a folder, whose layout says which data set it is.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">No data set has this layout, or files are missing; the message names them.</exception>
    public static IReadOnlyList<Track> Read(string root) => Read(root, new DatasetOptions());

    /// <summary>The same, with a choice for sets that can be read in more than one way.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">No data set has this layout, or files are missing; the message names them.</exception>
    public static IReadOnlyList<Track> Read(string root, DatasetOptions options) => Recognise(root).Read(root, options);

    /// <summary>The data set whose layout a folder has.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">No data set has this layout.</exception>
    public static DatasetEntry Recognise(string root)
    {
        if (!Directory.Exists(root))
        {
            throw new DirectoryNotFoundException($"datasets: no folder '{root}'; name one that holds a data set.");
        }

        DatasetEntry found = Entries.FirstOrDefault(entry => entry.Recognises(root)) ?? throw new InvalidDataException(
            $"datasets: '{root}' has none of the known layouts; expected one of: "
            + string.Join("; ", Entries.Select(entry => $"{entry.Card.Name} ({entry.Card.Layout})")) + ".");
        if (found.Card == StemFolders.Card && WholeOf(root) is { } whole)
        {
            throw new InvalidDataException(
                $"datasets: '{root}' is a part of the {whole.Set.Card.Title} in '{whole.Root}'; name that folder, so that its test songs stay apart.");
        }

        return found;
    }

    /// <summary>The data set that a folder is a part of: its songs would lose the roles that they have there.</summary>
    private static (DatasetEntry Set, string Root)? WholeOf(string part)
    {
        string folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(part)) + Path.DirectorySeparatorChar;
        string? above = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(folder));
        const int Levels = 2; // DSD100/Sources/Test
        for (int level = 0; level < Levels && above is not null; level++, above = Path.GetDirectoryName(above))
        {
            if (SetHolding(folder, above) is { } set)
            {
                return (set, above);
            }
        }

        return null;
    }

    private static DatasetEntry? SetHolding(string folder, string root)
    {
        try
        {
            DatasetEntry? set = Entries.FirstOrDefault(entry => entry.Card != StemFolders.Card && entry.Recognises(root));
            return set?.Read(root, new DatasetOptions()).SelectMany(track => track.Stems)
                .Any(stem => stem.Path.StartsWith(folder, StringComparison.Ordinal)) == true ? set : null;
        }
        catch (Exception error) when (error is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            return null; // not to be read, or only similar to a set
        }
    }

    private static string Letters(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit)).ToLowerInvariant();
}
