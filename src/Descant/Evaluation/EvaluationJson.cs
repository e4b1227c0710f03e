using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Descant.Evaluation;

/// <summary>
/// Saved evaluations as JSON: <c>metrics.&lt;metric&gt;.&lt;source&gt;.&lt;score&gt;</c>, <c>frames</c> and <c>active</c> beside
/// them; a data set has the same under each of its <c>items</c>. Infinity and NaN are the strings "Infinity", "-Infinity"
/// and "NaN".
/// </summary>
public static class EvaluationJson
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
    };

    /// <summary>The record as JSON text.</summary>
    public static string Serialize(EvaluationRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.IsDataSet
            ? JsonSerializer.Serialize(
                new DataSetDocument
                {
                    System = record.System,
                    Items = [.. record.Items.Select(item => ToDocument(item, null, null))],
                    Aggregates = Aggregation.Compute(record),
                    Mismatches = record.Mismatches,
                },
                Format)
            : JsonSerializer.Serialize(ToDocument(record.Items[0], record.System, record.Mismatches), Format);
    }

    /// <summary>Reads what <see cref="Serialize"/> wrote.</summary>
    /// <param name="text">The JSON.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidDataException">Not an evaluation.</exception>
    public static EvaluationRecord Deserialize(string text, string name)
    {
        try
        {
            DataSetDocument document = JsonSerializer.Deserialize<DataSetDocument>(text, Format)
                ?? throw new InvalidDataException($"{name}: expected an evaluation saved by descant evaluate --json, got null");
            if (document.Items is { } items)
            {
                return new EvaluationRecord
                {
                    System = document.System ?? name,
                    IsDataSet = true,
                    Items = [.. items.Select(item => FromDocument(item, name))],
                    Mismatches = document.Mismatches ?? [],
                };
            }

            ItemDocument single = JsonSerializer.Deserialize<ItemDocument>(text, Format)!; // not null, as above
            return new EvaluationRecord
            {
                System = single.System ?? name,
                IsDataSet = false,
                Items = [FromDocument(single, name)],
                Mismatches = single.Mismatches ?? [],
            };
        }
        catch (JsonException error)
        {
            throw new InvalidDataException($"{name}: expected an evaluation saved by descant evaluate --json, got other JSON ({error.Message})", error);
        }
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InvalidDataException">Missing, or not an evaluation.</exception>
    public static EvaluationRecord Load(string path) => File.Exists(path)
        ? Deserialize(File.ReadAllText(path), path)
        : throw new InvalidDataException($"{path}: expected an evaluation saved by descant evaluate --json, got no such file");

    private static ItemDocument ToDocument(ItemScores item, string? system, IReadOnlyList<string>? mismatches) => new()
    {
        System = system,
        Name = item.Name,
        Sources = item.Sources,
        SampleRate = item.SampleRate,
        Channels = item.Channels,
        Samples = item.Samples,
        Metrics = item.Metrics,
        Frames = item.Frames,
        Active = item.Active,
        SilentFrames = item.SilentFrames,
        Permutations = item.Permutations.Count == 0 ? null : item.Permutations,
        Notes = item.Notes,
        Mismatches = mismatches,
    };

    private static ItemScores FromDocument(ItemDocument? item, string name)
    {
        if (item?.Metrics is null || item.Metrics.Values.Any(sources => sources is null || sources.Values.Any(scores => scores is null)))
        {
            throw new InvalidDataException($"{name}: expected an evaluation saved by descant evaluate --json, got no \"metrics\" in it, or a null among them");
        }

        return new ItemScores
        {
            Name = item.Name ?? string.Empty,
            Sources = item.Sources ?? [.. item.Metrics.Values.SelectMany(sources => sources.Keys).Distinct()],
            SampleRate = item.SampleRate,
            Channels = item.Channels,
            Samples = item.Samples,
            Metrics = item.Metrics,
            Frames = item.Frames ?? [],
            Active = item.Active ?? [],
            SilentFrames = item.SilentFrames ?? [],
            Permutations = item.Permutations ?? [],
            Notes = [.. item.Notes ?? []],
        };
    }

    private sealed class DataSetDocument
    {
        public string? System { get; init; }

        public IReadOnlyList<AggregateRow>? Aggregates { get; init; }

        public IReadOnlyList<string>? Mismatches { get; init; }

        public IReadOnlyList<ItemDocument?>? Items { get; init; }
    }

    private sealed class ItemDocument
    {
        public string? System { get; init; }

        public string? Name { get; init; }

        public IReadOnlyList<string>? Sources { get; init; }

        public int SampleRate { get; init; }

        public int Channels { get; init; }

        public long Samples { get; init; }

        public Dictionary<string, Dictionary<string, Dictionary<string, double>>>? Metrics { get; init; }

        public Dictionary<string, Dictionary<string, FrameScores>>? Frames { get; init; }

        public Dictionary<string, Dictionary<string, ActiveScores>>? Active { get; init; }

        public Dictionary<string, int>? SilentFrames { get; init; }

        public Dictionary<string, Dictionary<string, string>>? Permutations { get; init; }

        public IReadOnlyList<string>? Notes { get; init; }

        public IReadOnlyList<string>? Mismatches { get; init; }
    }
}
