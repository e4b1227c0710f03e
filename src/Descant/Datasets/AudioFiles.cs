using Descant.Audio;

namespace Descant.Datasets;

/// <summary>Finds audio files below a folder, always in the same order.</summary>
internal static class AudioFiles
{
    /// <summary>The audio files directly in a folder, in ordinal order of their names; empty where there is no such folder.</summary>
    public static IReadOnlyList<string> In(string folder) => List(folder, SearchOption.TopDirectoryOnly);

    /// <summary>The audio files anywhere below a folder, in ordinal order of their paths.</summary>
    public static IReadOnlyList<string> Below(string folder) => List(folder, SearchOption.AllDirectories);

    /// <summary>The folders directly in a folder, in ordinal order; empty where there is no such folder.</summary>
    public static IReadOnlyList<string> FoldersIn(string folder) => Directory.Exists(folder)
        ? [.. Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>A path relative to a root, with forward slashes, without extension.</summary>
    public static string NameOf(string root, string path) =>
        FolderName(root, Path.ChangeExtension(path, null));

    /// <summary>A folder relative to a root, with forward slashes; dots in its name are kept.</summary>
    public static string FolderName(string root, string folder) =>
        Path.GetRelativePath(root, folder).Replace(Path.DirectorySeparatorChar, '/');

    private static IReadOnlyList<string> List(string folder, SearchOption depth) => Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*", depth).Where(AudioEndings.IsAudio).Select(Path.GetFullPath)
            .Order(StringComparer.Ordinal)]
        : [];
}
