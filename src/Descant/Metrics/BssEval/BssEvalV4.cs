using Descant.Tensors;

namespace Descant.Metrics.BssEval;

/// <summary>
/// BSS Eval version 4 as museval computes it: SDR, ISR, SIR and SAR of multichannel estimates in windows (1 s by custom),
/// with distortion filters estimated once on the whole signal.
/// </summary>
/// <remarks>
/// <para>
/// In each window s is the reference, P_j the reference filtered by the least-squares filters towards the estimate e (every
/// channel to every channel), P_all all references filtered likewise: SDR = ‖s‖²/‖e − s‖², ISR = ‖s‖²/‖P_j − s‖²,
/// SIR = ‖P_j‖²/‖P_all − P_j‖², SAR = ‖P_all‖²/‖e − P_all‖², in dB (A. Liutkus, F.-R. Stöter, N. Ito, "The 2018 Signal
/// Separation Evaluation Campaign", LVA/ICA 2018; museval 0.4 <c>metrics.bss_eval</c>).
/// </para>
/// <para>
/// References are cut to the window before they are filtered, by filters of the whole signal. A window in which any
/// reference or estimate is silent (its channels add up to zero in every sample) has no scores (NaN) for any source; a
/// source that is silent throughout is refused. No permutation unless asked for.
/// </para>
/// </remarks>
public sealed class BssEvalV4 : IBlockMetric
{
    private readonly ImageScoring _scoring;

    /// <param name="sources">References and estimates, at least 2.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="window">Samples of a window.</param>
    /// <param name="hop">Samples from one window to the next.</param>
    /// <param name="options">Taps, loading and permutation.</param>
    /// <param name="pool">The threads to use.</param>
    /// <exception cref="ArgumentException">Fewer than two references.</exception>
    public BssEvalV4(int sources, int channels, long window, long hop, BssEvalOptions options, WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(window);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(hop);
        SourceCount.Check("v4", sources);
        _scoring = new ImageScoring(sources, channels, options, samples => new FrameGrid(samples, window, hop), pool);
    }

    /// <summary>The scores, once <see cref="EndPass"/> has returned false.</summary>
    public BssEvalResult Result =>
        _scoring.Result ?? throw new InvalidOperationException("BSS Eval: the passes over the signals are not complete");

    /// <summary>Scores whole signals.</summary>
    /// <param name="references">One array of samples per reference channel, source by source.</param>
    /// <param name="estimates">One array of samples per estimate channel, of the same length.</param>
    /// <param name="channels">Channels of each source.</param>
    /// <param name="window">Samples of a window.</param>
    /// <param name="hop">Samples from one window to the next.</param>
    /// <param name="options">Taps, loading and permutation.</param>
    /// <param name="pool">The threads to use.</param>
    /// <exception cref="ArgumentException">Different shapes, a single reference, a silent source, NaN or infinity.</exception>
    public static BssEvalResult Score(
        double[][] references,
        double[][] estimates,
        int channels,
        long window,
        long hop,
        BssEvalOptions options,
        WorkerPool pool)
    {
        int samples = SignalShape.Check("v4", references, estimates, channels);
        BssEvalV4 metric = new(references.Length / channels, channels, window, hop, options, pool);
        do
        {
            metric.Add(references, estimates, 0, samples);
        }
        while (metric.EndPass());

        return metric.Result;
    }

    /// <inheritdoc/>
    public void Add(double[][] references, double[][] estimates, int offset, int count) =>
        _scoring.Add(references, estimates, offset, count);

    /// <inheritdoc/>
    public bool EndPass() => _scoring.EndPass();
}
