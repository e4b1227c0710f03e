using Descant.Networks;

namespace Descant.Training;

/// <summary>The recipes that come with Descant: <c>recipes/</c> beside the program or above it (a checkout), with its folders.</summary>
public static class RecipeLibrary
{
    private const string Extension = ".yaml";

    /// <summary>The file of a recipe.</summary>
    /// <param name="nameOrPath">A file, or the name of a recipe: <c>s4-unet</c>, <c>budget/s4-unet</c>.</param>
    /// <exception cref="ArgumentException">There is none; names the nearest one.</exception>
    public static string Find(string nameOrPath)
    {
        if (File.Exists(nameOrPath))
        {
            return nameOrPath;
        }

        IReadOnlyDictionary<string, string> known = List();
        return known.TryGetValue(nameOrPath, out string? file) ? file : throw new ArgumentException(
            known.Count == 0 ? $"recipe: no file '{nameOrPath}', and no folder 'recipes' to look in." : $"recipe: no file '{nameOrPath}'; the nearest recipe is '{Spelling.Nearest(nameOrPath, known.Keys)}'.");
    }

    /// <summary>All recipes, by their names.</summary>
    public static IReadOnlyDictionary<string, string> List()
    {
        for (string? folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            string recipes = Path.Combine(folder, "recipes");
            if (Directory.Exists(recipes))
            {
                return Directory.EnumerateFiles(recipes, "*" + Extension, SearchOption.AllDirectories).ToDictionary(
                    file => Path.ChangeExtension(Path.GetRelativePath(recipes, file), null).Replace(Path.DirectorySeparatorChar, '/'), StringComparer.Ordinal);
            }
        }

        return new Dictionary<string, string>();
    }
}
