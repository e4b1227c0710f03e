namespace Descant.Datasets;

/// <summary>Finds the files that a published layout promises, and names the ones that are missing.</summary>
internal static class StemFiles
{
    /// <summary>One stem per source, each a file of that name in a folder.</summary>
    /// <param name="set">Name of the data set, for messages.</param>
    /// <param name="folder">The song's folder.</param>
    /// <param name="sources">The sources that must be there.</param>
    /// <exception cref="InvalidDataException">A file is missing; the message names it.</exception>
    public static IReadOnlyList<Stem> Required(string set, string folder, IEnumerable<string> sources) =>
        [.. sources.Select(source => new Stem(source, Required(set, Path.Combine(folder, source + ".wav"))))];

    /// <summary>The file itself.</summary>
    /// <exception cref="InvalidDataException">It is missing; the message names it.</exception>
    public static string Required(string set, string path) => File.Exists(path)
        ? Path.GetFullPath(path)
        : throw new InvalidDataException(
            $"{set}: '{path}' is missing; get the data set anew, or read the folder as your own stems ('stems'), where an absent source is silence.");
}
