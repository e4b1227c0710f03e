using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Descant.Networks;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Descant.Training;

/// <summary>Reads a <see cref="Recipe"/> from YAML. Keys are the properties' names in lower case with hyphens; what is not said keeps its default.</summary>
public static class RecipeReader
{
    private const string OptionsKey = "options";
    private const string BaseKey = "base";

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
    /// <param name="yaml">One mapping. Its key <c>base</c> names a recipe that it changes, relative to its own folder.</param>
    /// <param name="name">Name for messages, and the path that a <c>base</c> is relative to.</param>
    /// <exception cref="InvalidDataException">As for <see cref="ReadFile"/>.</exception>
    public static Recipe Read(string yaml, string name = "recipe")
    {
        (Recipe recipe, YamlMappingNode root) = Layer(yaml, name, []);
        recipe.Check();
        if (recipe.Options.Count > 0)
        {
            CheckOptions(root.Children.TryGetValue(new YamlScalarNode(OptionsKey), out YamlNode? options) ? (YamlMappingNode)options : [], NetworkCatalog.Find(recipe.Network), name);
        }

        return recipe;
    }

    /// <summary>A recipe over the one that it is based on.</summary>
    private static (Recipe Recipe, YamlMappingNode Root) Layer(string yaml, string name, IReadOnlyList<string> above)
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

        Recipe recipe = new();
        YamlScalarNode baseKey = new(BaseKey);
        if (root.Children.TryGetValue(baseKey, out YamlNode? baseName))
        {
            string path = Path.Combine(Path.GetDirectoryName(name) ?? string.Empty, NameOf(baseName));
            if (!File.Exists(path) || above.Contains(path))
            {
                throw Wrong(baseName, "another recipe's file, relative to this one", name, BaseKey);
            }

            root.Children.Remove(baseKey);
            recipe = Layer(File.ReadAllText(path), path, [.. above, name]).Recipe;
        }

