using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Descant.Datasets;

/// <summary>What MedleyDB's <c>&lt;Track&gt;_METADATA.yaml</c> says about a song.</summary>
internal sealed class MedleyDbMetadata
{
    private MedleyDbMetadata()
    {
    }

    public required string Artist { get; init; }

    /// <summary>Whether the song is not marked instrumental.</summary>
    public required bool HasVocals { get; init; }

    /// <summary>Whether microphones also heard other sources.</summary>
    public required bool HasBleed { get; init; }

    public required string MixFile { get; init; }

    public required string StemFolder { get; init; }

    public required IReadOnlyList<MedleyDbStem> Stems { get; init; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">No YAML, or a key is missing; the message names the file and the key.</exception>
    public static MedleyDbMetadata Read(string path)
    {
        YamlMappingNode song = YamlFile.Mapping(path);
        string track = Path.GetFileName(path)[..^"_METADATA.yaml".Length];
        return new MedleyDbMetadata
        {
            Artist = YamlFile.Text(song, "artist") ?? track.Split('_')[0],
            HasVocals = Require(song, "instrumental", path) == "no",
            HasBleed = YamlFile.Text(song, "has_bleed") == "yes",
            MixFile = Require(song, "mix_filename", path),
            StemFolder = Require(song, "stem_dir", path),
            Stems = ReadStems(song, path),
        };
    }

    private static IReadOnlyList<MedleyDbStem> ReadStems(YamlMappingNode song, string path)
    {
        if (YamlFile.Child(song, "stems") is not YamlMappingNode stems)
        {
            throw new InvalidDataException($"'{path}': expected a mapping 'stems'; get the metadata anew.");
        }

        List<MedleyDbStem> found = [];
        foreach ((YamlNode key, YamlNode value) in stems.Children)
        {
            string name = ((YamlScalarNode)key).Value ?? string.Empty;
            if (value is not YamlMappingNode stem
                || !int.TryParse(name.AsSpan(Math.Min(1, name.Length)), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                throw new InvalidDataException($"'{path}': expected stems named S01, S02, …, got '{name}'; get the metadata anew.");
            }

            IReadOnlyList<string> instruments = YamlFile.Child(stem, "instrument") switch
            {
                YamlSequenceNode list => [.. list.Children.OfType<YamlScalarNode>().Select(label => label.Value ?? string.Empty)],
                YamlScalarNode { Value: { } label } => [label],
                _ => throw new InvalidDataException($"'{path}': stem {name} has no 'instrument'; get the metadata anew."),
            };
            found.Add(new MedleyDbStem(number, Require(stem, "filename", path), instruments));
        }

        return found;
    }

    private static string Require(YamlMappingNode node, string key, string path) => YamlFile.Text(node, key)
        ?? throw new InvalidDataException($"'{path}': expected the key '{key}', got none; get the metadata anew.");
}
