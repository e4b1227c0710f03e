namespace Descant.Datasets;

/// <summary>MUSDB18 as published: one <c>stem.mp4</c> of five stereo AAC streams a song.</summary>
/// <remarks>
/// Z. Rafii et al., "The MUSDB18 corpus for music separation", 2017. Streams: 0 mixture, 1 drums, 2 bass, 3 other, 4 vocals,
/// 256 kbit/s each, nothing above about 16 kHz. The mixture is not exactly the sum of the stems: training mixes the stems,
/// scores are taken on the mixture. MUSDB18-7, the seven-second excerpts, has the same layout.
/// </remarks>
public static class Musdb18
{
    /// <summary>Where the encoder cut the stems off.</summary>
    public const double BandwidthHz = 16000;

    private const string Extension = ".stem.mp4";
    private static readonly string[] Streams =
        [SourceNames.Mixture, SourceNames.Drums, SourceNames.Bass, SourceNames.Other, SourceNames.Vocals];

    /// <summary>Licence and citation.</summary>
    public static DatasetCard Card { get; } = new(
        "musdb18",
        "MUSDB18 (stems)",
        "education and research; most songs CC-BY-NC-SA",
        "Rafii, Liutkus, Stöter, Mimilakis, Bittner, The MUSDB18 corpus for music separation, 2017, doi:10.5281/zenodo.1117372",
        "{train,test}/<Artist - Title>.stem.mp4",
        Published: 150);

    /// <summary>Whether <c>train</c> or <c>test</c> holds a <c>stem.mp4</c>.</summary>
    public static bool Recognises(string root) => Files(root).Any();

    /// <summary>Lists the songs.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public static IReadOnlyList<Track> Read(string root)
    {
        Track[] tracks = [.. Files(root).Select(file =>
        {
            string title = Path.GetFileName(file.Path)[..^Extension.Length];
            Stem[] streams = [.. Streams.Select((source, stream) =>
                new Stem(source, file.Path, StemChannel.All, BandwidthHz) { AudioStream = stream })];
            return new Track
            {
                Name = $"{file.Folder}/{title}",
                Group = file.Folder,
                Split = MusdbTitles.SplitOf(file.Folder, title),
                Licence = Card.Licence,
                Mixture = streams[0],
                Stems = streams[1..],
                Rules = TrackRules.StereoSession,
            };
        })];
        return tracks.Length > 0
            ? tracks
            : throw new InvalidDataException($"{Card.Name}: expected {Card.Layout} below '{root}'; found no song.");
    }

    private static IEnumerable<(string Folder, string Path)> Files(string root) =>
        from folder in MusdbTitles.Folders
        let full = Path.Combine(root, folder)
        where Directory.Exists(full)
        from path in Directory.EnumerateFiles(full, "*" + Extension).Order(StringComparer.Ordinal)
        select (folder, Path.GetFullPath(path));
}
