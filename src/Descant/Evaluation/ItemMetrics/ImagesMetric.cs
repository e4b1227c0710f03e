using Descant.Metrics.BssEval;

namespace Descant.Evaluation.ItemMetrics;

/// <summary><c>v3-images</c>: BSS Eval images over the whole signal, and in windows where they were asked for.</summary>
internal sealed class ImagesMetric : IItemMetric
{
    private readonly ItemContext _context;
    private readonly BssEvalImages _whole;
    private readonly BssEvalFramewise? _frames;
    private bool _wholeRuns = true;
    private bool _framesRun;

    public ImagesMetric(ItemContext context)
    {
        _context = context;
        _whole = new BssEvalImages(context.Sources.Count, context.Channels, context.BssEval, context.Pool);
        if (context.Options.FramewiseWindowSeconds is { } window)
        {
            _frames = BssEvalFramewise.OfImages(
                context.Sources.Count,
                context.Channels,
                Windows.InSamples(window, context.SampleRate),
                Windows.InSamples(context.Options.FramewiseHopSeconds, context.SampleRate),
                context.BssEval,
                context.Pool);
            _framesRun = true;
        }
    }

    public void Add(StemBlock block)
    {
        if (_wholeRuns)
        {
            _whole.Add(block.References, block.Estimates, 0, block.Count);
        }

        if (_framesRun)
        {
            _frames!.Add(block.References, block.Estimates, 0, block.Count);
        }
    }

    public bool EndPass()
    {
        _wholeRuns = _wholeRuns && _whole.EndPass();
        _framesRun = _framesRun && _frames!.EndPass();
        return _wholeRuns || _framesRun;
    }

    public void Report(ItemScores scores)
    {
        for (int source = 0; source < _context.Sources.Count; source++)
        {
            string name = _context.Sources[source];
            BssEvalScore score = _whole.Result[source];
            scores.Set("v3-images", name, "SDR", score.Sdr);
            scores.Set("v3-images", name, "ISR", score.Isr);
            scores.Set("v3-images", name, "SIR", score.Sir);
            scores.Set("v3-images", name, "SAR", score.Sar);
        }

        if (_frames is not null)
        {
            FrameReport.Write(scores, "v3-images", _context, _frames.Result, withIsr: true);
        }

        PermutationReport.Write(scores, "v3-images", _context, _whole.Result.Permutation());
    }
}
