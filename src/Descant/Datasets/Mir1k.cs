namespace Descant.Datasets;

/// <summary>MIR-1K: clips of Chinese karaoke pop, accompaniment in the left channel and voice in the right.</summary>
/// <remarks>
/// Hsu and Jang, "On the Improvement of Singing Voice Separation for Monaural Recordings Using the MIR-1K Dataset",
/// IEEE TASLP 18(2), 2010. The channel order is the one that the data set's vocal/non-vocal labels confirm (some loaders
/// have it reversed). Files are named <c>singer_song_clip</c>, in 16 kHz: nothing lies above 8 kHz.
/// The singers <c>khair</c> and <c>yifen</c> are held back by this project and never train.
/// </remarks>
public static class Mir1k
{
    /// <summary>Half of the data set's 16 kHz.</summary>
    public const double BandwidthHz = 8000;

    private const double LabelSeconds = 0.02;
    private const string Licence = "research (no licence text)";

    private static readonly string[] ProductEvaluation = ["bug", "heycat", "annar", "khair", "yifen"];
    private static readonly string[] ProductValidation = ["stool", "titon"];
    private static readonly string[] CustomaryTrain = ["abjones", "amy"];

    /// <summary>Licence and citation.</summary>
    public static DatasetCard Card { get; } = new(
        "mir-1k",
        "MIR-1K",
        Licence,
        "Hsu and Jang, On the Improvement of Singing Voice Separation for Monaural Recordings Using the MIR-1K Dataset, "
        + "IEEE Transactions on Audio, Speech, and Language Processing 18(2), 2010",
        "Wavfile/<singer>_<song>_<clip>.wav",
        Published: 1000);

    /// <summary>Whether the folder holds <c>Wavfile</c> with clips named as in MIR-1K.</summary>
    public static bool Recognises(string root) =>
        AudioFiles.In(Path.Combine(root, "Wavfile")).Any(path => Path.GetFileName(path).Split('_').Length >= 3);

    /// <summary>Lists the clips, one track each.</summary>
    /// <param name="root">The folder that holds <c>Wavfile</c>.</param>
    /// <param name="split">Who trains and who tests.</param>
    /// <exception cref="InvalidDataException">There is no clip.</exception>
    public static IReadOnlyList<Track> Read(string root, Mir1kSplit split = Mir1kSplit.Product)
    {
        IReadOnlyList<string> files = AudioFiles.In(Path.Combine(root, "Wavfile"));
        if (files.Count == 0)
        {
            throw new InvalidDataException($"mir-1k: expected clips in '{Path.Combine(root, "Wavfile")}'; found none.");
        }

        return [.. files.Select(path =>
        {
            string name = Path.GetFileNameWithoutExtension(path);
            string singer = name.Split('_')[0];
            return new Track
            {
                Name = "mir-1k/" + name,
                Group = "mir-1k/" + singer,
                Split = SplitOf(singer, split),
                Licence = Licence,
                Stems =
                [
                    new Stem(SourceNames.Vocals, path, StemChannel.Right, BandwidthHz),
                    new Stem(SourceNames.Accompaniment, path, StemChannel.Left, BandwidthHz),
                ],
                Rules = new TrackRules { SampleRate = 2 * (int)BandwidthHz, Channels = 2 },
            };
        })];
    }

    /// <summary>The same tracks with those of MIR-1K split in another way; the others are left as they are.</summary>
    public static IReadOnlyList<Track> SplitAs(IReadOnlyList<Track> tracks, Mir1kSplit split) => [.. tracks.Select(track =>
        track.Group.StartsWith("mir-1k/", StringComparison.Ordinal)
            ? track with { Split = SplitOf(track.Group["mir-1k/".Length..], split) }
            : track)];

    /// <summary>
    /// The singing labels of a clip: <c>vocal-nonvocalLabel/&lt;clip&gt;.vocal</c>, else <c>PitchLabel/&lt;clip&gt;.pv</c>, a
    /// value every 20 ms, the first at 20 ms.
    /// </summary>
    public static VoiceLabels? Labels(string root, Track track)
    {
        string clip = track.Name["mir-1k/".Length..];
        return VoiceLabels.Read(Path.Combine(root, "vocal-nonvocalLabel", clip + ".vocal"), LabelSeconds, LabelSeconds)
            ?? VoiceLabels.Read(Path.Combine(root, "PitchLabel", clip + ".pv"), LabelSeconds, LabelSeconds);
    }

    private static Split SplitOf(string singer, Mir1kSplit split) => split switch
    {
        Mir1kSplit.Customary => CustomaryTrain.Contains(singer) ? Split.Train : Split.Evaluation,
        _ when ProductEvaluation.Contains(singer) => Split.Evaluation,
        _ when ProductValidation.Contains(singer) => Split.Validation,
        _ => Split.Train,
    };
}
