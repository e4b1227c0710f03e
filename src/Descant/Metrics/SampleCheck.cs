namespace Descant.Metrics;

/// <summary>What every metric demands of its samples.</summary>
internal static class SampleCheck
{
    /// <exception cref="ArgumentException">Different lengths, no samples, NaN or infinity.</exception>
    public static void Pair(string metric, ReadOnlySpan<double> reference, ReadOnlySpan<double> estimate)
    {
        if (reference.Length != estimate.Length || reference.IsEmpty)
        {
            throw new ArgumentException(
                $"{metric}: expected a reference and an estimate of one length of at least 1, got {reference.Length} and {estimate.Length} samples; trim or pad them");
        }

        Finite(metric, "reference", reference, 0);
        Finite(metric, "estimate", estimate, 0);
    }

    /// <exception cref="ArgumentException">A sample is NaN or infinite.</exception>
    public static void Finite(string metric, string signal, ReadOnlySpan<double> samples, long position)
    {
        if (double.IsFinite(SampleSums.Sum(samples)))
        {
            return;
        }

        for (int i = 0; i < samples.Length; i++)
        {
            if (!double.IsFinite(samples[i]))
            {
                throw new ArgumentException(
                    $"{metric}: expected finite samples, got {samples[i]} in {signal}, sample {position + i}; repair that signal");
            }
        }

        throw new ArgumentException($"{metric}: expected samples in the range of audio, got {signal} whose sum overflows; repair that signal");
    }
}
