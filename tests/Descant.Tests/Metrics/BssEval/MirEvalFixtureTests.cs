using System.Text.Json;
using Descant.Audio;
using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Tests.Metrics.BssEval;

/// <summary>mir_eval's own fixtures (MIT), where the shared folder holds them: every set that is there.</summary>
public sealed class MirEvalFixtureTests
{
    [Fact]
    public void Every_set_scores_as_recorded()
    {
        if (Checkout.Shared("golden/mir_eval") is not { } folder)
        {
            return;
        }

        using WorkerPool pool = new(2);
        string[] outputs = Directory.GetFiles(folder, "output*.json");
        Assert.NotEmpty(outputs);
        foreach (string output in outputs)
        {
            string set = Path.GetFileNameWithoutExtension(output)["output".Length..];
            double[][] references = Load(Path.Combine(folder, "ref" + set));
            double[][] estimates = Load(Path.Combine(folder, "est" + set));
            using JsonDocument document = JsonDocument.Parse(File.ReadAllText(output));
            CheckWhole(document.RootElement.GetProperty("Sources"), references, estimates, pool);
            CheckFrames(document.RootElement.GetProperty("Framewise"), references, estimates, pool);
        }
    }

    private static void CheckWhole(JsonElement expected, double[][] references, double[][] estimates, WorkerPool pool)
    {
        BssEvalResult result = BssEvalSources.Score(references, estimates, new BssEvalOptions { Permute = true }, pool);
        Assert.Equal(expected.GetProperty("Source permutation").EnumerateArray().Select(item => item.GetInt32()), result.Permutation());
        for (int source = 0; source < references.Length; source++)
        {
            Assert.Equal(expected.GetProperty("Source to Distortion")[source].GetDouble(), result[source].Sdr, 1e-6);
            Assert.Equal(expected.GetProperty("Source to Interference")[source].GetDouble(), result[source].Sir, 1e-6);
            Assert.Equal(expected.GetProperty("Source to Artifact")[source].GetDouble(), result[source].Sar, 1e-6);
        }
    }

    private static void CheckFrames(JsonElement expected, double[][] references, double[][] estimates, WorkerPool pool)
    {
        BssEvalFramewise metric = BssEvalFramewise.OfSources(
            references.Length, expected.GetProperty("win").GetInt64(), expected.GetProperty("hop").GetInt64(), new BssEvalOptions(), pool);
        do
        {
            // Blocks that fit neither the windows nor the transforms.
            for (int start = 0; start < references[0].Length; start += 1000)
            {
                metric.Add(references, estimates, start, Math.Min(1000, references[0].Length - start));
            }
        }
        while (metric.EndPass());

        BssEvalResult result = metric.Result;
        JsonElement sdr = expected.GetProperty("Source to Distortion");
        Assert.Equal(sdr[0].GetArrayLength(), result.Frames);
        for (int source = 0; source < references.Length; source++)
        {
            for (int frame = 0; frame < result.Frames; frame++)
            {
                Assert.Equal(sdr[source][frame].GetDouble(), result[source, frame].Sdr, 1e-4);
                Assert.Equal(expected.GetProperty("Source to Interference")[source][frame].GetDouble(), result[source, frame].Sir, 1e-4);
                Assert.Equal(expected.GetProperty("Source to Artifact")[source][frame].GetDouble(), result[source, frame].Sar, 1e-4);
                Assert.Equal(expected.GetProperty("Source permutation")[source][frame].GetDouble(), result.Permutation(frame)[source]);
            }
        }
    }

    // mir_eval's loader takes the mean of the channels.
    private static double[][] Load(string folder) =>
    [
        .. Directory.GetFiles(folder, "*.wav").Order(StringComparer.Ordinal).Select(path =>
        {
            AudioClip clip = AudioClip.Load(path);
            double[] mono = new double[clip.Samples];
            for (int i = 0; i < mono.Length; i++)
            {
                mono[i] = clip.Channels.Average(channel => (double)channel[i]);
            }

            return mono;
        }),
    ];
}
