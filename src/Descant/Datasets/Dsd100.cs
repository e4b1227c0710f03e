namespace Descant.Datasets;

/// <summary>DSD100: a hundred songs in four stems; the test half of SiSEC 2016.</summary>
/// <remarks>
/// A. Liutkus et al., "The 2016 Signal Separation Evaluation Campaign", LVA/ICA 2017. <c>Dev</c> trains, every tenth of its
/// songs by name validates, <c>Test</c> is evaluation. It shares songs with MUSDB18 in other roles: of its <c>Dev</c> songs some are
/// MUSDB18's test songs, which <see cref="MusdbTitles"/> keeps out of training, and some of its <c>Test</c> songs train there.
/// </remarks>
public static class Dsd100
{
    private static readonly string[] Parts = ["Dev", "Test"];
    private static readonly string[] Sources = [SourceNames.Vocals, SourceNames.Drums, SourceNames.Bass, SourceNames.Other];

    /// <summary>Licence and citation.</summary>
    public static DatasetCard Card { get; } = new(
        "dsd100",
        "DSD100",
        "education and research; per song",
        "Liutkus, Stöter, Rafii, Kitamura, Rivet, Ito, Ono, Fontecave, The 2016 Signal Separation Evaluation Campaign, LVA/ICA 2017",
        "Mixtures/{Dev,Test}/<nnn - Artist - Title>/mixture.wav, Sources/{Dev,Test}/<…>/{bass,drums,other,vocals}.wav",
        Published: 100);

    /// <summary>Whether the folder holds <c>Mixtures</c> and <c>Sources</c> with <c>Dev</c> or <c>Test</c>.</summary>
    public static bool Recognises(string root) => Parts.Any(part =>
        Directory.Exists(Path.Combine(root, "Sources", part)) && Directory.Exists(Path.Combine(root, "Mixtures", part)));

    /// <summary>Lists the songs with all their files, there or not: <see cref="DatasetEntry.Read"/> refuses missing ones.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static IReadOnlyList<Track> Read(string root)
    {
        List<Track> tracks = [];
        foreach (string part in Parts)
        {
            string[] titles = [.. AudioFiles.FoldersIn(Path.Combine(root, "Sources", part))
                .Concat(AudioFiles.FoldersIn(Path.Combine(root, "Mixtures", part)))
                .Select(folder => Path.GetFileName(folder)).Distinct().Order(StringComparer.Ordinal)];
            tracks.AddRange(titles.Select((title, place) => new Track
            {
                Name = $"{part}/{title}",
                Group = part,
                Split = part == "Test" ? Split.Evaluation : place % 10 == 9 ? Split.Validation : Split.Train,
                Licence = Card.Licence,
                Mixture = StemFiles.Promised(SourceNames.Mixture, Path.Combine(root, "Mixtures", part, title, "mixture.wav")),
                Stems = StemFiles.Promised(Path.Combine(root, "Sources", part, title), Sources),
                Rules = TrackRules.StereoSession,
            }));
        }

        return tracks.Count > 0
            ? tracks
            : throw new InvalidDataException($"{Card.Name}: expected {Card.Layout} below '{root}'; found no song.");
    }
}
