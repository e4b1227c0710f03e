namespace Descant.Datasets;

/// <summary>A training corpus in folders: whole songs with stems, lone voices, instrumentals, and MIR-1K.</summary>
/// <remarks>
/// Reads both the compressed form (<c>mir-1k/Wavfile/*.ogg</c>, Opus elsewhere) and what its <c>prepare.sh</c> writes
/// (<c>MIR-1K/Wavfile/*.wav</c>, WAV elsewhere). The splits are those of the corpus' README: <c>eval/</c> is evaluation;
/// the song Francium, the folder <c>instrumentals/openhv</c> and the tenth, twentieth, … file by name of each other folder
/// of instrumentals are validation; MIR-1K as <see cref="Mir1kSplit.Product"/>; everything else trains.
/// Licences come from <c>MANIFEST.tsv</c>; where it is absent (it is not copied by <c>prepare.sh</c>), from the folder.
/// A folder whose name says <c>research</c> or ends in <c>-nc</c> never counts as open, whatever a single file's licence.
/// </remarks>
public static class Corpus
{
    private const string Unstated = "unstated";

    private static readonly string[] SongFolders = ["songs", "songs-research", "eval"];
    private static readonly string[] Mir1kFolders = ["mir-1k", "MIR-1K"];

    private static readonly string[] SongSources =
        [SourceNames.Vocals, SourceNames.Drums, SourceNames.Bass, SourceNames.Other, SourceNames.Accompaniment];

    /// <summary>Licences of what has no line in the manifest, by name or by folder, the longest match winning.</summary>
    private static readonly Dictionary<string, string> KnownLicences = new(StringComparer.Ordinal)
    {
        ["songs"] = "CC0-1.0 (everythingisremixed)",
        ["songs/PoliticalCaptain"] = "CC-BY-SA-3.0 (The Bristol 7's)",
        ["songs-research/AirTraffic"] = "CC-BY-NC-SA",
        ["eval/waveform-playlist"] = "MIT",
        ["vocals/pjs"] = "CC-BY-SA-4.0",
        ["vocals/repleatur-chant"] = "MIT",
        ["vocals/vocadito"] = "CC-BY-4.0",
        ["vocals/gtsinger-nc"] = "CC-BY-NC-SA-4.0",
    };

    /// <summary>Songs that no model may see or be chosen by, although they sometimes lie beside the others.</summary>
    private static readonly string[] HeldBackSongs = ["Rubidium"];

    /// <summary>Licence and citation.</summary>
    public static DatasetCard Card { get; } = new(
        "corpus",
        "Songs, voices and instrumentals in folders",
        "per file, MANIFEST.tsv",
        "per file, MANIFEST.tsv",
        "songs/<name>/<source>.*, vocals/**, instrumentals/**, mir-1k/Wavfile or MIR-1K/Wavfile, MANIFEST.tsv");

    /// <summary>Whether the folder holds <c>songs</c>, <c>vocals</c> or <c>instrumentals</c>.</summary>
    public static bool Recognises(string root) =>
        Directory.Exists(Path.Combine(root, "songs"))
        || (Directory.Exists(Path.Combine(root, "vocals")) && Directory.Exists(Path.Combine(root, "instrumentals")));

    /// <summary>Lists all tracks.</summary>
    /// <exception cref="InvalidDataException">A song has no stem, or there is no track at all.</exception>
    public static IReadOnlyList<Track> Read(string root)
    {
        Manifest manifest = Manifest.Read(Path.Combine(root, "MANIFEST.tsv"));
        List<Track> tracks = [];
        foreach (string folder in SongFolders)
        {
            tracks.AddRange(AudioFiles.FoldersIn(Path.Combine(root, folder)).Select(song => Song(root, song, manifest)));
        }

        tracks.AddRange(AudioFiles.Below(Path.Combine(root, "vocals"))
            .Select(path => Single(root, path, SourceNames.Vocals, Split.Train, manifest)));
        foreach (string folder in AudioFiles.FoldersIn(Path.Combine(root, "instrumentals")))
        {
            bool wholly = Path.GetFileName(folder) == "openhv";
            tracks.AddRange(AudioFiles.Below(folder).Select((path, place) => Single(
                root,
                path,
                SourceNames.Accompaniment,
                wholly || place % 10 == 9 ? Split.Validation : Split.Train,
                manifest)));
        }

        foreach (string folder in Mir1kFolders.Select(name => Path.Combine(root, name)))
        {
            // On a file system that ignores case both names are the same folder; the first is enough.
            if (Mir1k.Recognises(folder))
            {
                tracks.AddRange(Mir1k.Read(folder));
                break;
            }
        }

        return tracks.Count > 0
            ? tracks
            : throw new InvalidDataException($"corpus: expected audio below '{root}' ({Card.Layout}); found none.");
    }

    private static Track Song(string root, string folder, Manifest manifest)
    {
        string name = AudioFiles.FolderName(root, folder);
        List<Stem> stems = [.. AudioFiles.In(folder)
            .Where(path => SongSources.Contains(Path.GetFileNameWithoutExtension(path)))
            .Select(path => new Stem(Path.GetFileNameWithoutExtension(path), path))];
        if (stems.Count == 0)
        {
            throw new InvalidDataException(
                $"corpus: the song '{folder}' has none of the stems {string.Join(", ", SongSources)}.");
        }

        string title = Path.GetFileName(folder);
        Split split = name.StartsWith("eval/", StringComparison.Ordinal) || HeldBackSongs.Contains(title)
            ? Split.Evaluation
            : title == "Francium" ? Split.Validation : Split.Train;
        return Licensed(name, split, manifest, stems);
    }

    private static Track Single(string root, string path, string source, Split split, Manifest manifest)
    {
        string name = AudioFiles.NameOf(root, path);
        return Licensed(name, split, manifest, [new Stem(source, path, BandwidthHz: manifest.Find(name)?.BandwidthHz)]);
    }

    private static Track Licensed(string name, Split split, Manifest manifest, IReadOnlyList<Stem> stems)
    {
        string folder = name[..name.LastIndexOf('/')];
        string licence = manifest.Find(name)?.Licence
            ?? KnownLicences.GetValueOrDefault(name)
            ?? KnownLicences.GetValueOrDefault(folder)
            ?? Unstated;
        bool closedFolder = folder.Contains("research", StringComparison.Ordinal)
            || folder.EndsWith("-nc", StringComparison.Ordinal);
        return new Track
        {
            Name = name,
            Group = folder,
            Split = split,
            Licence = licence,
            IsOpen = !closedFolder && OpenLicence.Includes(licence),
            Stems = stems,
        };
    }
}
