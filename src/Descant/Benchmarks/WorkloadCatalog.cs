using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Benchmarks;

/// <summary>The catalogue of workloads: one line each.</summary>
public static class WorkloadCatalog
{
    /// <summary>All workloads, in the order of the printed table.</summary>
    public static IReadOnlyList<Workload> Entries { get; } =
    [
        MatrixWorkloads.Sgemm1024,
        UNetWorkloads.Single,
        UNetWorkloads.Eight,
        UNetWorkloads.Training,
        PlainUNetWorkload.Full,
        SignalWorkloads.StftRoundTrip,
        SignalWorkloads.Resampling,
        OpenUnmixWorkloads.Song,
        OpenUnmixWorkloads.Training,
    ];

    /// <summary>The workloads with the given names, or all when none is given.</summary>
    /// <exception cref="ArgumentException">A name is unknown.</exception>
    public static IReadOnlyList<Workload> Select(IReadOnlyCollection<string> names) => names.Count == 0 ? Entries :
        [.. names.Select(name => Entries.FirstOrDefault(w => w.Name == name) ?? throw new ArgumentException(
            $"bench: unknown workload '{name}'. Known are: {string.Join(", ", Entries.Select(w => w.Name))}."))];
}
