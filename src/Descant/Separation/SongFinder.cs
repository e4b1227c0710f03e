namespace Descant.Separation;

/// <summary>Finds the songs that command-line arguments name: files, folders and patterns.</summary>
public static class SongFinder
{
    private static readonly HashSet<string> s_endings = new(StringComparer.OrdinalIgnoreCase)
    {
        ".wav", ".wave", ".w64", ".rf64", ".bwf", ".aif", ".aiff", ".aifc", ".caf", ".au", ".flac", ".alac", ".ape", ".wv", ".tta", ".tak",
        ".mp3", ".mp2", ".m4a", ".m4b", ".aac", ".ogg", ".oga", ".opus", ".spx", ".wma", ".ac3", ".eac3", ".dts", ".amr", ".mka",
        ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".flv", ".mpg", ".mpeg", ".ts", ".3gp", ".wmv", ".ogv",
    };

    /// <summary>Lists the songs, every file once, in the order of the arguments and by name within a folder.</summary>
    /// <param name="arguments">Files (taken whatever they are called), folders (songs by their endings) or patterns with <c>*</c> and <c>?</c> in the last part.</param>
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
                string folder = Path.GetDirectoryName(Path.GetFullPath(argument)) ?? ".";
                int before = songs.Count;
                if (Directory.Exists(folder))
                {
                    FindIn(folder, false, Path.GetFileName(argument), written, Add);
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
            if (s_endings.Contains(Path.GetExtension(file)) && !written.Contains(file))
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
