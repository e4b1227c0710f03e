using System.Diagnostics;
using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Benchmarks;

/// <summary>Runs workloads and compares each with the peak measured around it.</summary>
/// <param name="PeakGflops">The largest peak seen, GFLOP/s.</param>
/// <param name="Workloads">In the order they ran.</param>
public sealed record BenchmarkRun(double PeakGflops, IReadOnlyList<WorkloadResult> Workloads)
{
    /// <summary>Models that were measured beside the workloads.</summary>
    public IReadOnlyList<ModelSpeed> Models { get; init; } = [];

    private const int FewestRuns = 5;
    private const int MostRuns = 301;
    private const double SecondsPerWorkload = 3;

    /// <summary>Measures each workload: warmed up, then the median of at least five runs in about three seconds.</summary>
    public static BenchmarkRun Measure(IEnumerable<Workload> workloads, int threads, Action<WorkloadResult>? measured = null, CancellationToken cancellation = default)
    {
        double peak = 0;
        List<WorkloadResult> results = [];
        foreach (Workload workload in workloads)
        {
            using Engine engine = new(threads);
            Action run = workload.Prepare(engine);
            run();
            run();
            double before = FmaPeak.Measure(engine.Threads, engine.Width);
            (double ms, double best) = Time(run, cancellation);
            double limit = Math.Max(before, FmaPeak.Measure(engine.Threads, engine.Width));
            double gflops = workload.Gflop / ms * 1e3;
            WorkloadResult result = new(workload.Name, workload.Gflop, ms, gflops, gflops / limit, workload.Gflop / best * 1e3 / limit);
            results.Add(result);
            measured?.Invoke(result);
            peak = Math.Max(peak, limit);
        }

        return new BenchmarkRun(peak, results);
    }

    /// <summary>Median and least milliseconds.</summary>
    private static (double Median, double Least) Time(Action run, CancellationToken cancellation)
    {
        List<double> times = [];
        Stopwatch total = Stopwatch.StartNew();
        while (times.Count < FewestRuns || (times.Count < MostRuns && total.Elapsed.TotalSeconds < SecondsPerWorkload))
        {
            cancellation.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            run();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        return (times[times.Count / 2], times[0]);
    }
}
