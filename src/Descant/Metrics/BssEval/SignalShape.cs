namespace Descant.Metrics.BssEval;

/// <summary>Checks that references and estimates are of one shape.</summary>
internal static class SignalShape
{
    /// <returns>Samples of each channel.</returns>
    /// <exception cref="ArgumentException">Counts or lengths differ, or there are no samples.</exception>
    public static int Check(string metric, double[][] references, double[][] estimates, int channels)
    {
        ArgumentNullException.ThrowIfNull(references);
        ArgumentNullException.ThrowIfNull(estimates);
        if (references.Length == 0 || references.Length != estimates.Length || references.Length % channels != 0)
        {
            throw new ArgumentException(
                $"{metric}: expected as many estimate channels as reference channels, {channels} a source, got {estimates.Length} and {references.Length}");
        }

        int samples = references[0].Length;
        foreach (double[] signal in references.Concat(estimates))
        {
            if (signal.Length != samples || samples == 0)
            {
                throw new ArgumentException(
                    $"{metric}: expected signals of one length of at least 1, got {samples} and {signal.Length} samples; trim or pad them");
            }
        }

        return samples;
    }
}
