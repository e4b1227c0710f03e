using System.Globalization;
using YamlDotNet.RepresentationModel;

namespace Descant.Datasets;

/// <summary>MedleyDB's <c>mixing_coefficients*.yaml</c>: how loud each stem is in its song's mix.</summary>
/// <remarks>
/// Version 1 gives one number a stem; version 2 several sets of numbers, of which the first of <c>manual</c>,
/// <c>audio+stft</c>, <c>audio</c> and <c>stft</c> is taken.
/// </remarks>
internal sealed class MixingCoefficients
{
    private static readonly string[] Methods = ["manual", "audio+stft", "audio", "stft"];

    private readonly string _path;
    private readonly YamlMappingNode _songs;

    private MixingCoefficients(string path, YamlMappingNode songs)
    {
        _path = path;
        _songs = songs;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Missing, or no YAML mapping.</exception>
    public static MixingCoefficients Read(string path) => new(path, YamlFile.Mapping(path));

    /// <summary>The factor of a stem; 1 where the file does not know the song.</summary>
    /// <exception cref="InvalidDataException">The song is there but the stem is not, or has no number.</exception>
    public double Of(string song, int stem)
    {
        if (YamlFile.Child(_songs, song) is not YamlMappingNode stems)
        {
            return 1;
        }

        YamlMappingNode chosen = Methods.Select(method => YamlFile.Child(stems, method)).OfType<YamlMappingNode>().FirstOrDefault() ?? stems;
        string? text = YamlFile.Text(chosen, stem.ToString(CultureInfo.InvariantCulture));
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double factor) && double.IsFinite(factor)
            ? factor
            : throw new InvalidDataException($"'{_path}': expected a number for stem {stem} of {song}, got '{text}'.");
    }
}
