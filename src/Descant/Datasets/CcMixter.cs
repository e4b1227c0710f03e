namespace Descant.Datasets;

/// <summary>The ccMixter set: fifty songs in vocals and instrumental.</summary>
/// <remarks>
/// A. Liutkus, D. Fitzgerald, Z. Rafii, "Scalable audio separation with light kernel additive modelling", ICASSP 2015.
/// <c>source-01</c> is the instrumental, <c>source-02</c> the voice; files have one or two channels. Every tenth song by
/// name validates.
/// </remarks>
public static class CcMixter
{
    /// <summary>Licence and citation.</summary>
    public static DatasetCard Card { get; } = new(
        "ccmixter",
        "ccMixter",
        "Creative Commons, per song, some non-commercial",
        "Liutkus, Fitzgerald, Rafii, Scalable audio separation with light kernel additive modelling, ICASSP 2015",
        "<Artist>_-_<Title>/{mix,source-01,source-02}.wav",
        Published: 50);

    /// <summary>Whether some folder below the root holds <c>source-01</c> or <c>source-02</c>.</summary>
    public static bool Recognises(string root) => Songs(root).Any();

    /// <summary>Lists the songs with all their files, there or not: <see cref="DatasetEntry.Read"/> refuses missing ones.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static IReadOnlyList<Track> Read(string root)
    {
        Track[] tracks = [.. Songs(root).Select((song, place) => new Track
        {
            Name = Path.GetFileName(song),
            Group = Card.Name,
            Split = place % 10 == 9 ? Split.Validation : Split.Train,
            Licence = Card.Licence,
            Mixture = StemFiles.Promised(SourceNames.Mixture, Path.Combine(song, "mix.wav")),
            Stems =
            [
                StemFiles.Promised(SourceNames.Vocals, Path.Combine(song, "source-02.wav")),
                StemFiles.Promised(SourceNames.Accompaniment, Path.Combine(song, "source-01.wav")),
            ],
            Rules = new TrackRules { SampleRate = 44100, EqualLengths = true },
        })];
        return tracks.Length > 0
            ? tracks
            : throw new InvalidDataException($"{Card.Name}: expected {Card.Layout} below '{root}'; found no song.");
    }

    private static IEnumerable<string> Songs(string root) => AudioFiles.FoldersIn(root).Where(song =>
        File.Exists(Path.Combine(song, "source-01.wav")) || File.Exists(Path.Combine(song, "source-02.wav")));
}
