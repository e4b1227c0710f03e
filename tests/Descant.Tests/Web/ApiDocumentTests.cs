using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Descant.Tests.Web;

/// <summary>The examples of docs/api.md do what they say.</summary>
public sealed partial class ApiDocumentTests
{
    [Fact]
    [Trait("Needs", "curl")]
    [Trait("Needs", "ffmpeg")]
    public async Task Every_example_runs()
    {
        string document = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "api.md"));
        string[] examples = [.. Shell().Matches(document).Select(match => match.Groups[1].Value)];
        Assert.True(examples.Length >= 8);
        await using WebServer server = await WebServer.StartAsync();
        using TemporaryFolder folder = new();
        await File.WriteAllBytesAsync(folder["song.wav"], WebServer.Wav(2, title: "song"));
        await File.WriteAllTextAsync(folder["examples.sh"], "set -euxo pipefail\n" + string.Join('\n', examples));
        ProcessStartInfo start = new("bash", ["examples.sh"]) { WorkingDirectory = folder.Path, RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment["SERVER"] = server.Address.GetLeftPart(UriPartial.Authority);
        using Process bash = Process.Start(start)!;
        Task<string> output = bash.StandardOutput.ReadToEndAsync();
        string trace = await bash.StandardError.ReadToEndAsync();
        await bash.WaitForExitAsync();
        Assert.True(bash.ExitCode == 0, $"{trace}\n{await output}");
        Assert.Equal(1000, new FileInfo(folder["beginning"]).Length);
        Assert.Equal("fLaC"u8.ToArray(), (await File.ReadAllBytesAsync(folder["karaoke.flac"]))[..4]);
        Assert.Equal("PK"u8.ToArray(), (await File.ReadAllBytesAsync(folder["stems.zip"]))[..2]);
        Assert.Equal(0, (await server.GetAsync("/api/v1/tracks")).GetProperty("total").GetInt32());
    }

    [Fact]
    public async Task Every_code_that_the_server_uses_is_listed()
    {
        string document = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "docs", "api.md"));
        StringBuilder missing = new();
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Checkout.Root, "src", "Descant.Web"), "*.cs", SearchOption.AllDirectories))
        {
            foreach (Match match in Code().Matches(await File.ReadAllTextAsync(file)))
            {
                if (!document.Contains($"`{match.Groups[1].Value}`", StringComparison.Ordinal))
                {
                    missing.Append(match.Groups[1].Value).Append(' ');
                }
            }
        }

        Assert.Equal("", missing.ToString());
    }

    [Fact]
    public async Task The_OpenAPI_document_says_what_a_client_must_send_and_what_comes_back()
    {
        await using WebServer server = await WebServer.StartAsync();
        JsonElement document = await server.GetAsync("/openapi/v1.json");
        Assert.Equal("Descant", document.GetProperty("info").GetProperty("title").GetString());
        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("token").GetProperty("scheme").GetString());
        JsonElement paths = document.GetProperty("paths");
        string[] Parameters(string path, string method) => paths.GetProperty(path).GetProperty(method).TryGetProperty("parameters", out JsonElement list)
            ? [.. list.EnumerateArray().Select(parameter => parameter.GetProperty("name").GetString()!)] : [];
        string[] Answers(string path, string method) => [.. paths.GetProperty(path).GetProperty(method).GetProperty("responses").EnumerateObject().Select(answer => answer.Name)];
        Assert.Contains("Idempotency-Key", Parameters("/api/v1/uploads", "post"));
        Assert.Contains("Upload-Offset", Parameters("/api/v1/uploads/{id}", "patch"));
        Assert.Contains("X-CSRF-Token", Parameters("/api/v1/tracks/{id}", "delete"));
        Assert.DoesNotContain("stem", Parameters("/api/v1/tracks/{id}/mixture/file", "get"));
        Assert.Contains("stem", Parameters("/api/v1/jobs/{id}/stems/{stem}/file", "get"));
        Assert.Equal(["200", "201", "default"], Answers("/api/v1/uploads", "post").Order());
        Assert.Equal(["204", "default"], Answers("/api/v1/uploads/{id}", "patch"));
        Assert.Equal(["204", "default"], Answers("/api/v1/jobs/{id}", "delete"));
        Assert.True(paths.GetProperty("/api/v1/jobs/{id}/zip").GetProperty("get").GetProperty("responses").GetProperty("200").GetProperty("content").TryGetProperty("application/zip", out _));
        Assert.True(paths.GetProperty("/api/v1/tracks").GetProperty("get").GetProperty("responses").GetProperty("default").GetProperty("content").TryGetProperty("application/problem+json", out _));
    }

    [GeneratedRegex("```sh\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Shell();

    [GeneratedRegex("Status[45]\\d\\d\\w+, \"([a-z-]+)\"|status, \"([a-z-]+)\"")]
    private static partial Regex Code();
}
