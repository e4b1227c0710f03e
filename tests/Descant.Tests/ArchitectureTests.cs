using System.Text.RegularExpressions;

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

    /// <summary>The order in ARCHITECTURE.md.</summary>
    [Fact]
    public void A_module_uses_only_those_before_it()
    {
        string[] order = ["Audio", "Dsp", "Nn", "Datasets", "Metrics", "Networks", "Models", "Separation", "Evaluation", "Training", "Benchmarks"];
        string root = Path.Combine(Checkout.Root, "src", "Descant");
        string[] modules = [.. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path).Split(Path.DirectorySeparatorChar)[0])
            .Where(module => module is not ("bin" or "obj"))
            .Distinct()
            .Order(StringComparer.Ordinal)];
        Assert.Equal(order.Order(StringComparer.Ordinal), modules);
        ILookup<string, string> types = modules
            .SelectMany(module => Directory.EnumerateFiles(Path.Combine(root, module), "*.cs", SearchOption.AllDirectories), (module, path) => (module, Path.GetFileNameWithoutExtension(path)))
            .ToLookup(pair => pair.module, pair => pair.Item2);
        foreach (string module in modules)
        {
            foreach (string path in Directory.EnumerateFiles(Path.Combine(root, module), "*.cs", SearchOption.AllDirectories))
            {
                string source = File.ReadAllText(path);
                string[] later = [.. order[(Array.IndexOf(order, module) + 1)..].Where(other => Regex.IsMatch(source, $@"\bDescant\.{other}\b")
                    || Regex.Matches(source, $@"(?<![\w.""/]){other}\.(\w+)").Any(type => types[other].Contains(type.Groups[1].Value)))];
                Assert.True(later.Length == 0, $"{Path.GetRelativePath(root, path)} uses {string.Join(", ", later)}");
            }
        }
    }

    [Fact]
    public void Unsafe_code_is_in_the_tensors_only() => Assert.All(
        Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src"), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Contains("Descant.Tensors", StringComparison.Ordinal)),
        path => Assert.DoesNotMatch(@"\bunsafe\b", File.ReadAllText(path)));

    private static IEnumerable<string> SourceFiles() => new[] { "src", "tests", "bench", "tools" }
        .Select(folder => Path.Combine(Checkout.Root, folder))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories));
}
