using System.Text;

namespace Descant.Separation;

/// <summary>How the path of a stem is made from facts of its song, for example <c>{track}/{stem}.{ext}</c>.</summary>
/// <remarks>
/// Variables: <c>{track}</c> the file's name without its ending, unchanged; <c>{stem}</c>; <c>{ext}</c>; from the tags
/// <c>{artist}</c>, <c>{album}</c>, <c>{title}</c>, <c>{date}</c>; <c>{model}</c>. What a value may not have in a file
/// name becomes <c>_</c>; a value never adds a folder and never leads out of the output folder.
/// </remarks>
public sealed class OutputTemplate
{
    /// <summary>The template that is used unless another is asked for.</summary>
    public const string Default = "{track}/{stem}.{ext}";

    private const int LongestValue = 110; // bytes: two of them, a stem and an ending fit the 255 of a file system's names

    private static readonly string[] s_variables = ["track", "stem", "ext", "artist", "album", "title", "date", "model"];
    private readonly List<(string Text, bool IsVariable)> _parts = [];

    /// <summary>Parses a template.</summary>
    /// <exception cref="ArgumentException">An unknown variable, no <c>{stem}</c>, or a path that leads out of the folder.</exception>
    public OutputTemplate(string template)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(template);
        for (int position = 0; position < template.Length;)
        {
            int open = template.IndexOf('{', position);
            if (open < 0)
            {
                _parts.Add((template[position..], false));
                break;
            }

            int close = template.IndexOf('}', open);
            string name = close < 0 ? "" : template[(open + 1)..close];
            if (!s_variables.Contains(name))
            {
                throw new ArgumentException(
                    $"output template: expected one of {string.Join(", ", s_variables.Select(v => $"{{{v}}}"))}, got '{template[open..(close < 0 ? template.Length : close + 1)]}'", nameof(template));
            }

            _parts.Add((template[position..open], false));
            _parts.Add((name, true));
            position = close + 1;
        }

        if (!_parts.Contains(("stem", true)))
        {
            throw new ArgumentException($"output template: expected {{stem}} somewhere, so that stems do not overwrite each other, got '{template}'", nameof(template));
        }

        string[] folders = template.Split('/', '\\');
        if (System.IO.Path.IsPathRooted(template) || folders.Any(folder => folder.Trim() is "" or "." or ".."))
        {
            throw new ArgumentException($"output template: expected a path inside the output folder, got '{template}'", nameof(template));
        }
    }

    /// <summary>Whether it needs the song's tags.</summary>
    public bool NeedsTags => _parts.Any(part => part.IsVariable && part.Text is "artist" or "album" or "title" or "date");

    /// <summary>The name that stands for a file: without its ending, unchanged.</summary>
    public static string TrackName(string file)
    {
        string name = System.IO.Path.GetFileNameWithoutExtension(file);
        return name is "" or "." or ".." ? System.IO.Path.GetFileName(file) + "_" : name;
    }

    /// <summary>Makes the path of a stem, relative to the output folder.</summary>
    /// <param name="track">The song's <see cref="TrackName"/>, with a number where two songs share one.</param>
    /// <param name="stem">The stem.</param>
    /// <param name="extension">The ending, without its dot.</param>
    /// <param name="model">The model's name.</param>
    /// <param name="tags">The song's tags, keys in lower case.</param>
    public string Path(string track, string stem, string extension, string model, IReadOnlyDictionary<string, string> tags)
    {
        StringBuilder path = new();
        foreach ((string text, bool isVariable) in _parts)
        {
            path.Append(!isVariable ? text : text switch
            {
                // A file's name is valid as it is, and is kept as it is.
                "track" => track,
                "stem" => stem,
                "ext" => extension,
                "model" => Valid(model),
                "artist" => Tag("artist", "Unknown artist"),
                "album" => Tag("album", "Unknown album"),
                "date" => Tag("date", "Unknown date"),
                _ => Tag("title", track),
            });
        }

        return path.ToString();

        string Tag(string key, string missing) => tags.TryGetValue(key, out string? value) && value.Trim().Length > 0 ? Valid(value) : missing;
    }

    private static string Valid(string value)
    {
        const string Forbidden = "/\\:*?\"<>|";
        string valid = string.Concat(value.Trim().Select(c => char.IsControl(c) || Forbidden.Contains(c) ? '_' : c));
        int end = 0, bytes = 0;
        foreach (Rune rune in valid.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > LongestValue)
            {
                break;
            }

            end += rune.Utf16SequenceLength;
        }

        valid = valid[..Math.Min(end, valid.Length)];
        return valid.Trim('.', ' ') is { Length: > 0 } trimmed ? trimmed : "_";
    }
}
