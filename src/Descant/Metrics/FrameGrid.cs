namespace Descant.Metrics;

/// <summary>The windows a signal is scored in.</summary>
/// <remarks>
/// ⌊(samples − window + hop)/hop⌋ windows; what remains at the end is left out; one window of the whole signal where it is
/// not longer than a window (museval, mir_eval).
/// </remarks>
public sealed class FrameGrid
{
    /// <summary>Windows of a length and hop over a signal, in samples.</summary>
    public FrameGrid(long samples, long window, long hop)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(samples);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(window);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hop);
        Samples = samples;
        Window = Math.Min(window, samples);
        Hop = hop;
        Count = window < samples ? (int)((samples - window + hop) / hop) : 1;
    }

    /// <summary>Samples of the signal.</summary>
    public long Samples { get; }

    /// <summary>Samples of a window.</summary>
    public long Window { get; }

    /// <summary>Samples from one window to the next.</summary>
    public long Hop { get; }

    /// <summary>How many windows.</summary>
    public int Count { get; }

    /// <summary>One window of everything.</summary>
    public static FrameGrid Whole(long samples) => new(samples, samples, samples);

    /// <summary>First sample of a window.</summary>
    public long Start(int index) => index * Hop;

    /// <summary>Samples of a window, fewer than <see cref="Window"/> only where the signal ends.</summary>
    public long Length(int index) => Math.Min(Window, Samples - Start(index));
}
