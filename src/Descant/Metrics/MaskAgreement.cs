namespace Descant.Metrics;

/// <summary>Agreement of binary time-frequency masks.</summary>
/// <remarks>
/// Accuracy = share of bins on which the masks agree; IoU = TP/(TP + FP + FN) of the bins that a mask claims. Seed S4 prints
/// accuracies under the name of IoU; both are here under their own names.
/// </remarks>
/// <param name="TruePositives">Bins that both masks claim.</param>
/// <param name="FalsePositives">Bins that only the estimate claims.</param>
/// <param name="FalseNegatives">Bins that only the reference claims.</param>
/// <param name="TrueNegatives">Bins that neither claims.</param>
public readonly record struct MaskAgreement(long TruePositives, long FalsePositives, long FalseNegatives, long TrueNegatives)
{
    /// <summary>Share of bins on which the masks agree, 0 to 1.</summary>
    public double Accuracy =>
        (TruePositives + TrueNegatives) / (double)(TruePositives + FalsePositives + FalseNegatives + TrueNegatives);

    /// <summary>Intersection over union of the claimed bins, 0 to 1; 1 where neither mask claims any.</summary>
    public double IntersectionOverUnion
    {
        get
        {
            long union = TruePositives + FalsePositives + FalseNegatives;
            return union == 0 ? 1 : TruePositives / (double)union;
        }
    }

    /// <summary>Compares masks; a bin is claimed where its value is larger than <paramref name="threshold"/>.</summary>
    /// <exception cref="ArgumentException">Different lengths, no values, NaN or infinity.</exception>
    public static MaskAgreement Of(ReadOnlySpan<double> reference, ReadOnlySpan<double> estimate, double threshold = 0.5)
    {
        SampleCheck.Pair("mask-accuracy", reference, estimate);
        MaskAgreement agreement = default;
        for (int i = 0; i < reference.Length; i++)
        {
            agreement = agreement.With(reference[i] > threshold, estimate[i] > threshold);
        }

        return agreement;
    }

    /// <summary>The agreement with one more bin.</summary>
    internal MaskAgreement With(bool reference, bool estimate) => (reference, estimate) switch
    {
        (true, true) => this with { TruePositives = TruePositives + 1 },
        (false, true) => this with { FalsePositives = FalsePositives + 1 },
        (true, false) => this with { FalseNegatives = FalseNegatives + 1 },
        _ => this with { TrueNegatives = TrueNegatives + 1 },
    };
}
