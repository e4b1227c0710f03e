namespace Descant.Datasets;

/// <summary>Something about a file that must not reach a training.</summary>
/// <param name="Path">The file.</param>
/// <param name="Message">What was expected, what is there, what to do about it.</param>
public sealed record DatasetProblem(string Path, string Message)
{
    /// <summary>One line that names the file.</summary>
    public override string ToString() => $"'{Path}': {Message}";
}
