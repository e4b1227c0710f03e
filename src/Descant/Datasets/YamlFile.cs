using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Descant.Datasets;

/// <summary>Reads the YAML files that come with data sets.</summary>
internal static class YamlFile
{
    /// <summary>The mapping that a file holds.</summary>
    /// <exception cref="InvalidDataException">Missing, no YAML, or no mapping; the message names the file.</exception>
    public static YamlMappingNode Mapping(string path)
    {
        if (!File.Exists(path))
        {
            throw new InvalidDataException($"'{path}' is missing.");
        }

        YamlStream stream = [];
        try
        {
            stream.Load(new StringReader(File.ReadAllText(path)));
        }
        catch (YamlException failure)
        {
            throw new InvalidDataException($"'{path}', line {failure.Start.Line}: expected YAML ({failure.Message}).", failure);
        }

        return stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root
            ? root
            : throw new InvalidDataException($"'{path}': expected one mapping of keys to values.");
    }

    /// <summary>A value of a mapping, or null.</summary>
    public static YamlNode? Child(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? child) ? child : null;

    /// <summary>The text of a value, or null where there is none.</summary>
    public static string? Text(YamlMappingNode node, string key) => (Child(node, key) as YamlScalarNode)?.Value;
}
