using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Descant.Benchmarks;

namespace Descant.Cli.Commands;

/// <summary>Measures named workloads against the machine's multiply-add peak.</summary>
internal sealed class BenchCommand : Command
{
    private readonly Argument<string[]> _names = new("workload") { Description = "Workloads to run; all when none is named.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Also write the results to this file." };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads to use; 0 takes one per processor." };

    public BenchCommand()
        : base("bench", "Measure this machine: milliseconds, GFLOP/s and the share of the peak for named workloads.")
    {
        Add(_names);
        Add(_json);
        Add(_threads);
        SetAction(Run);
    }

    private Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        IReadOnlyList<Workload> workloads = WorkloadCatalog.Select(parsed.GetValue(_names) ?? []);
        output.WriteLine($"{"workload",-24} {"ms",10} {"GFLOP",9} {"GFLOP/s",9} {"of peak",8}");
        BenchmarkRun run = BenchmarkRun.Measure(workloads, parsed.GetValue(_threads), Print, cancellation);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak: {run.PeakGflops:F0} GFLOP/s, the widest multiply-add on all threads in use"));
        if (parsed.GetValue(_json) is { } file)
        {
            File.WriteAllText(file.FullName, JsonSerializer.Serialize(run, BenchJson.Default.BenchmarkRun));
        }

        return Task.FromResult(CommandLine.Success);

        void Print(WorkloadResult result)
        {
            string work = result.Gflop == 0 ? $"{"",9} {"",9} {"",8}" : string.Create(
                CultureInfo.InvariantCulture, $"{result.Gflop,9:F3} {result.Gflops,9:F1} {result.PeakFraction,8:F3}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Name,-24} {result.Ms,10:F3} {work}"));
        }
    }
}

/// <summary>The JSON form of the results: {"peak_gflops":…,"workloads":[{"name":…,"gflop":…,"ms":…,"gflops":…,"peak_fraction":…}]}.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BenchmarkRun))]
internal sealed partial class BenchJson : JsonSerializerContext;
