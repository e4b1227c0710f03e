using Descant.Tensors;

namespace Descant.Metrics.BssEval;

/// <summary>
/// BSS Eval version 3, images (<c>bss_eval_images</c>): SDR, ISR, SIR and SAR of multichannel estimates over the whole
/// signal.
/// </summary>
/// <remarks>
/// The decomposition is that of <see cref="BssEvalV4"/>, with filters estimated on and applied to the whole signal
/// (E. Vincent et al., "The Signal Separation Evaluation Campaign (2007–2010)", Signal Processing 92, 2012; as
/// mir_eval 0.7 and museval 0.4 compute it).
/// </remarks>
public sealed class BssEvalImages : IBssEvalMetric
{
    private readonly ImageScoring _scoring;

    /// <param name="sources">References and estimates, at least 2.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="options">Taps, loading and permutation.</param>
    /// <param name="pool">The threads to use.</param>
    /// <exception cref="ArgumentException">Fewer than two references.</exception>
    public BssEvalImages(int sources, int channels, BssEvalOptions options, WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(pool);
        SourceCount.Check("v3-images", sources);
        _scoring = new ImageScoring(sources, channels, options, FrameGrid.Whole, pool);
    }

    /// <summary>The scores, once <see cref="EndPass"/> has returned false.</summary>
    public BssEvalResult Result =>
        _scoring.Result ?? throw new InvalidOperationException("BSS Eval: the passes over the signals are not complete");

    bool IBssEvalMetric.AnySilent => _scoring.AnySilent;

    /// <summary>Scores whole signals.</summary>
    /// <param name="references">One array of samples per reference channel, source by source.</param>
    /// <param name="estimates">One array of samples per estimate channel, of the same length.</param>
    /// <param name="channels">Channels of each source.</param>
    /// <param name="options">Taps, loading and permutation.</param>
    /// <param name="pool">The threads to use.</param>
    /// <exception cref="ArgumentException">Different shapes, a single reference, a silent source, NaN or infinity.</exception>
    public static BssEvalResult Score(
        double[][] references, double[][] estimates, int channels, BssEvalOptions options, WorkerPool pool)
    {
        int samples = SignalShape.Check("v3-images", references, estimates, channels);
        BssEvalImages metric = new(references.Length / channels, channels, options, pool);
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
