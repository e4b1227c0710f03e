namespace Descant.Datasets;

/// <summary>MedleyDB, versions 1 and 2: songs in many stems, described by a YAML file each.</summary>
/// <remarks>
/// <para>
/// R. Bittner et al., "MedleyDB: A multitrack dataset for annotation-intensive MIR research", ISMIR 2014. Vocals are the
/// sum of the stems that sing (<see cref="VocalRule"/>), accompaniment the sum of the others; the mixture is the song's
/// mix, which is not the sum of its stems. Songs that are marked instrumental, or that lack vocals or accompaniment by the
/// rule, are left out. Stems can be weighted as in the mix (<see cref="DatasetOptions.MixingCoefficients"/>; A. Jansson
/// et al., "Singing voice separation with deep U-Net convolutional networks", ISMIR 2017, section 4).
/// </para>
/// <para>
/// The set has no public split: every tenth artist by name validates, with all songs. Metadata lies beside the audio
/// (version 1) or in a folder <c>Metadata</c> (the git repository). MUSDB18 contains songs of MedleyDB.
/// </para>
/// </remarks>
public static class MedleyDb
{
    private const string MetadataEnding = "_METADATA.yaml";

    /// <summary>Licence and citation.</summary>
    public static DatasetCard Card { get; } = new(
        "medleydb",
        "MedleyDB",
        "CC-BY-NC-SA-4.0, audio on request",
        "Bittner, Salamon, Tierney, Mauch, Cannam, Bello, MedleyDB: A multitrack dataset for annotation-intensive MIR research, ISMIR 2014",
        "Audio/<Track>/{<Track>_MIX.wav, <Track>_METADATA.yaml, <Track>_STEMS/<Track>_STEM_nn.wav}, or Metadata/<Track>_METADATA.yaml",
        Published: 122); // the paper's, instrumentals included; version 2 adds 74

    /// <summary>Whether <c>Audio</c>, or the folder itself, holds a folder with MedleyDB's stems.</summary>
    public static bool Recognises(string root) => Songs(root).Any();

    /// <summary>Lists the songs that have both vocals and accompaniment, with all their files, there or not: <see cref="DatasetEntry.Read"/> refuses missing ones.</summary>
    /// <param name="root">The folder that holds <c>Audio</c>, or <c>Audio</c> itself.</param>
    /// <param name="options">Which stems sing, which songs are left out, how stems are weighted.</param>
    /// <exception cref="InvalidDataException">No song, or metadata is missing or wrong; the message names the file.</exception>
    public static IReadOnlyList<Track> Read(string root, DatasetOptions options)
    {
        string[] songs = [.. Songs(root)];
        if (songs.Length == 0)
        {
            throw new InvalidDataException($"{Card.Name}: expected {Card.Layout} below '{root}'; found no song.");
        }

        MixingCoefficients? coefficients = options.MixingCoefficients is { } path ? MixingCoefficients.Read(path) : null;
        List<(MedleyDbMetadata Song, Track Track)> tracks = [];
        foreach (string folder in songs)
        {
            MedleyDbMetadata song = MedleyDbMetadata.Read(MetadataOf(root, folder));
            if (Read(folder, song, options, coefficients) is { } track)
            {
                tracks.Add((song, track));
            }
        }

        if (tracks.Count == 0)
        {
            throw new InvalidDataException(
                $"{Card.Name}: expected a song with vocals and accompaniment below '{root}'; none of {songs.Length} has both by the chosen rules.");
        }

        string[] artists = [.. tracks.Select(track => track.Song.Artist).Distinct().Order(StringComparer.Ordinal)];
        return [.. tracks.Select(pair => pair.Track with
        {
            Split = Array.IndexOf(artists, pair.Song.Artist) % 10 == 9 ? Split.Validation : Split.Train,
        })];
    }

    private static Track? Read(string folder, MedleyDbMetadata song, DatasetOptions options, MixingCoefficients? coefficients)
    {
        if (!song.HasVocals || (options.SkipBleed && song.HasBleed))
        {
            return null;
        }

        string name = Path.GetFileName(folder);
        List<Stem> stems = [];
        foreach (MedleyDbStem stem in song.Stems)
        {
            if (options.VocalRule == VocalRule.Taxonomy && stem.IsMixed && options.MixedStems == MixedStems.Exclude)
            {
                return null;
            }

            string source = stem.Sings(options.VocalRule) ? SourceNames.Vocals : SourceNames.Accompaniment;
            stems.Add(StemFiles.Promised(source, Path.Combine(folder, song.StemFolder, stem.File)) with { Gain = coefficients?.Of(name, stem.Number) ?? 1 });
        }

        return stems.Select(stem => stem.Source).Distinct().Count() < 2 ? null : new Track
        {
            Name = name,
            Group = Card.Name,
            Split = Split.Train,
            Licence = Card.Licence,
            Mixture = StemFiles.Promised(SourceNames.Mixture, Path.Combine(folder, song.MixFile)),
            Stems = stems,
            Rules = TrackRules.StereoSession,
        };
    }

    private static IEnumerable<string> Songs(string root)
    {
        string audio = Path.Combine(root, "Audio");
        return AudioFiles.FoldersIn(Directory.Exists(audio) ? audio : root)
            .Where(folder => Directory.Exists(Path.Combine(folder, Path.GetFileName(folder) + "_STEMS"))
                || File.Exists(Path.Combine(folder, Path.GetFileName(folder) + MetadataEnding)));
    }

    private static string MetadataOf(string root, string folder)
    {
        string file = Path.GetFileName(folder) + MetadataEnding;
        string[] places = [Path.Combine(folder, file), Path.Combine(root, "Metadata", file), Path.Combine(root, "..", "Metadata", file)];
        return places.FirstOrDefault(File.Exists) ?? throw new InvalidDataException(
            $"{Card.Name}: '{places[0]}' is missing, and '{places[1]}' too; copy the metadata of github.com/marl/medleydb (medleydb/data/Metadata) there.");
    }
}
