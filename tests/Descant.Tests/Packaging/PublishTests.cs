using System.Text.RegularExpressions;
using Descant.Audio;
using Descant.Models;
using Descant.Tests.Training;
using Descant.Tests.Web;

namespace Descant.Tests.Packaging;

/// <summary>The program as one file, on a machine that has no .NET.</summary>
[Collection("packaging")]
public sealed class PublishTests
{
    [Fact]
    public async Task One_file_for_linux_separates_a_song_runs_a_recipe_and_serves_the_page_without_dotnet()
    {
        using TemporaryFolder folder = new();
        Publish(folder, "linux-x64");
        PackageTests.Prepare(folder);
        string program = folder["linux-x64/descant"];
        Assert.Equal([program], Directory.GetFileSystemEntries(folder["linux-x64"]));

        // Neither a PATH that leads to dotnet nor a variable that names it.
        Dictionary<string, string?> bare = new() { ["DESCANT_MODELS"] = folder["models"], ["XDG_DATA_HOME"] = folder["home"], ["PATH"] = "/nowhere", ["DOTNET_ROOT"] = null, ["DOTNET_HOST_PATH"] = null };
        Assert.Contains("separate", DotnetRun.Run(program, folder.Path, bare, "--help"), StringComparison.Ordinal);
        DotnetRun.Run(program, folder.Path, bare, "separate", "song.wav", "--threads", "1");
        Assert.Equal(32000, AudioClip.Load(folder["separated/song/vocals.wav"]).Samples);

        // The model that the file carries is there without being copied.
        bool carries = File.Exists(Path.Combine(Checkout.Root, "models", $"{ModelLibrary.OpenName}.safetensors"));
        Assert.Equal(carries, DotnetRun.Run(program, folder.Path, bare, "models", "list").Contains($"{ModelLibrary.OpenName}: ", StringComparison.Ordinal));

        using SmallCorpus corpus = new();
        corpus.Standard();
        File.WriteAllText(folder["tiny.yaml"], "network: s0-tiny\nbatch: 2\nbudget: { steps: 2 }\nvalidation: { every-steps: 2, every-minutes: 0 }\n");
        DotnetRun.Run(
            program, folder.Path, bare, "train", "tiny.yaml", "--data", corpus.Root, "--cache", folder["decoded"], "--out", folder["trained"], "--threads", "1");
        DotnetRun.Run(program, folder.Path, bare, "models", "verify", folder["trained/model.safetensors"]);

        using ServerProcess server = await ServerProcess.StartAsync(
            folder, ["serve", "--data", folder["data"], "--urls", "http://127.0.0.1:0"], new Dictionary<string, string> { ["DOTNET_ROOT"] = "/nowhere" }, program);
        string job = (await server.Api.JobAsync((await server.Api.ReadyTrackAsync(WebServer.Wav(1))).GetProperty("id").GetString()!)).GetProperty("id").GetString()!;
        Assert.Equal("done", (await server.Api.EndOfJobAsync(job)).GetProperty("state").GetString());
        if (!File.Exists(Path.Combine(Checkout.Root, "src", "Descant.Web", "wwwroot", "index.html")))
        {
            return; // no Node here: there is no page to carry
        }

        string start = await server.Api.Client.GetStringAsync("/");
        string script = Regex.Match(start, @"src=""\.(/assets/[^""]+\.js)""").Groups[1].Value;
        Assert.Equal(start, await server.Api.Client.GetStringAsync("/tracks/of-the-page"));
        Assert.Contains("EventSource", await server.Api.Client.GetStringAsync(script), StringComparison.Ordinal);
    }

    [Fact]
    public void One_file_for_windows_is_made()
    {
        using TemporaryFolder folder = new();
        Publish(folder, "win-x64");
        byte[] start = new byte[2];
        using FileStream program = File.OpenRead(folder["win-x64/descant.exe"]);
        program.ReadExactly(start);
        Assert.Equal("MZ"u8.ToArray(), start);
        Assert.InRange(program.Length, 20_000_000, 200_000_000);
    }

    // With artifacts of its own: nothing that is being tested is built anew under the other tests' feet.
    private static void Publish(TemporaryFolder folder, string system) => DotnetRun.Dotnet(
        Checkout.Root,
        new Dictionary<string, string?> { ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1" },
        "publish", "src/Descant.Cli", "-c", "Release", "-r", system, "--nologo", "-v", "quiet", "-nodeReuse:false", "-p:UseSharedCompilation=false",
        "--artifacts-path", folder["artifacts"], "-o", folder[system]);
}
