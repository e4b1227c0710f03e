using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Descant.Separation;

/// <summary>
/// What Descant wrote into a folder: one line of JSON per event, only ever appended. It tells which songs need not be done
/// again, which files may be replaced, and which are never taken for songs.
/// </summary>
/// <remarks>A line is written before a song's stems get their names and another after. A process that is killed between
/// the two leaves files that a later run knows to be its own; a torn last line is ignored.</remarks>
public sealed class SeparationManifest
{
    /// <summary>Its name in the output folder.</summary>
    public const string FileName = ".descant-manifest.jsonl";

    // Whether two paths are one file is the system's matter.
    internal static readonly StringComparer PathComparer =
        OperatingSystem.IsWindows() || OperatingSystem.IsMacOS() ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;

    private readonly Lock _turn = new();
    private readonly List<ManifestEntry> _entries = [];
    private readonly Dictionary<string, string> _owners = new(PathComparer);
    private readonly Dictionary<string, string> _inputHashes = new(PathComparer);

    private SeparationManifest(string folder) => Folder = folder;

    /// <summary>The folder it describes, absolute.</summary>
    public string Folder { get; }

    /// <summary>The absolute paths of all files that Descant wrote here.</summary>
    public IReadOnlyCollection<string> Files => _owners.Keys;

    /// <summary>Reads a folder's manifest; an absent one is empty.</summary>
    public static SeparationManifest Open(string folder)
    {
        SeparationManifest manifest = new(Path.GetFullPath(folder));
        string file = Path.Combine(manifest.Folder, FileName);
        if (File.Exists(file))
        {
            foreach (string line in File.ReadLines(file))
            {
                if (Parse(line) is { } entry)
                {
                    manifest.Remember(entry);
                }
            }
        }

        return manifest;
    }

    /// <summary>SHA-256 of a file, in hexadecimal.</summary>
    public static string Hash(string file)
    {
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 1 << 20);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>The song that a file was made from, or null where Descant did not write it.</summary>
    public string? Owner(string path)
    {
        lock (_turn)
        {
            return _owners.GetValueOrDefault(Path.GetFullPath(path));
        }
    }

    /// <summary>The <see cref="Hash"/> of the song that a file was made from, or null where Descant did not write it.</summary>
    public string? InputHash(string path)
    {
        lock (_turn)
        {
            return _inputHashes.GetValueOrDefault(Path.GetFullPath(path));
        }
    }

    /// <summary>Whether a song was finished from the same content with the same model and options, and its files are as they were written.</summary>
    public bool IsFinished(ManifestEntry wanted)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        lock (_turn)
        {
            ManifestEntry? last = _entries.FindLast(entry => entry.Files.Any(file => wanted.Files.Contains(file)));
            return last is { Finished: true } && last.InputHash == wanted.InputHash && last.ModelHash == wanted.ModelHash
                && last.Options == wanted.Options && last.Files.SequenceEqual(wanted.Files)
                && last.Files.Zip(last.Bytes).All(file => new FileInfo(Absolute(file.First)) is { Exists: true } found && found.Length == file.Second);
        }
    }

    /// <summary>Appends a line; from then on the files are Descant's.</summary>
    public void Append(ManifestEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        lock (_turn)
        {
            Directory.CreateDirectory(Folder);
            byte[] line = Encoding.UTF8.GetBytes(JsonSerializer.Serialize(entry, ManifestJson.Default.ManifestEntry) + "\n");
            using FileStream file = new(Path.Combine(Folder, FileName), FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 1);
            if (file.Length > 0 && !EndsWithNewline(file.Name))
            {
                file.WriteByte((byte)'\n'); // after a torn line
            }

            file.Write(line);
            Remember(entry);
        }
    }

    private static bool EndsWithNewline(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 1);
        file.Position = file.Length - 1;
        return file.ReadByte() == '\n';
    }

    private static ManifestEntry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, ManifestJson.Default.ManifestEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private string Absolute(string relative) => Path.GetFullPath(Path.Combine(Folder, relative));

    private void Remember(ManifestEntry entry)
    {
        _entries.Add(entry);
        foreach (string file in entry.Files)
        {
            _owners[Absolute(file)] = entry.Input;
            _inputHashes[Absolute(file)] = entry.InputHash;
        }
    }
}

/// <summary>The JSON form of a manifest's lines.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ManifestEntry))]
internal sealed partial class ManifestJson : JsonSerializerContext;