        Fill(recipe, root, name, string.Empty);
        return (recipe, root);
    }

    /// <summary>Every key with its value, one a line as in YAML with dots for nesting; the network's own settings last.</summary>
    /// <param name="recipe">Whose values; a new one has the defaults.</param>
    public static IEnumerable<string> Describe(Recipe recipe)
    {
        IEnumerable<string> own = Describe(recipe, string.Empty);
        return recipe.Network.Length == 0 ? own : own.Concat(Describe(NetworkCatalog.Find(recipe.Network).With(recipe.Options).Options, OptionsKey + "."));
    }

    private static IEnumerable<string> Describe(object record, string path)
    {
        foreach (PropertyInfo property in record.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            string key = path + Spelling.Hyphenated(property.Name);
            object? value = property.GetValue(record);
            if (value is string or null || value.GetType().IsValueType)
            {
                yield return value is bool or Enum ? $"{key}: {Spelling.Hyphenated(value.ToString()!)}" : string.Create(CultureInfo.InvariantCulture, $"{key}: {value}");
            }
            else if (value is JsonObject or IReadOnlyDictionary<string, double> or IReadOnlyDictionary<string, OptimizerRecipe>)
            {
                yield return $"{key}: names with values";
            }
            else if (value is System.Collections.IEnumerable list)
            {
                yield return $"{key}: [{string.Join(", ", list.Cast<object>().Select(item => string.Create(CultureInfo.InvariantCulture, $"{item}")))}]";
            }
            else
            {
                foreach (string line in Describe(value, key + "."))
                {
                    yield return line;
                }
            }
        }
    }

    /// <summary>
    /// What two recipes, as text, would train differently, for a message; null where nothing is, or where one is not readable by itself.
    /// Budget, validation, checkpoints and workers may differ: a training goes on under others.
    /// </summary>
    internal static string? Difference(string then, string now)
    {
        Recipe[] recipes;
        try
        {
            recipes = [.. new[] { then, now }.Select(text => Read(text)).Select(recipe => recipe with
            {
                Budget = new BudgetRecipe(),
                Validation = new ValidationRecipe(),
                CheckpointMinutes = new Recipe().CheckpointMinutes,
                Data = recipe.Data with { Workers = 1 },
            })];
        }
        catch (InvalidDataException)
        {
            return null; // of before recipes were stored whole
        }

        foreach ((string before, string after) in Describe(recipes[0]).Zip(Describe(recipes[1])))
        {
            if (before != after)
            {
                return $"'{before}' there, '{after}' here";
            }
        }

        return RecipeWriter.Write(recipes[0]) == RecipeWriter.Write(recipes[1]) ? null : "its options, optimizers or data.weights differ";
    }

    /// <summary>Refuses settings that the network does not have.</summary>
    private static void CheckOptions(YamlMappingNode node, NetworkPreset preset, string file)
    {
        IReadOnlyList<string> known = preset.OptionKeys;
        foreach ((YamlNode keyNode, YamlNode value) in node.Children)
        {
            string key = ((YamlScalarNode)keyNode).Value ?? string.Empty;
            if (!known.Contains(key))
            {
                throw Unknown(keyNode, known, file, OptionsKey + ".", key);
            }

            try
            {
                preset.With(new JsonObject { [key] = Json(value) });
            }
            catch (InvalidDataException error)
            {
                throw new InvalidDataException($"{file}, line {value.Start.Line}: {error.Message}", error);
            }
        }
    }

    /// <summary>Sets what a mapping says; the rest stays.</summary>
    private static void Fill(object record, YamlMappingNode node, string file, string path)
    {
        Dictionary<string, PropertyInfo> properties = record.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite).ToDictionary(property => Spelling.Hyphenated(property.Name), StringComparer.Ordinal);
        foreach ((YamlNode keyNode, YamlNode value) in node.Children)
        {
            string key = NameOf(keyNode);
            if (!properties.TryGetValue(key, out PropertyInfo? property))
            {
                throw Unknown(keyNode, [.. properties.Keys, .. path.Length == 0 ? new[] { BaseKey } : []], file, path, key);
            }

            property.SetValue(record, Value(value, property.PropertyType, file, path + key, property.GetValue(record)));
        }
    }

    private static object Value(YamlNode node, Type type, string file, string key, object? present = null)
    {
        if (type == typeof(IReadOnlyDictionary<string, double>))
        {
            return Named(node, (IReadOnlyDictionary<string, double>?)present, "names with numbers", file, key);
        }

        if (type == typeof(IReadOnlyDictionary<string, OptimizerRecipe>))
        {
            return Named(node, (IReadOnlyDictionary<string, OptimizerRecipe>?)present, "names with update rules", file, key);
        }

        if (type == typeof(JsonObject))
        {
            return node is YamlMappingNode ? Over((JsonObject)Json(node)!, (JsonObject?)present) : throw Wrong(node, "keys with values", file, key);
        }

        if (type.IsClass && type != typeof(string))
        {
            object record = present ?? Activator.CreateInstance(type)!; // every recipe record has a constructor without parameters
            Fill(record, node as YamlMappingNode ?? throw Wrong(node, "keys with values", file, key), file, key + ".");
            return record;
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
            string? name = names.FirstOrDefault(candidate => Spelling.Hyphenated(candidate) == text || candidate.Equals(text, StringComparison.OrdinalIgnoreCase));
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

    /// <summary>What a mapping names beside and instead of what was there, a base's.</summary>
    private static Dictionary<string, T> Named<T>(YamlNode node, IReadOnlyDictionary<string, T>? present, string expected, string file, string key)
    {
        Dictionary<string, T> all = new(present ?? new Dictionary<string, T>(), StringComparer.Ordinal);
        foreach ((YamlNode name, YamlNode value) in (node as YamlMappingNode ?? throw Wrong(node, expected, file, key)).Children)
        {
            object? before = all.TryGetValue(NameOf(name), out T? known) ? known : null;
            all[NameOf(name)] = (T)Value(value, typeof(T), file, $"{key}.{NameOf(name)}", before);
        }

        return all;
    }

    /// <summary>A network's settings over those of a base.</summary>
    private static JsonObject Over(JsonObject settings, JsonObject? present)
    {
        JsonObject all = present is null ? [] : (JsonObject)present.DeepClone();
        foreach ((string key, JsonNode? value) in settings)
        {
            all[key] = value is JsonObject inner && all[key] is JsonObject below ? Over(inner, below) : value?.DeepClone();
        }

        return all;
    }

    private static string NameOf(YamlNode key) => (key as YamlScalarNode)?.Value ?? string.Empty;

    /// <summary>A network's settings: whole numbers, numbers, true, false, words, lists and mappings.</summary>
    private static JsonNode? Json(YamlNode node)
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        switch (node)
        {
            case YamlMappingNode map:
                return new JsonObject(map.Children.Select(pair => KeyValuePair.Create(NameOf(pair.Key), Json(pair.Value))));
            case YamlSequenceNode list:
                return new JsonArray([.. list.Children.Select(Json)]);
            default:
                string text = NameOf(node);
                return text is "true" or "false" ? text == "true"
                    : long.TryParse(text, NumberStyles.AllowLeadingSign, culture, out long whole) ? whole
                    : double.TryParse(text, NumberStyles.Float, culture, out double number) ? number
                    : text;
        }
    }

    private static InvalidDataException Unknown(YamlNode node, IReadOnlyCollection<string> known, string file, string path, string key) =>
        new($"{file}, line {node.Start.Line}: unknown key '{path}{key}'; the nearest valid one is '{path}{Spelling.Nearest(key, known)}'.");

    private static InvalidDataException Wrong(YamlNode node, string expected, string file, string key) =>
        new($"{file}, line {node.Start.Line}: '{key}' expects {expected}, got '{node}'.");
}
