using System.Text.Json;
using System.Text.Json.Nodes;
using Descant.Models;
using Descant.Networks;
using Descant.Tensors.Checkpoints;

namespace Descant.Tests.Networks;

/// <summary>Definitions of networks as models carry them.</summary>
public sealed class NetworkOptionsTests
{
    private const string Key = "descant.options";

    public static TheoryData<string> All() => [.. NetworkCatalog.Entries.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(All))]
    public void What_a_model_says_is_read_back(string name)
    {
        NetworkPreset preset = NetworkCatalog.Find(name);
        string json = ModelFile.Describe(preset)[Key];
        NetworkOptions read = NetworkOptions.Read(json);
        Assert.IsType(preset.Options.GetType(), read);
        Assert.Equal(json, ModelFile.Describe(preset with { Options = read })[Key]);
    }

    [Fact]
    public void A_setting_that_an_earlier_version_did_not_know_has_its_default()
    {
        JsonObject json = JsonNode.Parse(ModelFile.Describe(NetworkCatalog.Find("s2-tiny"))[Key])!.AsObject();
        Assert.True(json.Remove("patchFrames"));
        Assert.True(json.Remove("sampleRate"));
        FusionNetOptions read = (FusionNetOptions)NetworkOptions.Read(json.ToJsonString());
        Assert.Equal(new FusionNetOptions().PatchFrames, read.PatchFrames);
        Assert.Equal(8192, read.SampleRate);
        Assert.Equal(256, read.FftSize);
    }

    [Fact]
    public void A_model_whose_settings_have_since_got_other_names_can_still_be_read()
    {
        using SafetensorsFile model = SafetensorsFile.Open(Path.Combine(Checkout.Root, "models", "comparison", "umx-time-narrow.safetensors"));
        Assert.Contains("minimisesAbsoluteError", model.Metadata[Key], StringComparison.Ordinal);
        TimeDomainUnmixOptions read = (TimeDomainUnmixOptions)NetworkOptions.Read(model.Metadata[Key]);
        Assert.Equal((256, TimeDomainLoss.Mse), (read.Hidden, read.Loss));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("{")]
    [InlineData("{\"$type\":\"diffusion\"}")]
    [InlineData("{\"$type\":7}")]
    [InlineData("{\"$type\":\"fusion-net\",\"patchFrames\":\"many\"}")]
    public void What_is_no_network_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => NetworkOptions.Read(json));
}
