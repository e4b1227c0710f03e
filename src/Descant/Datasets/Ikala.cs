namespace Descant.Datasets;

/// <summary>iKala: clips of 30 s of Chinese pop, music in the left channel and voice in the right.</summary>
/// <remarks>
/// T.-S. Chan et al., "Vocal activity informed singing voice separation with the iKala dataset", ICASSP 2015. No longer
/// distributed. The set has no public split: the two songs that seed S0 scores (21035, 54189) are evaluation, every tenth
/// other song by number validates, so that verse and chorus of a song stay together.
/// </remarks>
public static class Ikala
{
    private const double LabelSeconds = 0.032;
    private static readonly string[] Evaluation = ["21035", "54189"];

    /// <summary>Licence and citation.</summary>
    public static DatasetCard Card { get; } = new(
        "ikala",
        "iKala",
        "research, by agreement; no longer distributed",
        "Chan, Yeh, Fan, Chen, Su, Yang, Jang, Vocal activity informed singing voice separation with the iKala dataset, ICASSP 2015",
        "Wavfile/<song>_{verse,chorus}.wav",
        Published: 252);

    /// <summary>Whether <c>Wavfile</c> holds clips named as in iKala.</summary>
    public static bool Recognises(string root) => AudioFiles.In(Path.Combine(root, "Wavfile")).Any(IsClip);

    /// <summary>Lists the clips.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static IReadOnlyList<Track> Read(string root)
    {
        string[] files = [.. AudioFiles.In(Path.Combine(root, "Wavfile")).Where(IsClip)];
        if (files.Length == 0)
        {
            throw new InvalidDataException($"{Card.Name}: expected {Card.Layout} below '{root}'; found no clip.");
        }

        string[] songs = [.. files.Select(SongOf).Where(song => !Evaluation.Contains(song)).Distinct()];
        return [.. files.Select(path => new Track
        {
            Name = Path.GetFileNameWithoutExtension(path),
            Group = Card.Name,
            Split = Evaluation.Contains(SongOf(path)) ? Split.Evaluation
                : Array.IndexOf(songs, SongOf(path)) % 10 == 9 ? Split.Validation : Split.Train,
            Licence = Card.Licence,
            Stems =
            [
                new Stem(SourceNames.Vocals, path, StemChannel.Right),
                new Stem(SourceNames.Accompaniment, path, StemChannel.Left),
            ],
            Rules = new TrackRules { SampleRate = 44100, Channels = 2 },
        })];
    }

    /// <summary>The singing labels of a clip: <c>PitchLabel/&lt;clip&gt;.pv</c>, a pitch every 32 ms, 0 where nobody sings.</summary>
    public static VoiceLabels? Labels(string root, Track track) =>
        VoiceLabels.Read(Path.Combine(root, "PitchLabel", track.Name + ".pv"), LabelSeconds, LabelSeconds / 2);

    private static string SongOf(string path) => Path.GetFileName(path).Split('_')[0];

    private static bool IsClip(string path)
    {
        string[] parts = Path.GetFileNameWithoutExtension(path).Split('_');
        return parts is [_, "verse" or "chorus"] && parts[0].All(char.IsAsciiDigit);
    }
}
