using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Descant.Audio;
using Descant.Networks;

namespace Descant.Cli.Commands;

/// <summary>Lists the networks that can be trained.</summary>
internal sealed class NetworksCommand : Command
{
    private readonly Option<string?> _json = new("--json") { Description = "Write parameters and cost of every network to this file." };

    public NetworksCommand()
        : base("networks", "List the networks that recipes can name, with their size and what separating a second of audio costs: recurrent inference with the most iterations allowed.")
    {
        Add(_json);
        SetAction((parsed, cancellation) => Task.Run(() => Run(parsed, cancellation), CancellationToken.None));
    }

    private int Run(ParseResult parsed, CancellationToken cancellation)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        List<NetworkRow> rows = [];
        int width = NetworkCatalog.Entries.Max(entry => entry.Name.Length);
        output.WriteLine($"{"name".PadRight(width)} {"paper",-6} {"parameters",11} {"GMAC/s",8}  what it is");
        foreach (NetworkPreset preset in NetworkCatalog.Entries)
        {
            cancellation.ThrowIfCancellationRequested();
            NetworkCost cost = NetworkCost.Of(preset);
            rows.Add(new NetworkRow(preset.Name, preset.Paper, cost.Parameters, cost.MultiplyAddsPerSecondOfAudio, preset.IsTiny));
            output.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{preset.Name.PadRight(width)} {preset.Paper,-6} {cost.Parameters,11:N0} {cost.MultiplyAddsPerSecondOfAudio / 1e9,8:F3}  {preset.Description}"));
        }

        output.WriteLine("GMAC/s: thousand million multiply-adds for each second of audio that is separated; recurrent inference (gru-ris) counts with the most iterations allowed");
        if (parsed.GetValue(_json) is { } path)
        {
            using PendingFile file = new(path);
            File.WriteAllText(file.TemporaryPath, JsonSerializer.Serialize(rows, NetworksJson.Default.ListNetworkRow));
            file.Commit();
        }

        return CommandLine.Success;
    }
}

/// <summary>One network in <c>networks --json</c>.</summary>
internal sealed record NetworkRow(string Name, string Paper, long Parameters, double MultiplyAddsPerSecondOfAudio, bool Tiny);

/// <summary>The JSON form: [{"name":…,"paper":…,"parameters":…,"multiply_adds_per_second_of_audio":…,"tiny":…}].</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(List<NetworkRow>))]
internal sealed partial class NetworksJson : JsonSerializerContext;
