namespace Descant.Tests;

/// <summary>Rules about the source itself, checked on the files of the checkout.</summary>
public sealed class ArchitectureTests
{
    private const int MostLines = 800;

    [Fact]
    public void No_source_file_is_longer_than_800_lines_unless_generated()
    {
        string[] tooLong = [.. SourceFiles()
            .Where(path => !path.EndsWith(".g.cs", StringComparison.Ordinal))
            .Where(path => File.ReadLines(path).Count() > MostLines)];
        Assert.Empty(tooLong);
    }

    private static IEnumerable<string> SourceFiles() => new[] { "src", "tests", "bench", "tools" }
        .Select(folder => Path.Combine(Checkout.Root, folder))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories));
}
