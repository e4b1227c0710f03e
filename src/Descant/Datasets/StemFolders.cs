namespace Descant.Datasets;

/// <summary>The users' own stems: one folder per song, one file per source, named after it.</summary>
/// <remarks>
/// Songs lie directly below the root or below <c>train</c>, <c>valid</c> (or <c>validation</c>) and <c>test</c> (or
/// <c>evaluation</c>). Without such folders every tenth song by name validates and the others train. An absent source is
/// silence; stems of unequal length end in silence; a file named <c>mixture</c> is not a source.
/// </remarks>
public static class StemFolders
{
    private static readonly (string Folder, Split Split)[] SplitFolders =
    [
        ("train", Split.Train),
        ("valid", Split.Validation),
        ("validation", Split.Validation),
        ("test", Split.Evaluation),
        ("evaluation", Split.Evaluation),
    ];

    /// <summary>Licence and citation.</summary>
    public static DatasetCard Card { get; } = new(
        "stems",
        "Your own stems",
        "yours",
        "none",
        "[train|valid|test/]<song>/<source>.wav");

    /// <summary>Whether some folder below the root holds a file named after a source.</summary>
    public static bool Recognises(string root) => Songs(root).Any();

    /// <summary>Lists the songs, in ordinal order of their names.</summary>
    /// <exception cref="InvalidDataException">There is no song, or a song has two files for one source.</exception>
    public static IReadOnlyList<Track> Read(string root)
    {
        (string Folder, Split? Split)[] songs = [.. Songs(root)];
        if (songs.Length == 0)
        {
            throw new InvalidDataException($"stems: expected {Card.Layout} below '{root}'; found no song.");
        }

        return [.. songs.Select((song, place) =>
        {
            List<Stem> stems = [.. Stems(song.Folder).Select(path => new Stem(Path.GetFileNameWithoutExtension(path), path))];
            IGrouping<string, Stem>? twice = stems.GroupBy(stem => stem.Source).FirstOrDefault(group => group.Count() > 1);
            if (twice is not null)
            {
                throw new InvalidDataException(
                    $"stems: '{song.Folder}' has {twice.Count()} files for the source '{twice.Key}'; keep one.");
            }

            string name = AudioFiles.FolderName(root, song.Folder);
            return new Track
            {
                Name = name,
                Group = name,
                Split = song.Split ?? (place % 10 == 9 ? Split.Validation : Split.Train),
                Licence = Card.Licence,
                IsOpen = true,
                Stems = stems,
                Rules = TrackRules.Own with { AbsenceIsSilence = true },
            };
        })];
    }

    private static IEnumerable<(string Folder, Split? Split)> Songs(string root)
    {
        bool split = false;
        foreach ((string folder, Split part) in SplitFolders)
        {
            foreach (string song in AudioFiles.FoldersIn(Path.Combine(root, folder)).Where(song => Stems(song).Any()))
            {
                split = true;
                yield return (song, part);
            }
        }

        if (!split)
        {
            foreach (string song in AudioFiles.FoldersIn(root).Where(song => Stems(song).Any()))
            {
                yield return (song, null);
            }
        }
    }

    private static IEnumerable<string> Stems(string song) =>
        AudioFiles.In(song).Where(path => Path.GetFileNameWithoutExtension(path) != SourceNames.Mixture);
}
