using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace Descant.Tests.Web;

/// <summary>The container files and the unit, as far as they can be tried without their engines: the same commands, variables and health checks.</summary>
public sealed partial class DeploymentTests
{
    private const string Token = "a-token-for-tests";

    [Fact]
    [Trait("Needs", "postgresql")]
    [Trait("Needs", "curl")]
    public async Task The_commands_of_compose_serve_and_work_together()
    {
        using PostgresCluster postgres = new();
        using TemporaryFolder folder = new();
        YamlMappingNode services = Services();
        using ServerProcess server = await StartAsync(services, "server", folder, postgres);
        using ServerProcess worker = await StartAsync(services, "worker", folder, postgres);
        Assert.True(IsHealthy(services, "server", server));
        Assert.True(IsHealthy(services, "worker", worker));
        server.Api.Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        string track = (await server.Api.ReadyTrackAsync(WebServer.Wav(0.5))).GetProperty("id").GetString()!;
        JsonElement job = await server.Api.EndOfJobAsync((await server.Api.JobAsync(track)).GetProperty("id").GetString()!);
        Assert.Equal("done", job.GetProperty("state").GetString());
        Assert.Contains("started", worker.Log);
        Assert.DoesNotContain("job ", server.Log);
    }

    [Fact]
    public void Every_variable_and_option_of_the_deployment_files_exists()
    {
        string deploy = string.Join('\n', Directory.EnumerateFiles(Path.Combine(Checkout.Root, "deploy")).Select(File.ReadAllText));
        string commands = string.Join('\n', new[] { "Descant.Cli/Commands/ServeCommand", "Descant.Cli/Commands/WorkerCommand", "Descant.Cli/Commands/ServerSettings", "Descant/Models/ModelLibrary" }
            .Select(name => File.ReadAllText(Path.Combine(Checkout.Root, "src", name + ".cs"))));
        string[] variables = [.. Variable().Matches(deploy).Select(match => match.Value).Distinct().Where(name => name != "DESCANT_PORT")];
        Assert.NotEmpty(variables);
        Assert.All(variables, name => Assert.Contains($"\"{name}\"", commands));
        string[] options = [.. deploy.Split('\n').Where(line => Command().IsMatch(line)).SelectMany(line => Option().Matches(line)).Select(match => match.Value).Distinct()];
        Assert.Contains("--behind-proxy", options);
        Assert.All(options, name => Assert.Contains($"\"{name}\"", commands));
    }

    private static YamlMappingNode Services()
    {
        YamlStream stream = [];
        using StreamReader reader = new(Path.Combine(Checkout.Root, "deploy", "compose.yaml"));
        stream.Load(reader);
        return (YamlMappingNode)((YamlMappingNode)stream.Documents[0].RootNode)["services"];
    }

    private static Task<ServerProcess> StartAsync(YamlMappingNode services, string name, TemporaryFolder folder, PostgresCluster postgres)
    {
        YamlMappingNode service = (YamlMappingNode)services[name];
        string[] command = [.. ((YamlSequenceNode)service["command"]).Select(argument => ((YamlScalarNode)argument).Value!)];
        Dictionary<string, string> variables = ((YamlMappingNode)service["environment"]).ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => ((YamlScalarNode)pair.Value).Value!);

        // What compose fills in, and what differs outside of containers: the folder, the database's address, the port.
        variables["DESCANT_DATA"] = folder["data"];
        variables["DESCANT_POSTGRES"] = postgres.ConnectionString;
        variables["DESCANT_URLS"] = Port().Replace(variables["DESCANT_URLS"], ":0");
        if (variables.ContainsKey("DESCANT_TOKEN"))
        {
            variables["DESCANT_TOKEN"] = Token;
            variables["DESCANT_HOSTS"] = "localhost";
        }

        return ServerProcess.StartAsync(folder, command, variables);
    }

    private static bool IsHealthy(YamlMappingNode services, string name, ServerProcess process)
    {
        string[] test = [.. ((YamlSequenceNode)services[name]["healthcheck"]["test"]).Select(argument => ((YamlScalarNode)argument).Value!)];
        Assert.Equal("CMD", test[0]);
        using Process curl = Process.Start(test[1], test[2..].Select(argument => Port().Replace(argument, $":{process.Api.Address.Port}")));
        curl.WaitForExit();
        return curl.ExitCode == 0;
    }

    [GeneratedRegex("DESCANT_[A-Z_]+")]
    private static partial Regex Variable();

    [GeneratedRegex("\\b(serve|worker)\\b")]
    private static partial Regex Command();

    [GeneratedRegex("--[a-z][a-z-]*")]
    private static partial Regex Option();

    [GeneratedRegex(":50\\d\\d")]
    private static partial Regex Port();
}
