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
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(NetworkOptions))]
internal sealed partial class NetworkJson : JsonSerializerContext;
