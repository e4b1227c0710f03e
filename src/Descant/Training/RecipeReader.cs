using System.Globalization;
using System.Reflection;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Descant.Training;

/// <summary>Reads a <see cref="Recipe"/> from YAML. Keys are the properties' names in lower case with hyphens; what is not said keeps its default.</summary>
public static class RecipeReader
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">It is no YAML, a key is unknown (the message names the nearest valid one) or a value is wrong.</exception>
    public static Recipe ReadFile(string path)
    {
        if (!File.Exists(path))
        {
            throw new InvalidDataException($"recipe: no file '{path}'; the recipes that come with Descant lie in 'recipes'.");
        }

        return Read(File.ReadAllText(path), path);
    }

    /// <summary>Reads YAML text.</summary>
    /// <param name="yaml">One mapping.</param>
    /// <param name="name">Name for messages.</param>
    /// <exception cref="InvalidDataException">As for <see cref="ReadFile"/>.</exception>
    public static Recipe Read(string yaml, string name = "recipe")
    {
        YamlStream stream = [];
        try
        {
            stream.Load(new StringReader(yaml));
        }
        catch (YamlException failure)
        {
            throw new InvalidDataException($"{name}, line {failure.Start.Line}: {failure.Message}", failure);
        }

        if (stream.Documents.Count != 1 || stream.Documents[0].RootNode is not YamlMappingNode root)
        {
            throw new InvalidDataException($"{name}: expected one mapping of keys to values.");
        }

        Recipe recipe = (Recipe)Record(root, typeof(Recipe), name, string.Empty);
        recipe.Check();
        return recipe;
    }

    /// <summary>The name of a property in recipes: <c>LearningRate</c> is <c>learning-rate</c>.</summary>
    public static string KeyOf(string property)
    {
        StringBuilder key = new();
        foreach (char letter in property)
        {
            if (char.IsUpper(letter) && key.Length > 0)
            {
                key.Append('-');
            }

            key.Append(char.ToLowerInvariant(letter));
        }

        return key.ToString();
    }

    private static object Record(YamlMappingNode node, Type type, string file, string path)
    {
        Dictionary<string, PropertyInfo> properties = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite).ToDictionary(property => KeyOf(property.Name), StringComparer.Ordinal);
        object record = Activator.CreateInstance(type)!; // every recipe record has a constructor without parameters
        foreach ((YamlNode keyNode, YamlNode value) in node.Children)
        {
            string key = (keyNode as YamlScalarNode)?.Value ?? string.Empty;
            if (!properties.TryGetValue(key, out PropertyInfo? property))
            {
                string nearest = properties.Keys.MinBy(known => Distance(known, key))!;
                throw new InvalidDataException(
                    $"{file}, line {keyNode.Start.Line}: unknown key '{path}{key}'; the nearest valid one is '{path}{nearest}'.");
            }

            property.SetValue(record, Value(value, property.PropertyType, file, path + key));
        }

        return record;
    }

    private static object Value(YamlNode node, Type type, string file, string key)
    {
        if (type == typeof(IReadOnlyDictionary<string, double>))
        {
            return node is YamlMappingNode map
                ? map.Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value ?? string.Empty, pair => (double)Value(pair.Value, typeof(double), file, key))
                : throw Wrong(node, "names with numbers", file, key);
        }

        if (type.IsClass && type != typeof(string))
        {
            return node is YamlMappingNode inner ? Record(inner, type, file, key + ".") : throw Wrong(node, "keys with values", file, key);
        }

        string text = (node as YamlScalarNode)?.Value ?? throw Wrong(node, "one value", file, key);
        CultureInfo culture = CultureInfo.InvariantCulture;
        if (type == typeof(string))
        {
            return text;
        }

        if (type.IsEnum)
        {
            string[] names = Enum.GetNames(type);
            string? name = names.FirstOrDefault(candidate => KeyOf(candidate) == text || candidate.Equals(text, StringComparison.OrdinalIgnoreCase));
            return name is null ? throw Wrong(node, $"one of {string.Join(", ", names.Select(n => n.ToLowerInvariant()))}", file, key) : Enum.Parse(type, name);
        }

        if (type == typeof(bool))
        {
            return text switch { "true" => true, "false" => false, _ => throw Wrong(node, "true or false", file, key) };
        }

        if (type == typeof(double))
        {
            return double.TryParse(text, NumberStyles.Float, culture, out double number) && double.IsFinite(number)
                ? number
                : throw Wrong(node, "a number", file, key);
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out long whole) && whole is >= int.MinValue and <= int.MaxValue)
        {
            if (type == typeof(int))
            {
                return (int)whole;
            }

            if (type == typeof(long))
            {
                return whole;
            }

            if (type == typeof(ulong) && whole >= 0)
            {
                return (ulong)whole;
            }
        }

        throw Wrong(node, "a whole number", file, key);
    }

    private static InvalidDataException Wrong(YamlNode node, string expected, string file, string key) =>
        new($"{file}, line {node.Start.Line}: '{key}' expects {expected}, got '{node}'.");

    /// <summary>Levenshtein's distance: the fewest letters added, removed or changed.</summary>
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
