namespace Descant.Benchmarks;

/// <summary>What a workload took.</summary>
/// <param name="Name">The workload.</param>
/// <param name="Gflop">Its work.</param>
/// <param name="Ms">Median milliseconds of one run.</param>
/// <param name="Gflops">Work per second.</param>
/// <param name="PeakFraction">Its share of the machine's multiply-add peak, measured just before and after it.</param>
/// <param name="BestPeakFraction">The same of its fastest run: on a machine with neighbours the two lie apart.</param>
public sealed record WorkloadResult(string Name, double Gflop, double Ms, double Gflops, double PeakFraction, double BestPeakFraction);
