using System.Globalization;
using System.Text.RegularExpressions;

namespace Descant.Datasets;

/// <summary>The table <c>MANIFEST.tsv</c> of a corpus: licence, and bandwidth where narrow, of each file.</summary>
internal sealed partial class Manifest
{
    private readonly Dictionary<string, (string Licence, double? BandwidthHz)> _rows = new(StringComparer.Ordinal);

    private Manifest()
    {
    }

    /// <summary>Reads the table; an absent file is an empty table.</summary>
    /// <exception cref="InvalidDataException">A line has no second column.</exception>
    public static Manifest Read(string path)
    {
        Manifest manifest = new();
        if (!File.Exists(path))
        {
            return manifest;
        }

        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            string[] columns = line.Split('\t');
            if (line.Length == 0 || columns[0] == "path")
            {
                continue;
            }

            if (columns.Length < 2)
            {
                throw new InvalidDataException($"{path}, line {number}: expected path, tab, licence; got '{line}'.");
            }

            Match band = Band().Match(columns[1]);
            double? bandwidth = band.Success
                ? double.Parse(band.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
                : null;
            manifest._rows[Path.ChangeExtension(columns[0], null)] = (Band().Replace(columns[1], string.Empty).Trim(), bandwidth);
        }

        return manifest;
    }

    /// <summary>The row of a track's name (a path without extension), or null.</summary>
    public (string Licence, double? BandwidthHz)? Find(string name) =>
        _rows.TryGetValue(name, out (string Licence, double? BandwidthHz) row) ? row : null;

    [GeneratedRegex(@"\[band (\d+(?:\.\d+)?) Hz\]")]
    private static partial Regex Band();
}
