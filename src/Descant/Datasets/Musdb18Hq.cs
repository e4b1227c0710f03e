namespace Descant.Datasets;

/// <summary>MUSDB18-HQ, and MUSDB18 decoded into folders: five uncompressed files a song.</summary>
/// <remarks>
/// Z. Rafii et al., "MUSDB18-HQ", 2019. The accompaniment is drums + bass + other. Users' own songs often lie in the same
/// folders: by itself a folder counts as this set only where it holds one of the songs that musdb validates on.
/// </remarks>
public static class Musdb18Hq
{
    private static readonly string[] Sources = [SourceNames.Vocals, SourceNames.Drums, SourceNames.Bass, SourceNames.Other];

    /// <summary>Licence and citation.</summary>
    public static DatasetCard Card { get; } = new(
        "musdb18-hq",
        "MUSDB18-HQ",
        "education and research; most songs CC-BY-NC-SA",
        "Rafii, Liutkus, Stöter, Mimilakis, Bittner, MUSDB18-HQ, 2019, doi:10.5281/zenodo.3338373",
        "{train,test}/<Artist - Title>/{mixture,drums,bass,other,vocals}.wav",
        Published: 150);

    /// <summary>Whether <c>train</c> holds the folder of a song that musdb validates on.</summary>
    public static bool Recognises(string root) =>
        AudioFiles.FoldersIn(Path.Combine(root, "train")).Any(song => MusdbTitles.Validates(Path.GetFileName(song)) && AudioFiles.In(song).Count > 0);

    /// <summary>Lists the songs with all their files, there or not: <see cref="DatasetEntry.Read"/> refuses missing ones.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static IReadOnlyList<Track> Read(string root)
    {
        Track[] tracks =
        [
            .. from folder in MusdbTitles.Folders
               from song in AudioFiles.FoldersIn(Path.Combine(root, folder))
               let title = Path.GetFileName(song)
               select new Track
               {
                   Name = $"{folder}/{title}",
                   Group = folder,
                   Split = MusdbTitles.SplitOf(folder, title),
                   Licence = Card.Licence,
                   Mixture = StemFiles.Promised(SourceNames.Mixture, Path.Combine(song, "mixture.wav")),
                   Stems = StemFiles.Promised(song, Sources),
                   Rules = TrackRules.StereoSession,
               },
        ];
        return tracks.Length > 0
            ? tracks
            : throw new InvalidDataException($"{Card.Name}: expected {Card.Layout} below '{root}'; found no song.");
    }
}
