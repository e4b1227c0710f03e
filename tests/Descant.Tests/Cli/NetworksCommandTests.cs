using System.Text.Json;
using Descant.Networks;

namespace Descant.Tests.Cli;

/// <summary><c>descant networks</c> as a user runs it.</summary>
public sealed class NetworksCommandTests
{
    [Fact]
    public void Every_network_is_listed_with_what_it_weighs_and_costs()
    {
        using TemporaryFolder folder = new();
        DescantProcess run = DescantProcess.Run("networks", "--json", folder["networks.json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(folder["networks.json"]));
        JsonElement[] rows = [.. json.RootElement.EnumerateArray()];
        Assert.Equal(NetworkCatalog.Entries.Select(entry => entry.Name), rows.Select(row => row.GetProperty("name").GetString()));
        foreach (JsonElement row in rows)
        {
            NetworkPreset preset = NetworkCatalog.Find(row.GetProperty("name").GetString()!);
            Assert.Equal((preset.Paper, preset.IsTiny), (row.GetProperty("paper").GetString(), row.GetProperty("tiny").GetBoolean()));
            Assert.True(row.GetProperty("parameters").GetInt64() > 0 && row.GetProperty("multiply_adds_per_second_of_audio").GetDouble() > 0, preset.Name);
            Assert.Contains(preset.Description, run.Output, StringComparison.Ordinal);
        }

        int paper = run.Output.IndexOf("paper", StringComparison.Ordinal);
        Assert.All(run.Output.Split('\n')[1..(rows.Length + 1)], (line, i) => Assert.Equal(" " + NetworkCatalog.Entries[i].Paper.PadRight(7), line[(paper - 1)..(paper + 7)]));

        JsonElement umx = rows.Single(row => row.GetProperty("name").GetString() == "umx");
        Assert.Equal(8_893_348, umx.GetProperty("parameters").GetInt64());

        // Layer by layer: frames · (2974 · 512 + 3 · 2 · 4 · 256 · (512 + 256) + 1024 · 512 + 512 · 4098), 44100 / 1024 frames a second, and one.
        Assert.Equal(255 * 8_863_744.0 * 44100 / (254 * 1024), umx.GetProperty("multiply_adds_per_second_of_audio").GetDouble(), 1);
    }
}
