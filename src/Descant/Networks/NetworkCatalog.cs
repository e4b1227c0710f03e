using Descant.Nn;

namespace Descant.Networks;

/// <summary>The catalogue of networks: one line (or block) each.</summary>
public static class NetworkCatalog
{
    private static readonly int[] SixLevels = [16, 32, 64, 128, 256, 512];
    private static readonly int[] QuarterWidths = [16, 32, 64, 128, 128];
    private static readonly int[] TinyWidths = [4, 8, 8, 8, 8];

    /// <summary>All presets.</summary>
    public static IReadOnlyList<NetworkPreset> Entries { get; } =
    [
        new("s0-seed", "S0", "U-Net of four levels, as the text of S0 says.", new MaskingUNetOptions { Weights = WeightInit.LeCunNormal, Epsilon = 2e-5f }),
        new("s0-code", "S0", "U-Net of six levels, as the code behind S0 has it.", new MaskingUNetOptions { Widths = SixLevels, Weights = WeightInit.LeCunNormal, Epsilon = 2e-5f }),
        new("jansson", "S0", "The U-Net of Jansson et al. 2017 at 8192 Hz.", new MaskingUNetOptions { Widths = SixLevels, Kernel = 5, SampleRate = 8192, HopLength = 768 }),
        new("s0-tiny", "S0", "Two levels, for tests.", new MaskingUNetOptions { Widths = [8, 16], FftSize = 256, HopLength = 128, PatchFrames = 32, Dropout = 0 }, IsTiny: true),
        new("umx", "S1", "Open-Unmix: three bidirectional LSTM layers, 44.1 kHz stereo.", new OpenUnmixOptions()),
        new("umx-l1", "S1", "Open-Unmix trained on the absolute error.", new OpenUnmixOptions { Loss = OpenUnmixLoss.L1 }),
        new("umx-dual", "S1", "Open-Unmix trained on magnitudes and waveforms at once.", new OpenUnmixOptions { Loss = OpenUnmixLoss.Dual }),
        new("umx-transformer", "S1", "Open-Unmix with one encoder and one decoder layer in place of the LSTM, as S1's figure 4 shows.", new OpenUnmixOptions { Architecture = OpenUnmixArchitecture.Transformer, SegmentFrames = 512 }),
        new(
            "umx-tiny", "S1", "Open-Unmix with 16 features, for tests.",
            new OpenUnmixOptions { SampleRate = 16000, Channels = 1, FftSize = 256, HopLength = 128, BandwidthHz = 6000, Hidden = 16, Layers = 2, Dropout = 0, ExcerptFrames = 32, SegmentFrames = 128 }, IsTiny: true),
        new("gru-nri", "S0", "Rival of S0: skip-filtering GRU, the decoder applied once.", new SkipFilteringGruOptions { IsRecurrent = false }),
        new("gru-ris-s", "S0", "Rival of S0: skip-filtering GRU, the decoder applied to its own output up to 3 times.", new SkipFilteringGruOptions { MostIterations = 3, Tolerance = 1e-2f }),
        new("gru-ris-l", "S0", "Rival of S0: skip-filtering GRU, the decoder applied to its own output up to 10 times.", new SkipFilteringGruOptions()),
        new(
            "gru-ris-tiny", "S0", "Skip-filtering GRU over 24 bins, for tests.",
            new SkipFilteringGruOptions
            {
                SampleRate = 16000, FftSize = 128, WindowLength = 65, HopLength = 32, SeenBins = 24, SequenceFrames = 24, ContextFrames = 4,
                SegmentFrames = 64, MostIterations = 2, Tolerance = 0, GriffinLimIterations = 2, MaskPenalty = 1e-4f, DenoiserPenalty = 1e-6f,
            }, IsTiny: true),
        new("semi-supervised", "S0", "Rival of S0: masking network with two adversaries, trained without matching parts.", new SemiSupervisedMaskingOptions()),
        new("semi-supervised-narrow", "S0", "The same with an eighth of the feature maps.", new SemiSupervisedMaskingOptions { Width = 8, DiscriminatorWidth = 8 }),
        new(
            "semi-supervised-tiny", "S0", "Masking network with two adversaries on images of 32 by 32, for tests.",
            new SemiSupervisedMaskingOptions
            {
                SampleRate = 16000, FftSize = 64, HopLength = 16, ImageFrames = 32, ContextFrames = 4, Width = 4, DownSamplings = 1, ResidualBlocks = 1,
                DiscriminatorWidth = 4, DiscriminatorLayers = 2, Scales = 2,
            }, IsTiny: true),
        new("s4-dc", "S4", "Deep clustering: four bidirectional GRU layers, 20 values a bin, k-means.", new DeepClusteringOptions()),
        new("s4-dc-narrow", "S4", "Deep clustering with 200 units instead of 500.", new DeepClusteringOptions { Hidden = 200 }),
        new("s4-dc-text", "S4", "Deep clustering with the labels of the paper's text, one column, on plain decibels.", new DeepClusteringOptions { SingleColumnLabels = true, Scaling = MelScaling.Decibels }),
        new("s4-hdc", "S4", "Hybrid: deep clustering with a second head for a soft mask, which chooses the cluster.", new DeepClusteringOptions { HasMaskHead = true }),
        new("s4-hdc-narrow", "S4", "Hybrid with 200 units instead of 500.", new DeepClusteringOptions { HasMaskHead = true, Hidden = 200 }),
        new("s4-hdc-head", "S4", "Hybrid that separates with the soft mask.", new DeepClusteringOptions { HasMaskHead = true, Answer = ClusteringAnswer.Head }),
        new("s4-unet", "S4", "U-Net on mel spectrograms as the paper states it: four halvings, dropout.", new MelUNetOptions()),
        new("s4-unet-narrow", "S4", "The same with a quarter of the feature maps.", new MelUNetOptions { Widths = QuarterWidths }),
        new("s4-unet-legacy", "S4", "The U-Net of the code behind S4: two halvings, cut skips, no dropout, plain decibels, Griffin-Lim.", new MelUNetOptions { IsLegacy = true, Dropout = 0, Scaling = MelScaling.Decibels, Resynthesis = MelResynthesis.GriffinLim }),
        new("s4-uh-net", "S4", "UH-net: the U-Net also sees the masks of a hybrid trained with it.", new UhNetOptions()),
        new("s4-uh-net-narrow", "S4", "UH-net with 200 units and a quarter of the feature maps.", new UhNetOptions { Hidden = 200, Widths = QuarterWidths }),
        new("s4-uh-net-griffin-lim", "S4", "UH-net heard as S4 does: mel bands inverted, Griffin-Lim from random phases.", new UhNetOptions { Resynthesis = MelResynthesis.GriffinLim }),
        new(
            "s4-dc-tiny", "S4", "Deep clustering with 12 units, for tests.",
            new DeepClusteringOptions { FftSize = 256, HopLength = 64, Bands = 32, ChunkFrames = 32, SegmentFrames = 64, ContextFrames = 8, Hidden = 12, Layers = 2, Dimensions = 8, Dropout = 0 }, IsTiny: true),
        new(
            "s4-hdc-tiny", "S4", "Hybrid with 12 units, for tests.",
            new DeepClusteringOptions { FftSize = 256, HopLength = 64, Bands = 32, ChunkFrames = 32, SegmentFrames = 64, ContextFrames = 8, Hidden = 12, Layers = 2, Dimensions = 8, Dropout = 0, HasMaskHead = true }, IsTiny: true),
        new(
            "s4-unet-tiny", "S4", "S4's U-Net with 4 to 8 feature maps, for tests.",
            new MelUNetOptions { FftSize = 256, HopLength = 64, Bands = 32, ChunkFrames = 32, SegmentFrames = 64, ContextFrames = 8, Widths = TinyWidths, Dropout = 0 }, IsTiny: true),
        new(
            "s4-uh-net-tiny", "S4", "UH-net with 12 units and 4 to 8 feature maps, for tests.",
            new UhNetOptions { FftSize = 256, HopLength = 64, Bands = 32, ChunkFrames = 32, SegmentFrames = 64, ContextFrames = 8, Hidden = 12, Layers = 2, Dimensions = 8, Widths = TinyWidths, Dropout = 0 }, IsTiny: true),
        new("subband", "", "Our network for records: subbands as channels, frequency and recurrent layers, complex masks.", new SubbandUNetOptions()),
        new("subband-fast", "", "The same, narrow, over eight subbands.", new SubbandUNetOptions { Subbands = 8, Widths = [16, 32, 64, 112], Hidden = 96, Paths = 1 }),
        new("subband-four", "", "The same for vocals, drums, bass and other.", new SubbandUNetOptions { Targets = ["vocals", "drums", "bass", "other"] }),
        new(
            "subband-tiny", "", "The same with few features, for tests.",
            new SubbandUNetOptions { FftSize = 256, HopLength = 64, Subbands = 2, Widths = [4, 6, 8], Hidden = 5, Paths = 1, ExcerptFrames = 64, SegmentFrames = 128 }, IsTiny: true),
        new(
            "unet-stereo", "", "S0's U-Net widened to what records need: 44.1 kHz stereo, fine bins below 8.3 kHz and groups of five above.",
            new MaskingUNetOptions
            {
                SampleRate = 44100, Channels = 2, FftSize = 4096, HopLength = 1024, SingleBins = 768, BinsPerGroup = 5,
                Widths = [16, 32, 64, 128, 256, 384], Kernel = 5, Dropout = 0.2f, Leveling = Leveling.LogRms, LearnsAccompaniment = true,
            }),
    ];

    /// <summary>The preset of that name.</summary>
    /// <exception cref="ArgumentException">There is none; names the known ones.</exception>
    public static NetworkPreset Find(string name) => Entries.FirstOrDefault(entry => entry.Name == name) ?? throw new ArgumentException(
        $"network: expected one of {string.Join(", ", Entries.Select(entry => entry.Name))}, got '{name}'.");
}
