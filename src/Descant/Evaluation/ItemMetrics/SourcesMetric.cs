using Descant.Metrics;
using Descant.Metrics.BssEval;

namespace Descant.Evaluation.ItemMetrics;

/// <summary><c>v3</c> and <c>nsdr</c>: BSS Eval sources on the mean of the channels, the mixture scored along.</summary>
internal sealed class SourcesMetric : IItemMetric
{
    private readonly ItemContext _context;
    private readonly BssEvalSources _whole;
    private readonly BssEvalFramewise? _frames;
    private bool _wholeRuns = true;
    private bool _framesRun;

    public SourcesMetric(ItemContext context)
    {
        _context = context;
        int sources = context.Sources.Count;
        bool withMixture = context.Wanted.Contains("nsdr");
        BssEvalOptions options = context.BssEval with { Names = [.. context.Sources, "mixture"] };
        _whole = new BssEvalSources(sources, options, context.Pool, withMixture ? sources + 1 : sources);
        if (context.Options.FramewiseWindowSeconds is { } window && context.Wanted.Contains("v3"))
        {
            _frames = BssEvalFramewise.OfSources(
                sources,
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
            _whole.Add(block.MonoReferences, block.MonoEstimatesAndMixture, 0, block.Count);
        }

        if (_framesRun)
        {
            _frames!.Add(block.MonoReferences, block.MonoEstimatesAndMixture, 0, block.Count);
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
        int sources = _context.Sources.Count;
        for (int source = 0; source < sources; source++)
        {
            string name = _context.Sources[source];
            BssEvalScore score = _whole.Result[source];
            if (_context.Wanted.Contains("v3"))
            {
                scores.Set("v3", name, "SDR", score.Sdr);
                scores.Set("v3", name, "SIR", score.Sir);
                scores.Set("v3", name, "SAR", score.Sar);
            }

            if (_context.Wanted.Contains("nsdr"))
            {
                scores.Set("nsdr", name, "NSDR", Nsdr.Of(score.Sdr, _whole.Compare(source, sources).Sdr));
            }
        }

        if (_context.Channels > 1)
        {
            scores.Notes.Add("v3 and nsdr are BSS Eval sources on the mean of the channels");
        }

        if (_frames is not null)
        {
            FrameReport.Write(scores, "v3", _context, _frames.Result, withIsr: false);
        }

        PermutationReport.Write(scores, "v3", _context, _whole.Result.Permutation());
        PermutationReport.Note(scores, "v3", _context, _whole);
    }
}
