using Descant.Evaluation.ItemMetrics;

namespace Descant.Evaluation;

/// <summary>The metrics that can be asked for by name: one line each.</summary>
public static class MetricCatalog
{
    private static readonly Func<ItemContext, IItemMetric> Sources = context => new SourcesMetric(context);
    private static readonly Func<ItemContext, IItemMetric> ScaleInvariant = context => new ScaleInvariantMetric(context);
    private static readonly Func<ItemContext, IItemMetric> Masks = context => new MaskMetric(context);
    private static readonly Func<ItemContext, IItemMetric> Bleed = SpectralMetric.Bleed;

    /// <summary>All metrics.</summary>
    public static IReadOnlyList<MetricEntry> Entries { get; } =
    [
        new("v4", "BSS Eval v4 as museval: joint problem of all sources, median of 1 s frames", 2, ["SDR", "ISR", "SIR", "SAR"], context => new MusevalMetric(context)),
        new("v3", "BSS Eval v3 sources on the mean of the channels, whole signal", 2, ["SDR", "SIR", "SAR"], Sources),
        new("v3-images", "BSS Eval v3 images, whole signal", 2, ["SDR", "ISR", "SIR", "SAR"], context => new ImagesMetric(context)),
        new("nsdr", "SDR of v3 minus that of the mixture as estimate", 2, ["NSDR"], Sources),
        new("si-sdr", "scale-invariant SDR, whole signal, all channels", 1, ["SI-SDR"], ScaleInvariant),
        new("si-sir", "scale-invariant SIR", 2, ["SI-SIR"], ScaleInvariant),
        new("si-sar", "scale-invariant SAR", 2, ["SI-SAR"], ScaleInvariant),
        new("sd-sdr", "scale-dependent SDR", 1, ["SD-SDR"], ScaleInvariant),
        new("usdr", "plain SDR of the Music Demixing Challenges, whole track", 1, ["uSDR"], context => new UsdrMetric(context)),
        new("psnr", "PSNR of the ratio masks that references and estimates imply", 2, ["PSNR"], Masks),
        new("mask-accuracy", "share of points on which the binary masks agree, 0 to 1", 2, ["accuracy"], Masks),
        new("mask-iou", "intersection over union of the binary masks, 0 to 1", 2, ["IoU"], Masks),
        new("bleedless", "absence of excess on a mel spectrogram, 0 to 100", 1, ["bleedless"], Bleed),
        new("fullness", "absence of lack on a mel spectrogram, 0 to 100", 1, ["fullness"], Bleed),
        new("lsd", "log-spectral distance in dB, lower is better", 1, ["LSD"], context => SpectralMetric.Distance(context)) { HigherIsBetter = false },
    ];

    /// <summary>Finds a metric by name.</summary>
    /// <exception cref="ArgumentException">No such metric; the message lists them.</exception>
    public static MetricEntry Find(string name) =>
        Entries.FirstOrDefault(entry => entry.Name == name)
        ?? throw new ArgumentException($"metric: expected one of {string.Join(", ", Entries.Select(entry => entry.Name))}, got '{name}'");
}
