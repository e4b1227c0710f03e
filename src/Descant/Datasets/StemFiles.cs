namespace Descant.Datasets;

/// <summary>The files that a published layout promises, and which of them are missing.</summary>
internal static class StemFiles
{
    private const string Remedy = "get the data set anew, or read the folder as your own stems ('stems'), where an absent stem is silence";

    /// <summary>One stem per source, each a file of that name in a folder, there or not.</summary>
    public static IReadOnlyList<Stem> Promised(string folder, IEnumerable<string> sources) =>
        [.. sources.Select(source => Promised(source, Path.Combine(folder, source + ".wav")))];

    /// <summary>A stem, there or not.</summary>
    public static Stem Promised(string source, string path) => new(source, Path.GetFullPath(path));

    /// <summary>Every file of the tracks that is not there, in their order.</summary>
    public static IReadOnlyList<DatasetProblem> Missing(IReadOnlyList<Track> tracks) =>
        [.. tracks.SelectMany(Of).Select(stem => stem.Path).Distinct().Where(path => !File.Exists(path)).Select(path => new DatasetProblem(path, $"missing; {Remedy}"))];

    /// <summary>The same tracks without the files that are missing.</summary>
    public static IReadOnlyList<Track> Present(IReadOnlyList<Track> tracks) => [.. tracks.Select(track => track with
    {
        Stems = [.. track.Stems.Where(stem => File.Exists(stem.Path))],
        Mixture = track.Mixture is { } mixture && File.Exists(mixture.Path) ? mixture : null,
    })];

    /// <summary>The tracks, all of whose files are there.</summary>
    /// <param name="set">Name of the data set, for messages.</param>
    /// <param name="tracks">As listed.</param>
    /// <exception cref="InvalidDataException">Files are missing; the message names the first and says how many.</exception>
    public static IReadOnlyList<Track> Complete(string set, IReadOnlyList<Track> tracks) => Missing(tracks) is not [{ } first, ..] missing
        ? tracks
        : throw new InvalidDataException($"{set}: '{first.Path}' is missing (missing files: {missing.Count}; descant datasets check lists them); {Remedy}.");

    private static IEnumerable<Stem> Of(Track track) => track.Mixture is { } mixture ? track.Stems.Prepend(mixture) : track.Stems;
}
