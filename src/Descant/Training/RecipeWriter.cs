using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Descant.Networks;
using YamlDotNet.RepresentationModel;

namespace Descant.Training;

/// <summary>Writes a <see cref="Recipe"/> as YAML that <see cref="RecipeReader"/> reads back to an equal one.</summary>
public static class RecipeWriter
{
    /// <summary>
    /// Everything in which a recipe differs from the defaults, without a <c>base</c>: what a model keeps, so that its training can be
    /// repeated whatever the recipe's file was based on and the command line changed.
    /// </summary>
    public static string Write(Recipe recipe)
    {
        ArgumentNullException.ThrowIfNull(recipe);
        using StringWriter writer = new(CultureInfo.InvariantCulture) { NewLine = "\n" };
        new YamlStream(new YamlDocument(Differences(recipe, new Recipe()))).Save(writer, assignAnchors: false);
        string text = writer.ToString();
        return text.EndsWith("...\n", StringComparison.Ordinal) ? text[..^4] : text; // the end of the document, which nobody needs
    }

    private static YamlMappingNode Differences(object record, object defaults)
    {
        YamlMappingNode node = [];
        foreach (PropertyInfo property in record.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
        {
            YamlNode? value = property.GetValue(record) switch
            {
                JsonObject options => Json(options),
                IDictionary named => Named(named),
                string or ValueType or null => Equals(property.GetValue(record), property.GetValue(defaults)) ? null : Scalar(property.GetValue(record)),
                { } inner => Differences(inner, property.GetValue(defaults)!),
            };
            if (value is not null and not YamlMappingNode { Children.Count: 0 })
            {
                node.Add(Spelling.Hyphenated(property.Name), value);
            }
        }

        return node;
    }

    private static YamlMappingNode Named(IDictionary named)
    {
        YamlMappingNode node = [];
        foreach (DictionaryEntry entry in named)
        {
            node.Add((string)entry.Key, entry.Value is OptimizerRecipe rule ? Differences(rule, new OptimizerRecipe()) : Scalar(entry.Value));
        }

        return node;
    }

    private static YamlNode Json(JsonNode? node) => node switch
    {
        JsonObject mapping => new YamlMappingNode(mapping.Select(pair => KeyValuePair.Create<YamlNode, YamlNode>(pair.Key, Json(pair.Value)))),
        JsonArray list => new YamlSequenceNode(list.Select(Json)),
        JsonValue value when value.TryGetValue(out string? text) => Scalar(text),
        _ => Scalar(node?.ToJsonString()),
    };

    private static YamlScalarNode Scalar(object? value) => new(value is bool or Enum
        ? Spelling.Hyphenated(value.ToString()!)
        : Convert.ToString(value, CultureInfo.InvariantCulture));
}
