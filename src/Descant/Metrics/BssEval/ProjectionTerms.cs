namespace Descant.Metrics.BssEval;

/// <summary>
/// Energies of the terms of one estimate's decomposition: s is the reference, e the estimate, P_j the projection on the
/// source's own reference and P_all the one on all references.
/// </summary>
internal struct ProjectionTerms
{
    /// <summary>‖s‖².</summary>
    public double Reference;

    /// <summary>‖e − s‖².</summary>
    public double Error;

    /// <summary>‖P_j‖².</summary>
    public double Own;

    /// <summary>‖P_all‖².</summary>
    public double All;

    /// <summary>‖P_j − s‖²: spatial (or filtering) distortion.</summary>
    public double Spatial;

    /// <summary>‖e − P_j‖².</summary>
    public double OwnError;

    /// <summary>‖P_all − P_j‖²: interference.</summary>
    public double Interference;

    /// <summary>‖e − P_all‖²: artifacts.</summary>
    public double Artifact;

    public void Add(in ProjectionTerms other)
    {
        Reference += other.Reference;
        Error += other.Error;
        Own += other.Own;
        All += other.All;
        Spatial += other.Spatial;
        OwnError += other.OwnError;
        Interference += other.Interference;
        Artifact += other.Artifact;
    }

    /// <summary>SDR, ISR, SIR and SAR of the images version.</summary>
    public readonly BssEvalScore OfImages() => new(
        Decibels.Ratio(Reference, Error),
        Decibels.Ratio(Reference, Spatial),
        Decibels.Ratio(Own, Interference),
        Decibels.Ratio(All, Artifact));

    /// <summary>SDR, SIR and SAR of the sources version; it has no ISR (NaN).</summary>
    public readonly BssEvalScore OfSources() => new(
        Decibels.Ratio(Own, OwnError),
        double.NaN,
        Decibels.Ratio(Own, Interference),
        Decibels.Ratio(All, Artifact));
}
