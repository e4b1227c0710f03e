using System.Numerics;
using System.Runtime.InteropServices;

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

    /// <summary>Adds the energies of samples of a window.</summary>
    /// <param name="s">The reference.</param>
    /// <param name="e">The estimate, as long as the reference.</param>
    /// <param name="own">P_j, at least as long.</param>
    /// <param name="all">P_all, at least as long.</param>
    public void AddInside(ReadOnlySpan<double> s, ReadOnlySpan<double> e, ReadOnlySpan<double> own, ReadOnlySpan<double> all)
    {
        ReadOnlySpan<Vector<double>> references = MemoryMarshal.Cast<double, Vector<double>>(s);
        ReadOnlySpan<Vector<double>> estimates = MemoryMarshal.Cast<double, Vector<double>>(e)[..references.Length];
        ReadOnlySpan<Vector<double>> owns = MemoryMarshal.Cast<double, Vector<double>>(own)[..references.Length];
        ReadOnlySpan<Vector<double>> alls = MemoryMarshal.Cast<double, Vector<double>>(all)[..references.Length];
        Vector<double> reference = default, error = default, ownEnergy = default, allEnergy = default;
        Vector<double> spatial = default, ownError = default, interference = default, artifact = default;
        for (int i = 0; i < references.Length; i++)
        {
            reference += references[i] * references[i];
            error += Square(estimates[i] - references[i]);
            ownEnergy += owns[i] * owns[i];
            allEnergy += alls[i] * alls[i];
            spatial += Square(owns[i] - references[i]);
            ownError += Square(estimates[i] - owns[i]);
            interference += Square(alls[i] - owns[i]);
            artifact += Square(estimates[i] - alls[i]);
        }

        Reference += Vector.Sum(reference);
        Error += Vector.Sum(error);
        Own += Vector.Sum(ownEnergy);
        All += Vector.Sum(allEnergy);
        Spatial += Vector.Sum(spatial);
        OwnError += Vector.Sum(ownError);
        Interference += Vector.Sum(interference);
        Artifact += Vector.Sum(artifact);
        for (int i = references.Length * Vector<double>.Count; i < s.Length; i++)
        {
            Reference += s[i] * s[i];
            Error += (e[i] - s[i]) * (e[i] - s[i]);
            Own += own[i] * own[i];
            All += all[i] * all[i];
            Spatial += (own[i] - s[i]) * (own[i] - s[i]);
            OwnError += (e[i] - own[i]) * (e[i] - own[i]);
            Interference += (all[i] - own[i]) * (all[i] - own[i]);
            Artifact += (e[i] - all[i]) * (e[i] - all[i]);
        }
    }

    /// <summary>Adds the energies of what the filters ring beyond a window, where reference and estimate are zero.</summary>
    public void AddTail(ReadOnlySpan<double> own, ReadOnlySpan<double> all)
    {
        double ownEnergy = SampleSums.Energy(own);
        double allEnergy = SampleSums.Energy(all);
        Own += ownEnergy;
        Spatial += ownEnergy;
        OwnError += ownEnergy;
        All += allEnergy;
        Artifact += allEnergy;
        Interference += SampleSums.SquaredDifference(all, own);
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

    private static Vector<double> Square(Vector<double> value) => value * value;
}
