using System.Text.Json;
using Descant.Audio;
using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Tests.Metrics.BssEval;

/// <summary>
/// museval's own fixture, where the shared folder holds it: a stem file of seven seconds, with noise of numpy's legacy
/// generator as estimates of vocals and accompaniment.
/// </summary>
public sealed class MusevalFixtureTests
{
    private const string Track = "golden/museval/Music Delta - 80s Rock";
    private const int Second = 44100;

    [Fact]
    public void Every_frame_scores_as_recorded()
    {
        if (Checkout.Shared(Track + ".stem.mp4") is not { } stems)
        {
            return;
        }

        double[][] drums = Load(stems, 1);
        double[][] bass = Load(stems, 2);
        double[][] other = Load(stems, 3);
        double[][] vocals = Load(stems, 4);
        double[][] accompaniment = [.. Enumerable.Range(0, 2).Select(channel => Sum(drums[channel], bass[channel], other[channel]))];
        double[][] estimates = Noise(vocals[0].Length);
        using WorkerPool pool = new(2);
        BssEvalResult result = BssEvalV4.Score(
            [.. vocals, .. accompaniment], estimates, 2, Second, Second, new BssEvalOptions(), pool);

        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Checkout.Shared(Track + ".json")!));
        JsonElement targets = document.RootElement.GetProperty("targets");
        Assert.Equal(2, targets.GetArrayLength());
        for (int source = 0; source < 2; source++)
        {
            JsonElement frames = targets[source].GetProperty("frames");
            Assert.Equal(frames.GetArrayLength(), result.Frames);
            for (int frame = 0; frame < result.Frames; frame++)
            {
                JsonElement expected = frames[frame].GetProperty("metrics");
                Assert.Equal(expected.GetProperty("SDR").GetDouble(), result[source, frame].Sdr, 1e-4);
                Assert.Equal(expected.GetProperty("ISR").GetDouble(), result[source, frame].Isr, 1e-4);
                Assert.Equal(expected.GetProperty("SIR").GetDouble(), result[source, frame].Sir, 1e-4);
                Assert.Equal(expected.GetProperty("SAR").GetDouble(), result[source, frame].Sar, 1e-4);
            }
        }
    }

    // museval reads 16-bit samples.
    private static double[][] Load(string path, int stream) =>
    [
        .. AudioClip.Load(path, stream).Channels.Select(channel => channel
            .Select(sample => Math.Clamp(Math.Round(sample * 32768.0), -32768, 32767) / 32768).ToArray()),
    ];

    private static double[] Sum(double[] a, double[] b, double[] c)
    {
        double[] sum = new double[a.Length];
        for (int i = 0; i < sum.Length; i++)
        {
            sum[i] = a[i] + b[i] + c[i];
        }

        return sum;
    }

    private static double[][] Noise(int samples)
    {
        MersenneTwister generator = new(0);
        double[][] channels = [new double[samples], new double[samples], new double[samples], new double[samples]];
        for (int source = 0; source < 2; source++)
        {
            for (int i = 0; i < samples; i++)
            {
                channels[2 * source][i] = generator.NextDouble();
                channels[(2 * source) + 1][i] = generator.NextDouble();
            }
        }

        return channels;
    }
}
