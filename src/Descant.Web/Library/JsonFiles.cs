using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Descant.Audio;

namespace Descant.Web.Library;

/// <summary>Small JSON files: written whole or not at all, and parsed again only when they changed.</summary>
internal sealed class JsonFiles
{
    private readonly ConcurrentDictionary<string, Entry> _parsed = new(StringComparer.Ordinal);

    /// <summary>How API and files spell things.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>A file's content; null where there is none.</summary>
    public T? Read<T>(string path)
        where T : class
    {
        FileInfo file = new(path);
        if (!file.Exists)
        {
            _parsed.TryRemove(path, out _);
            return null;
        }

        if (_parsed.TryGetValue(path, out Entry? known) && known.Written == file.LastWriteTimeUtc && known.Length == file.Length)
        {
            return (T)known.Value;
        }

        try
        {
            // Facts first, content second: a file that is replaced in between is read again next time.
            T? value = JsonSerializer.Deserialize<T>(File.ReadAllBytes(path), Options);
            if (value is not null)
            {
                _parsed[path] = new Entry(file.LastWriteTimeUtc, file.Length, value);
            }

            return value;
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException)
        {
            return null; // not ours, or a disk error: as good as absent
        }
    }

    /// <summary>The content of a file that is there and is never written again: known ones are not even looked at.</summary>
    public T? ReadLasting<T>(string path)
        where T : class => _parsed.TryGetValue(path, out Entry? known) ? (T)known.Value : Read<T>(path);

    /// <summary>Writes or replaces a file.</summary>
    /// <exception cref="DirectoryNotFoundException">Its folder is gone: what it belonged to was deleted meanwhile.</exception>
    public void Write<T>(string path, T value)
        where T : class
    {
        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new DirectoryNotFoundException($"{path}: its folder was deleted");
        }

        using PendingFile file = new(path);
        File.WriteAllBytes(file.TemporaryPath, JsonSerializer.SerializeToUtf8Bytes(value, Options));
        file.Commit();
        _parsed.TryRemove(path, out _);
    }

    private static JsonSerializerOptions Create()
    {
        JsonSerializerOptions options = new(JsonSerializerDefaults.Web) { MaxDepth = 16 };
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    private sealed record Entry(DateTime Written, long Length, object Value);
}
