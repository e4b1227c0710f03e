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
