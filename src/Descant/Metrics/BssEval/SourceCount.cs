namespace Descant.Metrics.BssEval;

/// <summary>The one rule about how many references BSS Eval needs.</summary>
internal static class SourceCount
{
    /// <exception cref="ArgumentException">Fewer than two.</exception>
    public static void Check(string metric, int sources)
    {
        if (sources < 2)
        {
            throw new ArgumentException(
                $"{metric}: expected at least two sources, got {sources}; interference is only defined against another reference: add one (the accompaniment), or use si-sdr or usdr");
        }
    }
}
