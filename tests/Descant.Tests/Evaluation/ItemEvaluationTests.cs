using Descant.Evaluation;
using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Tests.Evaluation;

public sealed class ItemEvaluationTests
{
    private static readonly EvaluationOptions All = new()
    {
        Metrics = [.. MetricCatalog.Entries.Select(entry => entry.Name)],
        FramewiseWindowSeconds = 0.5,
        FramewiseHopSeconds = 0.25,
    };

    [Fact]
    public void Files_score_as_the_golden_signals_that_they_hold()
    {
        using StemFolders folders = new();
        folders.WritePair("ref", "est");
        ItemScores scores = Run(folders, All with { WindowSeconds = 1, HopSeconds = 1 });

        // The golden values, of signals that are rounded to float here.
        Assert.Equal(12.064106, scores.Metrics["v3"]["vocals"]["SDR"], 1e-5);
        Assert.Equal(34.404148, scores.Metrics["v3"]["drums"]["SAR"], 1e-5);
        Assert.Equal(11.906809, scores.Metrics["si-sdr"]["vocals"]["SI-SDR"], 1e-5);
        Assert.Equal(19.83487, scores.Metrics["v3-images"]["drums"]["SDR"], 1e-4);
        Assert.Equal((11.88513 + 11.89874) / 2, scores.Metrics["v4"]["vocals"]["SDR"], 1e-4);
        Assert.Equal([0, 1], scores.Frames["v4"]["vocals"].Time);
        Assert.Equal(11.88513, scores.Frames["v4"]["vocals"].Scores["SDR"][0], 1e-4);
        Assert.Equal(7, scores.Frames["v3"]["vocals"].Time.Length);
        Assert.Equal(2, scores.Active["v4"]["drums"].Frames);

        // NSDR is the improvement on the mixture, which is the sum of the references here.
        Assert.InRange(scores.Metrics["nsdr"]["vocals"]["NSDR"], 11, 13);
    }

    [Fact]
    public void Near_silence_counts_by_museval_s_rule_but_is_not_active()
    {
        using StemFolders folders = new();
        folders.WritePair("ref", "est");
        float[] faint = [.. Noise(5, 16000).Select((sample, i) => (float)(i < 8000 ? sample : sample * 1e-4))];
        folders.Write("ref/vocals.wav", [faint]);
        ItemScores scores = Run(folders, All);
        Assert.Equal(0, scores.SilentFrames["v4"]);
        Assert.Equal((1, 1), (scores.Active["v4"]["vocals"].Frames, scores.Active["v4"]["vocals"].LeftOut));
        Assert.Equal(scores.Frames["v4"]["vocals"].Scores["SDR"][0], scores.Active["v4"]["vocals"].Scores["SDR"]);
        Assert.NotEqual(scores.Metrics["v4"]["vocals"]["SDR"], scores.Active["v4"]["vocals"].Scores["SDR"]);
    }

    [Fact]
    public void Vocals_and_accompaniment_are_a_problem_of_their_own()
    {
        using StemFolders folders = new();
        string[] names = ["vocals", "drums", "bass", "accompaniment"];
        for (int i = 0; i < names.Length; i++)
        {
            folders.Write($"ref/{names[i]}.wav", (uint)i + 1);
            folders.Write($"est/{names[i]}.wav", [[.. Noise((uint)i + 1, 16000).Zip(Noise((uint)((i + 1) % 4) + 1, 16000), (s, o) => (float)(0.5 * (s + (0.3 * o))))]]);
        }

        ItemScores all = Run(folders, All with { Metrics = ["v4"] });
        ItemScores pair = Run(folders, All with { Metrics = ["v4"], Sources = ["vocals", "accompaniment"] });
        ItemScores joint = Run(folders, All with { Metrics = ["v4"], Sources = ["vocals", "drums", "bass"] });
        Assert.Equal(["drums", "bass", "vocals", "accompaniment"], all.Metrics["v4"].Keys);
        Assert.Equal(pair.Metrics["v4"]["vocals"], all.Metrics["v4"]["vocals"]);
        Assert.Equal(pair.Metrics["v4"]["accompaniment"], all.Metrics["v4"]["accompaniment"]);
        Assert.Equal(joint.Metrics["v4"]["drums"], all.Metrics["v4"]["drums"]);
        Assert.NotEqual(joint.Metrics["v4"]["vocals"]["SIR"], all.Metrics["v4"]["vocals"]["SIR"]);
    }

