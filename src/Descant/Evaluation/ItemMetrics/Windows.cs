namespace Descant.Evaluation.ItemMetrics;

/// <summary>Windows given in seconds.</summary>
internal static class Windows
{
    /// <summary>Whole samples, rounded down as museval does.</summary>
    /// <exception cref="ArgumentException">Less than one sample.</exception>
    public static long InSamples(double seconds, int sampleRate)
    {
        double samples = Math.Floor(seconds * sampleRate);
        return samples >= 1
            ? (long)Math.Min(samples, long.MaxValue / 4)
            : throw new ArgumentException($"window: expected at least one sample, got {seconds} s at {sampleRate} Hz; give a longer window or hop");
    }
}
