using System.Globalization;
using System.Text.RegularExpressions;
using Descant.Networks;
using Descant.Tensors;
using Descant.Tensors.Checkpoints;

namespace Descant.Models;

/// <summary>What is known about a model without loading its weights: facts of its file, and the card beside it.</summary>
/// <remarks>The card is Markdown, <c>name.md</c> beside <c>name.safetensors</c>; its line <c>Licence: …</c> is shown wherever the model is.</remarks>
public sealed partial record ModelCard
{
    private const string LicenceMark = "licence:";

    /// <summary>Its name: the file's, without folder and ending.</summary>
    public required string Name { get; init; }

    /// <summary>Its file.</summary>
    public required string Path { get; init; }

    /// <summary>The file's size in bytes.</summary>
    public required long Bytes { get; init; }

    /// <summary>The preset it was built from.</summary>
    public required string Network { get; init; }

    /// <summary>Number of stored values.</summary>
    public required long Values { get; init; }

    /// <summary>The terms of its use as plain text; "not stated" where no card says them.</summary>
    public required string Licence { get; init; }

    /// <summary>The card's text; empty where there is none.</summary>
    public required string Text { get; init; }

    /// <summary>Reads a model's facts and card.</summary>
    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    public static ModelCard Read(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Open(path);
        string card = System.IO.Path.ChangeExtension(path, ".md");
        string text = File.Exists(card) ? File.ReadAllText(card) : "";
        string? licence = text.Split('\n').Select(line => line.Trim('*', '-', ' ', '\r'))
            .FirstOrDefault(line => line.StartsWith(LicenceMark, StringComparison.OrdinalIgnoreCase));
        return new ModelCard
        {
            Name = System.IO.Path.GetFileNameWithoutExtension(path),
            Path = System.IO.Path.GetFullPath(path),
            Bytes = new FileInfo(path).Length,
            Network = file.Metadata.GetValueOrDefault(ModelFile.NameKey, "unknown"),
            Values = file.Entries.Sum(entry => entry.Shape.Aggregate(1L, (product, size) => product * size)),
            Licence = licence is null ? "not stated" : Plain(licence[LicenceMark.Length..]),
            Text = text,
        };
    }

    /// <summary>Loads a model whole and looks at every weight.</summary>
    /// <returns>The network's facts, one line.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, lacks weights, or holds values that are not finite.</exception>
    public static string Verify(string path)
    {
        using Engine engine = new(1);
        Network network = ModelFile.Load(path, engine);
        foreach (Nn.Parameter parameter in network.Parameters)
        {
            if (Array.FindIndex(parameter.Value.ToArray(), value => !float.IsFinite(value)) is >= 0 and int index)
            {
                throw new InvalidDataException($"'{path}': weight {index} of '{parameter.Name}' is not a finite number; the training diverged or the file is damaged");
            }
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"{string.Join(", ", network.Sources)}; {network.SampleRate} Hz, {(network.Channels == 1 ? "mono" : "stereo")}, {network.ParameterCount / 1e6:F1} million weights");
    }

    /// <summary>Markdown without its marks: links become their text, emphasis goes.</summary>
    private static string Plain(string markdown) =>
        Link().Replace(markdown, "$1").Replace("*", "", StringComparison.Ordinal).Trim();

    [GeneratedRegex(@"\[([^\]]*)\]\([^)]*\)")]
    private static partial Regex Link();
}
