using Descant.Nn;

namespace Descant.Networks;

/// <summary>The catalogue of networks: one line (or block) each.</summary>
public static class NetworkCatalog
{
    private static readonly int[] SixLevels = [16, 32, 64, 128, 256, 512];
    private static readonly int[] QuarterWidths = [16, 32, 64, 128, 128];
    private static readonly int[] TinyWidths = [4, 8, 8, 8, 8];

    private static readonly string[] FourSources = ["vocals", "drums", "bass", "other"];

    /// <summary>All presets.</summary>
    public static IReadOnlyList<NetworkPreset> Entries { get; } =
    [
        new("s0-seed", "S0", "U-Net of four levels, as the text of S0 says.", new MaskingUNetOptions { Weights = WeightInit.LeCunNormal, Epsilon = 2e-5f }),
        new("s0-code", "S0", "U-Net of six levels, as the code behind S0 has it.", new MaskingUNetOptions { Widths = SixLevels, Weights = WeightInit.LeCunNormal, Epsilon = 2e-5f }),
        new("jansson", "S0", "The U-Net of Jansson et al. 2017 at 8192 Hz.", new MaskingUNetOptions { Widths = SixLevels, Kernel = 5, SampleRate = 8192, HopLength = 768 }),
        new("s0-tiny", "S0", "Two levels, for tests.", new MaskingUNetOptions { Widths = [8, 16], FftSize = 256, HopLength = 128, PatchFrames = 32, Dropout = 0 }, IsTiny: true),
        new("umx", "S1", "Open-Unmix: three bidirectional LSTM layers, 44.1 kHz stereo.", new OpenUnmixOptions()),
        new("umxl", "S1", "Open-Unmix with 1024 features, the size of the published UMX-L.", new OpenUnmixOptions { Hidden = 1024 }),
        new("umx-l1", "S1", "Open-Unmix trained on the absolute error.", new OpenUnmixOptions { Loss = OpenUnmixLoss.L1 }),
        new("umx-dual", "S1", "Open-Unmix trained on magnitudes and waveforms at once.", new OpenUnmixOptions { Loss = OpenUnmixLoss.Dual }),

        // Segments as long as the excerpts of training: further on, a transformer is told positions that it never learnt from. A small one
        // trained on 64 frames separated at 6.19 dB in segments of 64, 6.06 of 128, 5.48 of 256 and 5.16 of 512.
        new(
            "umx-transformer", "S1", "Open-Unmix with one encoder and one decoder layer in place of the LSTM, as S1's figure 4 shows.",
            new OpenUnmixOptions { Architecture = OpenUnmixArchitecture.Transformer, SegmentFrames = 255 }),
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
            "umx-transformer-code", "S1", "Open-Unmix with the transformer of S1's code: six layers each, no positions.",
            new OpenUnmixOptions { Architecture = OpenUnmixArchitecture.Transformer, EncoderLayers = 6, DecoderLayers = 6, HasPositions = false, SegmentFrames = 512 }),
        new(
            "umx-transformer-tiny", "S1", "Open-Unmix with a transformer of 16 features, for tests.",
            new OpenUnmixOptions
            {
                SampleRate = 16000, Channels = 1, FftSize = 256, HopLength = 128, BandwidthHz = 6000, Hidden = 16, Dropout = 0, ExcerptFrames = 32, SegmentFrames = 32,
                Architecture = OpenUnmixArchitecture.Transformer, Heads = 2, FeedForward = 32,
            }, IsTiny: true),
        new("umx-time", "S1", "S1's time-domain model, figure 3: Open-Unmix between learnt transforms, 16 kHz stereo.", new TimeDomainUnmixOptions()),
        new("umx-time-gain", "S1", "The same, its rectified output a gain of the mixture.", new TimeDomainUnmixOptions { Head = TimeDomainHead.Gain }),
        new("umx-time-wave", "S1", "The same behind the way down of a Wave-U-Net, its other ingredient.", new TimeDomainUnmixOptions { FrontEnd = TimeDomainFrontEnd.WaveUNet, FirstFilters = 24 }),
        new("umx-time-relu", "S1", "The same, its output the rectified waveform: figure 3 to the letter.", new TimeDomainUnmixOptions { Head = TimeDomainHead.Relu }),
        new(
            "umx-time-tiny", "S1", "The same with 32 features, for tests.",
            new TimeDomainUnmixOptions { SampleRate = 8000, Channels = 1, FirstFilters = 16, Stride = 8, Hidden = 32, Layers = 1, Dropout = 0, ExcerptFrames = 64, SegmentFrames = 256 }, IsTiny: true),
        new("wave-u-net", "S1", "Wave-U-Net of Stoller et al. 2018, its model M4: 22.05 kHz stereo; S3's comparison C1.", new WaveUNetOptions()),
        new("wave-u-net-multi", "S1", "Wave-U-Net for four sources; S3's comparison C2.", new WaveUNetOptions { Sources = ["bass", "drums", "other", "vocals"] }),
        new(
            "wave-u-net-tiny", "S1", "Wave-U-Net of three levels, for tests.",
            new WaveUNetOptions { SampleRate = 8000, Levels = 3, Filters = 8, TrainedSamples = 4000, SeparatedSamples = 16000 }, IsTiny: true),
        new("s2-b", "S2", "Fusion-Net with strided convolutions: S2's text and tables at once.", new FusionNetOptions()),
        new("s2-b-gain", "S2", "The same, its outputs gains of the mixture, as those of the U-Net that S2 calls similar.", new FusionNetOptions { Output = FusionNetOutput.Gains }),
        new("s2-a", "S2", "Fusion-Net that halves by pooling, as the network that S2 cites.", new FusionNetOptions { Variant = FusionNetVariant.Pooling }),
        new("s2-b-two", "S2", "A Fusion-Net for each source, with table I's one output.", new FusionNetOptions { HasNetworkPerSource = true }),
        new("s2-tiny", "S2", "Fusion-Net of two levels, for tests.", new FusionNetOptions { FftSize = 256, HopLength = 128, PatchFrames = 32, Widths = [8, 16] }, IsTiny: true),
        new("s2-a-tiny", "S2", "The same that halves by pooling.", new FusionNetOptions { Variant = FusionNetVariant.Pooling, FftSize = 256, HopLength = 128, PatchFrames = 32, Widths = [8, 16] }, IsTiny: true),
        new("s3-m1", "S3", "Spectrogram-Channels U-Net that learns the vocals (α = 1).", new SpectrogramChannelsUNetOptions { LossWeights = [1, 0] }),
        new("s3-m2", "S3", "Spectrogram-Channels U-Net that learns the accompaniment (α = 0).", new SpectrogramChannelsUNetOptions { LossWeights = [0, 1] }),
        new("s3-m3", "S3", "Spectrogram-Channels U-Net that learns both alike (α = 0.5).", new SpectrogramChannelsUNetOptions { LossWeights = [0.5f, 0.5f] }),
        new("s3-m4", "S3", "Spectrogram-Channels U-Net that balances both by their level (α = 0.707 on the paper's data).", new SpectrogramChannelsUNetOptions()),
        new("s3-m5", "S3", "Spectrogram-Channels U-Net of four sources, learnt alike.", new SpectrogramChannelsUNetOptions { Sources = FourSources, LossWeights = [0.25f, 0.25f, 0.25f, 0.25f] }),
        new("s3-m6", "S3", "Spectrogram-Channels U-Net of four sources, balanced by their level.", new SpectrogramChannelsUNetOptions { Sources = FourSources }),
        new("s3-m4-32", "S3", "The balanced one with 32 to 512 maps and four poolings, as a public implementation has it.", new SpectrogramChannelsUNetOptions { Widths = [32, 64, 128, 256, 512] }),
        new("s3-m4-64", "S3", "The balanced one with 64 to 1024 maps and four poolings.", new SpectrogramChannelsUNetOptions { Widths = [64, 128, 256, 512, 1024] }),
        new(
            "s3-tiny", "S3", "The balanced one of three levels, for tests.",
            new SpectrogramChannelsUNetOptions { SampleRate = 8000, FftSize = 256, HopLength = 128, Widths = [8, 16, 32], Dropout = 0, ExcerptSamples = 4000, SegmentSamples = 16000 }, IsTiny: true),
        new(
            "s3-multi-tiny", "S3", "The same with four sources.",
            new SpectrogramChannelsUNetOptions { Sources = FourSources, SampleRate = 8000, FftSize = 256, HopLength = 128, Widths = [8, 16, 32], Dropout = 0, ExcerptSamples = 4000, SegmentSamples = 16000 }, IsTiny: true),
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
