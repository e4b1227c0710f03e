using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Descant.Audio;
using Descant.Benchmarks;

namespace Descant.Cli.Commands;

/// <summary>Measures named workloads against the machine's multiply-add peak.</summary>
internal sealed class BenchCommand : Command
{
    private readonly Argument<string[]> _names = new("workload") { Description = "Workloads to run; all when none is named.", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string[]> _models = new("--model", "-m") { Description = "Measure how fast models separate, and with how much memory, instead of workloads; one alone tells its own memory.", AllowMultipleArgumentsPerToken = true };
    private readonly Option<FileInfo?> _json = new("--json") { Description = "Also write the results to this file." };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads to use; 0 takes one per processor." };

    public BenchCommand()
        : base("bench", "Measure this machine: milliseconds, GFLOP/s and the share of the peak for named workloads.")
    {
        Add(_names);
        Add(_models);
        Add(_json);
        Add(_threads);
        SetAction(Run);
    }

    private Task<int> Run(ParseResult parsed, CancellationToken cancellation)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        string[] names = parsed.GetValue(_names) ?? [], models = parsed.GetValue(_models) ?? [];
        int threads = parsed.GetValue(_threads);
        BenchmarkRun run = new(0, []);
        if (names.Length > 0 || models.Length == 0)
        {
            IReadOnlyList<Workload> workloads = WorkloadCatalog.Select(names);
            output.WriteLine($"{"workload",-24} {"ms",10} {"GFLOP",9} {"GFLOP/s",9} {"of peak",8} {"at best",8}");
            run = BenchmarkRun.Measure(workloads, threads, Print, cancellation);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak: {run.PeakGflops:F0} GFLOP/s, the widest multiply-add on all threads in use"));
        }

        List<ModelSpeed> speeds = [];
        foreach (string model in models)
        {
            ModelSpeed speed = ModelSpeed.Measure(model, threads, cancellation);
            speeds.Add(speed);
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{speed.Name}: {speed.RealTime:F1} times real time ({speed.Ms / 1e3:F2} s for {speed.Seconds:F0} s of audio), {speed.PeakMib:F0} MiB of memory at most"));
        }

        run = run with { Models = speeds };
        if (parsed.GetValue(_json) is { } file)
        {
            using PendingFile pending = new(file.FullName);
            File.WriteAllText(pending.TemporaryPath, JsonSerializer.Serialize(run, BenchJson.Default.BenchmarkRun));
            pending.Commit();
        }

        return Task.FromResult(CommandLine.Success);

        void Print(WorkloadResult result)
        {
            string work = result.Gflop == 0 ? "" : string.Create(
                CultureInfo.InvariantCulture, $"{result.Gflop,9:F3} {result.Gflops,9:F1} {result.PeakFraction,8:F3} {result.BestPeakFraction,8:F3}");
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.Name,-24} {result.Ms,10:F3} {work}").TrimEnd());
        }
    }
}

/// <summary>The JSON form of the results: {"peak_gflops":…,"workloads":[{"name":…,"gflop":…,"ms":…,"gflops":…,"peak_fraction":…,"best_peak_fraction":…}]}.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(BenchmarkRun))]
internal sealed partial class BenchJson : JsonSerializerContext;
