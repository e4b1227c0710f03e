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

        return all.Deserialize(NetworkJson.Default.NetworkOptions)!; // an object is never null
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(NetworkOptions))]
internal sealed partial class NetworkJson : JsonSerializerContext;
