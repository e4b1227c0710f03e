namespace Descant.Audio;

/// <summary>
/// A file that appears under its final name only when it is complete: it is written under a temporary name in the same
/// folder and renamed by <see cref="Commit"/>. Disposing without committing deletes it.
/// </summary>
public sealed class PendingFile : IDisposable
{
    /// <summary>Start of every temporary name, so that leftovers of a killed process can be recognised.</summary>
    public const string TemporaryPrefix = ".descant-";

    /// <summary>End of every temporary name.</summary>
    public const string TemporarySuffix = ".part";

    private bool _committed;

    /// <summary>Plans a file; its folder is created when it is missing, the file itself is not.</summary>
    public PendingFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        FinalPath = Path.GetFullPath(path);
        string folder = Path.GetDirectoryName(FinalPath)
            ?? throw new ArgumentException($"PendingFile: expected the path of a file, got {AudioReader.OneLine(path)}", nameof(path));
        Directory.CreateDirectory(folder);

        // A short name of its own rather than the final name with an ending: that could exceed the file system's limit.
        TemporaryPath = Path.Combine(folder, $"{TemporaryPrefix}{Guid.NewGuid():N}{TemporarySuffix}");
    }

    /// <summary>The name under which the complete file will appear.</summary>
    public string FinalPath { get; }

    /// <summary>The name to write to.</summary>
    public string TemporaryPath { get; }

    /// <summary>Deletes what killed processes left in a folder, and what lies beside that for their encoders.</summary>
    /// <param name="folder">The folder; it may be missing.</param>
    /// <param name="before">When a file must have been written last, so that it cannot be a running process's any more.</param>
    public static void RemoveLeftovers(string folder, DateTimeOffset before)
    {
        if (!Directory.Exists(folder))
        {
            return;
        }

        EnumerationOptions all = new() { IgnoreInaccessible = true, AttributesToSkip = FileAttributes.None };
        foreach (string file in Directory.GetFiles(folder, $"{TemporaryPrefix}*{TemporarySuffix}*", all))
        {
            try
            {
                if (File.GetLastWriteTimeUtc(file) < before.UtcDateTime)
                {
                    File.Delete(file);
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Somebody else's, or in use after all: it only takes room.
            }
        }
    }

    /// <summary>Renames the closed temporary file to its final name, replacing what was there.</summary>
    public void Commit()
    {
        File.Move(TemporaryPath, FinalPath, overwrite: true);
        _committed = true;
    }

    /// <summary>Deletes the temporary file unless it was committed.</summary>
    public void Dispose()
    {
        if (!_committed)
        {
            File.Delete(TemporaryPath);
        }
    }
}
