using Descant.Tensors;

namespace Descant.Metrics.BssEval;

/// <summary>
/// The least-squares filters that project estimate channels on delayed reference channels: the normal equations
/// A[(a,p),(b,q)] = r_ab[p−q], d[(a,p)] = r_ae[p] (Vincent et al. 2006, section III.B), factorised once for all estimates.
/// </summary>
internal static class ProjectionFilters
{
    /// <summary>Solves for several estimate channels at once.</summary>
    /// <param name="correlations">The completed correlations.</param>
    /// <param name="references">The reference channels to project on, ascending.</param>
    /// <param name="estimates">The estimate channels.</param>
    /// <param name="taps">Delays of each reference channel.</param>
    /// <param name="loading">What is added to the diagonal.</param>
    /// <param name="pool">The threads to use.</param>
    /// <returns>One array per estimate channel: <c>taps</c> coefficients of the first reference, then of the next, …</returns>
    public static Projection[] Solve(
        LagCorrelations correlations, int[] references, int[] estimates, int taps, DiagonalLoading loading, WorkerPool pool)
    {
        int order = references.Length * taps;
        PositiveDefiniteFactor factor = PositiveDefiniteFactor.Of(order, Fill, pool);
        double[][] solutions = new double[estimates.Length][];
        for (int e = 0; e < estimates.Length; e++)
        {
            solutions[e] = RightHandSide(correlations, references, estimates[e], taps);
        }

        factor.Solve(solutions, pool);
        Projection[] projections = new Projection[estimates.Length];
        for (int e = 0; e < estimates.Length; e++)
        {
            double[] right = RightHandSide(correlations, references, estimates[e], taps);
            projections[e] = new Projection(solutions[e], SampleSums.Product(right, solutions[e]));
        }

        return projections;

        void Fill(int row, Span<double> entries)
        {
            int a = row / taps;
            int delay = row % taps;
            for (int b = 0; b <= a; b++)
            {
                int length = b == a ? delay + 1 : taps;
                correlations.OfReferences(references[b], references[a]).Slice(taps - 1 - delay, length)
                    .CopyTo(entries[(b * taps)..]);
            }

            double energy = correlations.OfReferences(references[a], references[a])[taps - 1];
            entries[row] += loading.Absolute + (loading.Relative * energy);
        }
    }

    private static double[] RightHandSide(LagCorrelations correlations, int[] references, int estimate, int taps)
    {
        double[] right = new double[references.Length * taps];
        for (int a = 0; a < references.Length; a++)
        {
            correlations.OfEstimate(references[a], estimate)[..taps].CopyTo(right.AsSpan(a * taps));
        }

        return right;
    }
}