    [Fact]
    public void Files_that_must_not_be_compared_are_refused_by_name()
    {
        using StemFolders folders = new();
        folders.WritePair("ref", "est");
        folders.Write("est/vocals.wav", 1, rate: 16000);
        AssertRefused(folders, "16000 Hz", "est");
        folders.Write("est/vocals.wav", 1, channels: 2);
        AssertRefused(folders, "channels", "est");
        folders.Write("est/vocals.wav", 1, samples: 15000);
        AssertRefused(folders, "--pad", "15000");
        folders.WritePair("ref", "est");
        folders.Write("ref/drums.wav", 1, samples: 17000);
        folders.Write("est/drums.wav", 1, samples: 17000);
        AssertRefused(folders, "references of one length", "17000");
    }

    [Theory]
    [InlineData(15000)]
    [InlineData(18000)]
    public void Estimates_are_padded_or_cut_where_that_is_asked_for(int samples)
    {
        using StemFolders folders = new();
        folders.WritePair("ref", "est");
        double[] estimate = [.. Descant.Tests.Metrics.BssEval.NoiseSignals.Pair().Estimates[0].Concat(new double[4000]).Take(samples)];
        folders.Write("est/vocals.wav", [[.. estimate.Select(sample => (float)sample)]]);
        ItemScores padded = Run(folders, All with { Metrics = ["usdr"], Pad = true });
        folders.Write("est/vocals.wav", [[.. estimate.Concat(new double[4000]).Take(16000).Select(sample => (float)sample)]]);
        Assert.Equal(Run(folders, All with { Metrics = ["usdr"] }).Metrics["usdr"]["vocals"], padded.Metrics["usdr"]["vocals"]);
        Assert.Contains(padded.Notes, note => note.Contains(samples < 16000 ? "padded" : "cut", StringComparison.Ordinal));
    }

    [Fact]
    public void A_single_source_has_no_BSS_Eval_but_an_SI_SDR()
    {
        using StemFolders folders = new();
        folders.WritePair("ref", "est");
        EvaluationOptions single = All with { Metrics = ["v4"], Sources = ["vocals"] };
        ArgumentException error = Assert.Throws<ArgumentException>(() => Run(folders, single));
        Assert.Contains("at least two sources", error.Message, StringComparison.Ordinal);
        Assert.Equal(11.906809, Run(folders, single with { Metrics = ["si-sdr"] }).Metrics["si-sdr"]["vocals"]["SI-SDR"], 1e-5);
    }

    [Fact]
    public void Loaded_equations_change_SIR_and_SAR_but_not_SDR_and_are_noted()
    {
        using StemFolders folders = new();
        folders.WritePair("ref", "est");
        EvaluationOptions v4 = All with { Metrics = ["v4"] };
        ItemScores plain = Run(folders, v4), loaded = Run(folders, v4 with { Loading = new DiagonalLoading(0, 1e-2) });
        Assert.Equal(plain.Metrics["v4"]["vocals"]["SDR"], loaded.Metrics["v4"]["vocals"]["SDR"], 1e-9);
        Assert.NotEqual(plain.Metrics["v4"]["vocals"]["SAR"], loaded.Metrics["v4"]["vocals"]["SAR"], 1e-3);
        Assert.DoesNotContain(plain.Notes, note => note.Contains("loaded", StringComparison.Ordinal));
        Assert.Contains(loaded.Notes, note => note.Contains("loaded by 1e-2", StringComparison.Ordinal));
    }

