using Descant.Metrics.BssEval;

namespace Descant.Evaluation.ItemMetrics;

/// <summary>
/// <c>v4</c> with museval's scenarios: where vocals and accompaniment are both there, they are a problem of two sources of
/// their own, which gives the scores of both; the accompaniment takes no part in the joint problem of the others, the vocals
/// do, as an interferer.
/// </summary>
internal sealed class MusevalMetric : IItemMetric
{
    private const string Vocals = "vocals";
    private const string Accompaniment = "accompaniment";

    private readonly ItemContext _context;
    private readonly List<Scenario> _scenarios = [];

    public MusevalMetric(ItemContext context)
    {
        _context = context;
        int[] all = [.. Enumerable.Range(0, context.Sources.Count)];
        int vocals = IndexOf(context, Vocals);
        int accompaniment = IndexOf(context, Accompaniment);
        if (vocals < 0 || accompaniment < 0)
        {
            _scenarios.Add(new Scenario(context, all, all));
            return;
        }

        int[] joint = [.. all.Where(source => source != accompaniment)];
        if (joint.Length >= 2)
        {
            _scenarios.Add(new Scenario(context, joint, [.. joint.Where(source => source != vocals)]));
        }

        _scenarios.Add(new Scenario(context, [vocals, accompaniment], [vocals, accompaniment]));
    }

    public void Add(StemBlock block)
    {
        foreach (Scenario scenario in _scenarios)
        {
            scenario.Add(block);
        }
    }

    public bool EndPass()
    {
        bool again = false;
        foreach (Scenario scenario in _scenarios)
        {
            // Every scenario needs the same two passes.
            again = scenario.Metric.EndPass();
        }

        return again;
    }

    public void Report(ItemScores scores)
    {
        int silent = 0;
        foreach (Scenario scenario in _scenarios)
        {
            BssEvalResult result = scenario.Metric.Result;
            silent = Math.Max(silent, result.SilentFrames);
            foreach (int source in scenario.Reported)
            {
                string name = _context.Sources[source];
                int row = Array.IndexOf(scenario.Members, source);
                FrameReport.Write(
                    scores, "v4", name, result, row, _context.Options.WindowSeconds, _context.Options.HopSeconds, withIsr: true);
                FrameReport.WriteMedians(scores, "v4", name, result, row, _context.Options.ActiveRange);
            }

            PermutationReport.Write(scores, "v4", _context, result.Permutation(), scenario.Members, scenario.Reported);
        }

        scores.SilentFrames["v4"] = silent;
        if (_scenarios.Count > 1)
        {
            scores.Notes.Add("v4: vocals and accompaniment are scored as a pair of their own, the other sources in a joint problem with the vocals (museval's rule)");
        }
    }

    private static int IndexOf(ItemContext context, string name)
    {
        for (int i = 0; i < context.Sources.Count; i++)
        {
            if (context.Sources[i] == name)
            {
                return i;
            }
        }

        return -1;
    }

    private sealed class Scenario
    {
        private readonly int _channels;

        public Scenario(ItemContext context, int[] members, int[] reported)
        {
            Members = members;
            Reported = reported;
            _channels = context.Channels;
            string[] names = [.. members.Select(source => context.Sources[source])];
            Metric = new BssEvalV4(
                members.Length,
                context.Channels,
                Windows.InSamples(context.Options.WindowSeconds, context.SampleRate),
                Windows.InSamples(context.Options.HopSeconds, context.SampleRate),
                context.BssEval with { Names = names },
                context.Pool);
        }

        public int[] Members { get; }

        public int[] Reported { get; }

        public BssEvalV4 Metric { get; }

        public void Add(StemBlock block) => Metric.Add(RowsOf(block.References), RowsOf(block.Estimates), 0, block.Count);

        private double[][] RowsOf(double[][] rows) =>
            [.. Members.SelectMany(source => Enumerable.Range(source * _channels, _channels).Select(row => rows[row]))];
    }
}
