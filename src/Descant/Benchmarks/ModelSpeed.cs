using System.Diagnostics;
using Descant.Separation;

namespace Descant.Benchmarks;

/// <summary>How fast a model separates, with the default settings, from samples in memory to samples in memory.</summary>
/// <param name="Name">The model.</param>
/// <param name="Seconds">Length of the audio.</param>
/// <param name="Ms">Median milliseconds for it.</param>
/// <param name="RealTime">Seconds of audio separated in a second.</param>
/// <param name="PeakMib">Largest resident memory of the process so far, in MiB: the model's own when it is measured alone.</param>
public sealed record ModelSpeed(string Name, double Seconds, double Ms, double RealTime, double PeakMib)
{
    private const int AudioSeconds = 60;
    private const int Runs = 3;

    /// <summary>Separates a minute of noise, once to warm up and three times for the median.</summary>
    public static ModelSpeed Measure(string model, int threads, CancellationToken cancellation = default)
    {
        using Separator separator = Separator.Load(model, threads);
        SegmentNetwork network = separator.Network;
        Random random = new(1);
        float[][] noise = [.. Enumerable.Range(0, network.Channels).Select(_ => Enumerable.Range(0, AudioSeconds * network.SampleRate).Select(_ => (random.NextSingle() - 0.5f) * 0.2f).ToArray())];
        double[] times = new double[Runs + 1];
        for (int run = 0; run <= Runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            EstimateStream stream = new(network, network.Channels, new SeparationSettings().Overlap, shifts: 1, batch: 1, (_, _) => { }, cancellation);
            for (int second = 0; second < AudioSeconds; second++)
            {
                stream.Write(noise, second * network.SampleRate, network.SampleRate);
            }

            stream.Complete();
            times[run] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times, 1, Runs);
        double ms = times[1 + (Runs / 2)];
        using Process self = Process.GetCurrentProcess();
        return new ModelSpeed(Path.GetFileNameWithoutExtension(model), AudioSeconds, ms, AudioSeconds * 1e3 / ms, self.PeakWorkingSet64 / (1024.0 * 1024));
    }
}
