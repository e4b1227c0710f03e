namespace Descant.Datasets;

/// <summary>The ccMixter set: fifty songs in vocals and instrumental.</summary>
/// <remarks>
/// A. Liutkus, D. Fitzgerald, Z. Rafii, "Scalable audio separation with light kernel additive modelling", ICASSP 2015.
/// <c>source-01</c> is the instrumental, <c>source-02</c> the voice; files have one or two channels. S2 §III splits its fifty songs
/// 30/10/10 without naming them: here they are sorted by name and shuffled by Python's <c>random.Random(42).shuffle</c>, the first
/// thirty train, the next ten validate, the last ten evaluate. Of another number every fifth validates and every fifth evaluates.
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

    private const int Whole = 50;
    private static readonly int[] s_validation = [2, 13, 27, 32, 36, 37, 44, 46, 47, 49];
    private static readonly int[] s_evaluation = [1, 5, 6, 7, 8, 14, 15, 17, 34, 40];

    /// <summary>Whether some folder below the root holds <c>source-01</c> or <c>source-02</c>.</summary>
    public static bool Recognises(string root) => Songs(root).Any();

    /// <summary>Lists the songs with all their files, there or not: <see cref="DatasetEntry.Read"/> refuses missing ones.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static IReadOnlyList<Track> Read(string root)
    {
        string[] songs = [.. Songs(root)];
        Track[] tracks = [.. songs.Select((song, place) => new Track
        {
            Name = Path.GetFileName(song),
            Group = Card.Name,
            Split = SplitOf(place, songs.Length),
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

    private static Split SplitOf(int place, int songs)
    {
        (bool validates, bool evaluates) = songs == Whole
            ? (s_validation.Contains(place), s_evaluation.Contains(place))
            : (place % 5 == 3, place % 5 == 4);
        return validates ? Split.Validation : evaluates ? Split.Evaluation : Split.Train;
    }

    private static IEnumerable<string> Songs(string root) => AudioFiles.FoldersIn(root).Where(song =>
        File.Exists(Path.Combine(song, "source-01.wav")) || File.Exists(Path.Combine(song, "source-02.wav")));
}