    [Fact]
    public void Estimates_under_each_other_s_names_are_scored_by_name_and_noted()
    {
        using StemFolders folders = new();
        folders.WritePair("ref", "est");
        EvaluationOptions v3 = All with { Metrics = ["v3"], FramewiseWindowSeconds = null };
        Assert.DoesNotContain(Run(folders, v3).Notes, note => note.Contains("--permute", StringComparison.Ordinal));
        File.Move(folders.Path("est/vocals.wav"), folders.Path("est/x.wav"));
        File.Move(folders.Path("est/drums.wav"), folders.Path("est/vocals.wav"));
        File.Move(folders.Path("est/x.wav"), folders.Path("est/drums.wav"));
        ItemScores swapped = Run(folders, v3);
        Assert.True(swapped.Metrics["v3"]["vocals"]["SIR"] < -10);
        Assert.Contains(swapped.Notes, note => note.Contains("drums for vocals, vocals for drums", StringComparison.Ordinal));
        Assert.Equal("drums", Run(folders, v3 with { Permute = true }).Permutations["v3"]["vocals"]);
        Dictionary<string, string> joint = Run(folders, v3 with { Metrics = ["v4"], Permute = true }).Permutations["v4"];
        Assert.Equal(("drums", "vocals"), (joint["vocals"], joint["drums"]));

        // The pair of vocals and accompaniment, and a joint problem of which only the others are reported.
        foreach (string folder in new[] { "ref", "est" })
        {
            folders.Write($"{folder}/bass.wav", 5);
            folders.Write($"{folder}/accompaniment.wav", 6);
        }

        Dictionary<string, string> scenarios = Run(folders, v3 with { Metrics = ["v4"], Permute = true }).Permutations["v4"];
        Assert.Equal(["accompaniment", "bass", "drums", "vocals"], scenarios.Keys.Order());
        Assert.Equal(("vocals", "bass"), (scenarios["drums"], scenarios["bass"]));
    }

    [Fact]
    public void Masks_of_swapped_estimates_score_by_the_best_order_as_those_that_were_not_swapped()
    {
        using StemFolders folders = new();
        folders.WritePair("ref", "est");
        folders.WritePair("ref", "swapped");
        File.Copy(folders.Path("est/vocals.wav"), folders.Path("swapped/drums.wav"), overwrite: true);
        File.Copy(folders.Path("est/drums.wav"), folders.Path("swapped/vocals.wav"), overwrite: true);
        string[] names = ["psnr", "mask-accuracy", "mask-iou"];
        EvaluationOptions masks = All with { Metrics = names }, best = masks with { Permute = true };
        (string, string) swapped = folders.At("ref", "swapped");
        ItemScores expected = Run(folders, masks), permuted = Run(swapped, best), byName = Run(swapped, masks), inOrder = Run(folders, best);
        foreach (string metric in names)
        {
            foreach (string source in new[] { "vocals", "drums" })
            {
                Assert.Equal(expected.Metrics[metric][source], permuted.Metrics[metric][source]);
                Assert.Equal(expected.Metrics[metric][source], inOrder.Metrics[metric][source]);
                Assert.Equal(source, inOrder.Permutations[metric][source]);
            }

            Assert.Equal(("drums", "vocals"), (permuted.Permutations[metric]["vocals"], permuted.Permutations[metric]["drums"]));
            Assert.Contains($"{metric}: scored in the order that fits best (drums for vocals, vocals for drums)", permuted.Notes);
        }

        // Of two sources a swapped binary mask is the complement: what was right is wrong.
        Assert.Equal(1 - expected.Metrics["mask-accuracy"]["vocals"]["accuracy"], byName.Metrics["mask-accuracy"]["vocals"]["accuracy"], 1e-12);
        Assert.Empty(byName.Permutations);
        Assert.Empty(inOrder.Notes);
    }

