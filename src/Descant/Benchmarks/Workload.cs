using Descant.Tensors;

namespace Descant.Benchmarks;

/// <summary>A named piece of work whose speed is compared with the machine's limit.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Gflop">2 per multiply-add of the direct algorithm, training three times the forward pass; 0 where that says nothing.</param>
/// <param name="Prepare">Sets it up on an engine and returns one run of it.</param>
public sealed record Workload(string Name, double Gflop, Func<Engine, Action> Prepare);
