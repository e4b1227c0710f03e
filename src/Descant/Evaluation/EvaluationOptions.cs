using Descant.Metrics.BssEval;

namespace Descant.Evaluation;

/// <summary>How items are scored.</summary>
public sealed record EvaluationOptions
{
    /// <summary>Catalogue names of the metrics, in the order of the output.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = ["v4", "v3", "si-sdr", "usdr"];

    /// <summary>Window of v4 in seconds.</summary>
    public double WindowSeconds { get; init; } = 1;

    /// <summary>From one window of v4 to the next, in seconds.</summary>
    public double HopSeconds { get; init; } = 1;

    /// <summary>Window of v3 and v3-images in seconds where they are also to be scored in windows; null for whole signals only.</summary>
    public double? FramewiseWindowSeconds { get; init; }

    /// <summary>From one window of v3 and v3-images to the next, in seconds.</summary>
    public double FramewiseHopSeconds { get; init; } = 15;

    /// <summary>Loading of BSS Eval's equations; null for the reference implementations' own.</summary>
    public DiagonalLoading? Loading { get; init; }

    /// <summary>Whether estimates are assigned to references: by BSS Eval for the best mean SIR, by the mask metrics for the best mean accuracy.</summary>
    public bool Permute { get; init; }

    /// <summary>Whether estimates of another length are padded with zeros or cut, as museval does.</summary>
    public bool Pad { get; init; }

    /// <summary>Sources to score; null for all that match.</summary>
    public IReadOnlyList<string>? Sources { get; init; }

    /// <summary>How far below a source's loudest frame a frame still counts as active, in dB.</summary>
    public double ActiveRange { get; init; } = 60;
}
