using Descant.Audio;

namespace Descant.Separation;

/// <summary>Finds the songs that command-line arguments name: files, folders and patterns.</summary>
public static class SongFinder
{
    /// <summary>Lists the songs, every file once, in the order of the arguments and by name within a folder.</summary>
    /// <param name="arguments">Files (taken whatever they are called), folders (songs by their endings) or patterns with <c>*</c> and <c>?</c>.</param>
    /// <param name="recursive">Whether folders inside folders are looked through.</param>
    /// <remarks>What Descant wrote is left out of folders and patterns: files that a manifest in the folder or above lists, and hidden ones.</remarks>
    public static IReadOnlyList<string> Find(IEnumerable<string> arguments, bool recursive)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        HashSet<string> written = new(SeparationManifest.PathComparer);
        HashSet<string> seen = new(SeparationManifest.PathComparer);
        List<string> songs = [];
        foreach (string argument in arguments)
        {
            if (argument.Length == 0)
            {
                throw new ArgumentException("song: expected a file or a folder, got an empty name", nameof(arguments));
            }

            if (Directory.Exists(argument))
            {
                FindIn(Path.GetFullPath(argument), recursive, "*", written, Add);
            }
            else if (!File.Exists(argument) && argument.AsSpan().IndexOfAny('*', '?') >= 0)
            {
                int before = songs.Count;
                string full = Path.GetFullPath(argument);
                foreach (string folder in Matching(Path.GetDirectoryName(full)).Where(Directory.Exists))
                {
                    FindIn(folder, false, Path.GetFileName(full), written, Add);
                }

                if (songs.Count == before)
                {
                    throw new ArgumentException($"{argument}: no song matches", nameof(arguments));
                }
            }
            else
            {
                Add(argument);
            }
        }

        return songs;

        void Add(string file)
        {
            if (seen.Add(Path.GetFullPath(file)))
            {
                songs.Add(file);
            }
        }
    }

    // The folders that a pattern stands for, part by part.
    private static IEnumerable<string> Matching(string? folder)
    {
        if (folder is null || folder.AsSpan().IndexOfAny('*', '?') < 0 || Directory.Exists(folder))
        {
            return folder is null ? [] : [folder];
        }

        EnumerationOptions options = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System };
        string part = Path.GetFileName(folder);
        return Matching(Path.GetDirectoryName(folder)).Where(Directory.Exists).SelectMany(above => Directory.EnumerateDirectories(above, part, options).Order(StringComparer.Ordinal));
    }

    private static void FindIn(string folder, bool recursive, string pattern, HashSet<string> written, Action<string> add)
    {
        for (string? above = folder; above is not null; above = Path.GetDirectoryName(above))
        {
            // The manifest of an output folder lies above the stems' own folders.
            if (File.Exists(Path.Combine(above, SeparationManifest.FileName)))
            {
                written.UnionWith(SeparationManifest.Open(above).Files);
            }
        }

        EnumerationOptions options = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.Hidden | FileAttributes.System };
        foreach (string file in Directory.EnumerateFiles(folder, pattern, options).Order(StringComparer.Ordinal))
        {
            if (AudioEndings.MayHoldAudio(file) && !written.Contains(file))
            {
                add(file);
            }
        }

        if (recursive)
        {
            foreach (string inner in Directory.EnumerateDirectories(folder, "*", options).Order(StringComparer.Ordinal))
            {
                if (new DirectoryInfo(inner).LinkTarget is null)
                {
                    FindIn(inner, true, pattern, written, add);
                }
            }
        }
    }
}
