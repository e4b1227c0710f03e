namespace Descant.Tests;

/// <summary>Where the checkout that is being tested lies, and the shared data beside it when there is any.</summary>
internal static class Checkout
{
    /// <summary>The folder that holds <c>global.json</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file under <c>../shared</c>, or null where that folder is absent.</summary>
    public static string? Shared(string relative)
    {
        string path = Path.Combine(Root, "..", "shared", relative);
        return File.Exists(path) || Directory.Exists(path) ? Path.GetFullPath(path) : null;
    }

    private static string FindRoot()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "global.json")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException("No folder above the tests holds global.json.");
    }
}