    [Fact]
    public void In_a_data_set_a_broken_item_is_told_and_the_others_are_scored()
    {
        using StemFolders folders = new();
        folders.WritePair("ref/a", "est/a");
        folders.WritePair("ref/b", "est/b");
        folders.Write("ref/b/vocals.wav", [new float[17]]);
        EvaluationRecord record = RunAll(folders);
        Assert.Equal("a", Assert.Single(record.Items).Name);
        Assert.Contains("expected references of one length", Assert.Single(record.Mismatches), StringComparison.Ordinal);
    }

    [Fact]
    public void A_silent_reference_takes_BSS_Eval_away_and_no_other_metric()
    {
        using StemFolders folders = new();
        folders.WritePair("ref/a", "est/a");
        folders.WritePair("ref/b", "est/b");
        double usdr = RunAll(folders).Items[1].Metrics["usdr"]["drums"]["uSDR"];
        folders.Write("ref/b/vocals.wav", [new float[folders.Samples("ref/a/vocals.wav")]]);
        EvaluationRecord record = RunAll(folders);
        Assert.Equal(["a", "b"], record.Items.Select(item => item.Name));
        Assert.Equal(usdr, record.Items[1].Metrics["usdr"]["drums"]["uSDR"]);
        Assert.False(record.Items[1].Metrics.ContainsKey("v4"));
        Assert.True(record.Items[0].Metrics.ContainsKey("v4"));
        Assert.All(record.Mismatches, line => Assert.StartsWith("b: ", line, StringComparison.Ordinal));
        Assert.Contains(record.Mismatches, line => line.Contains("v4 not scored", StringComparison.Ordinal) && line.Contains("'vocals' silent throughout", StringComparison.Ordinal));
        Assert.Contains(record.Mismatches, line => line.Contains("v3, nsdr not scored", StringComparison.Ordinal));

        // Where nothing else was asked for, that is the answer.
        ArgumentException error = Assert.Throws<ArgumentException>(() => Run(folders.At("ref/b", "est/b"), All with { Metrics = ["v4"] }));
        Assert.Contains("'vocals' silent throughout", error.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Metrics() => [.. MetricCatalog.Entries.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Metrics))]
    public void No_metric_scores_what_is_not_finite(string metric)
    {
        foreach ((string role, float value) in new[] { ("ref", float.NaN), ("est", float.NaN), ("est", float.PositiveInfinity) })
        {
            using StemFolders folders = new();
            folders.WritePair("ref", "est");
            float[] samples = [.. Noise(3, folders.Samples("ref/drums.wav")).Select(sample => (float)sample)];
            samples[1234] = value;
            folders.Write($"{role}/drums.wav", [samples]);
            string message = Assert.Throws<ArgumentException>(() => Run(folders, All with { Metrics = [metric] })).Message;
            Assert.Contains($"{(role == "ref" ? "reference" : "estimate")} 'drums'", message, StringComparison.Ordinal);
            Assert.Contains("sample 1234", message, StringComparison.Ordinal);
        }
    }

    private static double[] Noise(uint seed, int samples) => Descant.Tests.Metrics.BssEval.NoiseSignals.Noise(seed, samples);

    private static EvaluationRecord RunAll(StemFolders folders)
    {
        using WorkerPool pool = new(2);
        return DataSetEvaluation.Run(ItemMatching.Find(folders.Path("ref"), folders.Path("est")), "system", All, pool, null, CancellationToken.None);
    }

    private static ItemScores Run((string Reference, string Estimate) item, EvaluationOptions options)
    {
        using WorkerPool pool = new(2);
        return ItemEvaluation.Run(ItemMatching.Find(item.Reference, item.Estimate, options.Sources).Items[0], options, pool, CancellationToken.None);
    }

    private static ItemScores Run(StemFolders folders, EvaluationOptions options)
    {
        using WorkerPool pool = new(2);
        MatchedItems matched = ItemMatching.Find(folders.Path("ref"), folders.Path("est"), options.Sources);
        return ItemEvaluation.Run(matched.Items[0], options, pool, CancellationToken.None);
    }

    private static void AssertRefused(StemFolders folders, params string[] parts)
    {
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => Run(folders, All));
        Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
    }
}
