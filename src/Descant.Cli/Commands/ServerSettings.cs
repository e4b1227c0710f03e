using System.CommandLine;
using System.Globalization;
using Descant.Web;

namespace Descant.Cli.Commands;

/// <summary>The options that a server and a worker share, each with an environment variable for containers and services.</summary>
internal sealed class ServerSettings
{
    private const long MiB = 1L << 20;
    private readonly Option<string> _data = new("--data") { Description = "Folder for uploads, songs and stems; servers and workers of a cluster share it. [DESCANT_DATA; default: descant-data]" };
    private readonly Option<string?> _postgres = new("--postgres") { Description = "PostgreSQL connection string through which several servers and workers share jobs. [DESCANT_POSTGRES]" };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads to separate with; 0 takes one per processor." };
    private readonly Option<int> _jobs = new("--jobs", "-j") { Description = "Songs to separate at once; 0 leaves them to workers.", DefaultValueFactory = _ => 1 };
    private readonly Option<double?> _keep = new("--keep") { Description = "Days that songs are kept; 0 keeps them for ever. [DESCANT_KEEP; default: 30]" };
    private readonly Option<double?> _maxMinutes = new("--max-minutes") { Description = "Longest song, in minutes. [default: 180]" };
    private readonly Option<string> _log = new("--log") { Description = "Log lines: text or json. [DESCANT_LOG]" };

    public IReadOnlyList<Option> All => [_data, _postgres, _threads, _jobs, _keep, _maxMinutes, _log];

    /// <summary>What was chosen, by option, environment variable or default.</summary>
    /// <exception cref="ArgumentException">A value that makes no sense.</exception>
    public ServerOptions Read(ParseResult parsed)
    {
        double keep = parsed.GetValue(_keep) ?? Number("DESCANT_KEEP") ?? 30;
        double minutes = parsed.GetValue(_maxMinutes) ?? 180;
        int jobs = parsed.GetValue(_jobs);
        if (!(keep >= 0) || keep > 36500)
        {
            throw new ArgumentException($"keep: expected days from 0 to 36500, got {keep}");
        }

        if (!(minutes > 0) || minutes > 100_000)
        {
            throw new ArgumentException($"max-minutes: expected minutes above 0, got {minutes}");
        }

        if (jobs is < 0 or > 64)
        {
            throw new ArgumentException($"jobs: expected 0 to 64, got {jobs}");
        }

        string log = parsed.GetValue(_log) ?? Variable("DESCANT_LOG") ?? "text";
        return new ServerOptions
        {
            Data = parsed.GetValue(_data) ?? Variable("DESCANT_DATA") ?? "descant-data",
            Postgres = parsed.GetValue(_postgres) ?? Variable("DESCANT_POSTGRES"),
            Threads = parsed.GetValue(_threads),
            Jobs = jobs,
            Keep = keep == 0 ? null : TimeSpan.FromDays(keep),
            Limits = new Limits { DurationSeconds = minutes * 60 },
            LogsJson = log switch { "json" => true, "text" => false, _ => throw new ArgumentException($"log: expected text or json, got {log}") },
        };
    }

    /// <summary>Bytes of a number of MiB.</summary>
    public static long Bytes(string option, double mebibytes) =>
        mebibytes is > 0 and < 1e9 ? (long)(mebibytes * MiB) : throw new ArgumentException($"{option}: expected MiB above 0, got {mebibytes}");

    /// <summary>An environment variable; null where it is not set or empty.</summary>
    public static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static double? Number(string name) => Variable(name) is not { } text ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value
        : throw new ArgumentException($"{name}: expected a number, got {text}");
}
