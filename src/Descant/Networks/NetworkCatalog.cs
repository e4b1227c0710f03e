using Descant.Nn;

namespace Descant.Networks;

/// <summary>The catalogue of networks: one line (or block) each.</summary>
public static class NetworkCatalog
{
    private static readonly int[] SixLevels = [16, 32, 64, 128, 256, 512];

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
