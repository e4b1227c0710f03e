namespace Descant.Separation;

/// <summary>How a signal is cut: windows of one length, whose middle segments overlap and cover every sample.</summary>
/// <remarks>
/// Window k starts at <c>k·hop − offset − context</c>. Only its segment, the window without the context at both ends, is
/// used; neighbouring segments overlap by <c>segment − hop</c> and are cross-faded there.
/// </remarks>
public sealed record SegmentGrid
{
    /// <summary>Plans a grid.</summary>
    /// <param name="windowSamples">What the network sees at once, in samples.</param>
    /// <param name="contextSamples">Samples at each end of a window that only inform it.</param>
    /// <param name="overlap">Part of a segment that its neighbour covers too, from 0 to below 1.</param>
    public SegmentGrid(int windowSamples, int contextSamples, double overlap)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(contextSamples);
        if (!(overlap >= 0 && overlap < 1))
        {
            throw new ArgumentException($"overlap: expected a part of a segment from 0 to below 1, got {overlap}", nameof(overlap));
        }

        if (windowSamples <= 2 * contextSamples)
        {
            throw new ArgumentException(
                $"segments: expected a window longer than its context at both ends, got {windowSamples} samples and 2 × {contextSamples}", nameof(windowSamples));
        }

        WindowSamples = windowSamples;
        ContextSamples = contextSamples;
        HopSamples = Math.Max(1, (int)Math.Round(SegmentSamples * (1 - overlap)));
    }

    /// <summary>What the network sees at once, in samples.</summary>
    public int WindowSamples { get; }

    /// <summary>Samples at each end of a window that only inform it.</summary>
    public int ContextSamples { get; }

    /// <summary>Distance of neighbouring windows, in samples.</summary>
    public int HopSamples { get; }

    /// <summary>Samples of a window whose estimates are used.</summary>
    public int SegmentSamples => WindowSamples - (2 * ContextSamples);
}
