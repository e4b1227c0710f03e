using System.CommandLine;
using Descant.Web;

namespace Descant.Cli.Commands;

/// <summary>Separates what servers queue, without serving anything but its health.</summary>
internal sealed class WorkerCommand : Command
{
    private readonly Option<string?> _urls = new("--urls") { Description = "Address that answers /health, /ready and /metrics. [DESCANT_URLS; default: http://127.0.0.1:5081]" };
    private readonly ServerSettings _settings = new();

    public WorkerCommand()
        : base("worker", "Separate songs for servers that share a PostgreSQL database and a data folder.")
    {
        foreach (Option option in _settings.All.Prepend(_urls))
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        string urls = parsed.GetValue(_urls) ?? ServerSettings.Variable("DESCANT_URLS") ?? "http://127.0.0.1:5081";
        ServerOptions options = _settings.Read(parsed) with { Urls = urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) };
        await using DescantServer server = await DescantServer.StartWorkerAsync(options, cancellation);
        Console.Out.WriteLine($"Descant works on the jobs of {Path.GetFullPath(options.Data)}; health on {string.Join(", ", server.Addresses)}; Ctrl+C stops it");
        await server.RunAsync(cancellation);
        return CommandLine.Success;
    }
}
