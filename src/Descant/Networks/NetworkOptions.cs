using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Descant.Nn;

namespace Descant.Networks;

/// <summary>Everything that defines a network but its weights; saved in a model's metadata, so that the model can be built again.</summary>
[JsonDerivedType(typeof(MaskingUNetOptions), "masking-unet")]
[JsonDerivedType(typeof(OpenUnmixOptions), "open-unmix")]
[JsonDerivedType(typeof(SkipFilteringGruOptions), "skip-filtering-gru")]
[JsonDerivedType(typeof(SemiSupervisedMaskingOptions), "semi-supervised-masking")]
[JsonDerivedType(typeof(DeepClusteringOptions), "deep-clustering")]
[JsonDerivedType(typeof(MelUNetOptions), "mel-unet")]
[JsonDerivedType(typeof(UhNetOptions), "uh-net")]
[JsonDerivedType(typeof(SubbandUNetOptions), "subband-unet")]
[JsonDerivedType(typeof(TimeDomainUnmixOptions), "time-domain-unmix")]
[JsonDerivedType(typeof(WaveUNetOptions), "wave-u-net")]
[JsonDerivedType(typeof(FusionNetOptions), "fusion-net")]
[JsonDerivedType(typeof(SpectrogramChannelsUNetOptions), "spectrogram-channels-u-net")]
public abstract record NetworkOptions
{
    private const int HighestRate = 768_000;
    private const int LargestSize = 1 << 20;

    /// <summary>How fresh weights are drawn.</summary>
    public abstract WeightInit Weights { get; init; }

    /// <summary>Builds the network.</summary>
    public abstract Network Build(Initializer init);

    /// <summary>Reads what a model's metadata hold. A setting that they do not name, as those of an earlier version cannot, has its default.</summary>
    /// <exception cref="JsonException">It describes no known network.</exception>
    internal static NetworkOptions Read(string json)
    {
        const string TypeKey = "$type";
        JsonObject named = JsonNode.Parse(json) as JsonObject ?? throw new JsonException("expected an object");
        string? type = named[TypeKey] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
        Type known = typeof(NetworkOptions).GetCustomAttributes<JsonDerivedTypeAttribute>().FirstOrDefault(one => one.TypeDiscriminator is string name && name == type)?.DerivedType
            ?? throw new JsonException($"expected a known {TypeKey}, got {type ?? "none"}");

        // The generated reader would take 0 for what is missing.
        JsonObject all = JsonSerializer.SerializeToNode((NetworkOptions)Activator.CreateInstance(known)!, NetworkJson.Default.NetworkOptions)!.AsObject();
        foreach ((string key, JsonNode? setting) in named)
        {
            all[key] = setting?.DeepClone();
        }

        NetworkOptions options = all.Deserialize(NetworkJson.Default.NetworkOptions)!; // an object is never null
        return options.Mistake() is { } mistake ? throw new JsonException(mistake) : options;
    }

    /// <summary>What no network can be built from, for a message: sizes and rates below 0 or beyond all use, empty lists, a dropout of 1 or more; null where there is nothing.</summary>
    internal string? Mistake()
    {
        NullabilityInfoContext nullability = new();
        foreach (PropertyInfo setting in GetType().GetProperties().Where(property => property.CanWrite))
        {
            string? wrong = setting.GetValue(this) switch
            {
                null => nullability.Create(setting).WriteState == NullabilityState.Nullable ? null : "a value",
                int value when setting.Name == "SampleRate" => value is >= 1000 and <= HighestRate ? null : $"1000 to {HighestRate} Hz",
                int value => value is >= 0 and <= LargestSize ? null : $"0 to {LargestSize}",
                float value when setting.Name.Contains("Dropout", StringComparison.Ordinal) => value is >= 0 and < 1 ? null : "0 to below 1",
                float value => float.IsFinite(value) ? null : "a finite number",
                IReadOnlyList<int> sizes => sizes.Count > 0 && sizes.All(size => size is > 0 and <= LargestSize) ? null : $"at least one value, each 1 to {LargestSize}",
                IReadOnlyList<string> names => names.Count > 0 ? null : "at least one name",
                _ => null,
            };
            if (wrong is not null)
            {
                return $"setting '{Spelling.Hyphenated(setting.Name)}' expects {wrong}";
            }
        }

        return null;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(NetworkOptions))]
internal sealed partial class NetworkJson : JsonSerializerContext;
