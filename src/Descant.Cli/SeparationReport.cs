using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Descant.Models;
using Descant.Separation;

namespace Descant.Cli;

/// <summary>Tells the user how a batch goes: a live line, plain lines, JSON lines or nothing, and a summary at the end.</summary>
internal sealed class SeparationReport
{
    private const double LiveSeconds = 0.1;   // a live line changes at most ten times a second
    private const double EventSeconds = 0.5;  // a JSON listener hears of progress at most twice a second

    // Names in every script stay as they are instead of being escaped; still one line an event.
    private static readonly JsonEvents s_json = new(new JsonSerializerOptions(JsonEvents.Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private readonly Form _form;
    private readonly int _songs;
    private readonly Lock _turn = new();
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Dictionary<string, double> _started = new(StringComparer.Ordinal);
    private readonly Dictionary<SongState, int> _counts = [];
    private double _lastShown = double.NegativeInfinity;
    private double _audioSeconds;
    private int _lineLength;
    private int _ended;

    private SeparationReport(Form form, int songs)
    {
        _form = form;
        _songs = songs;
    }

    private enum Form
    {
        Live,
        Plain,
        Json,
        None,
    }

    /// <summary>Songs that failed so far.</summary>
    public int Failed => _counts.GetValueOrDefault(SongState.Failed);

    /// <summary>Starts a report in one of the forms of <c>--progress</c>.</summary>
    public static SeparationReport Create(string form, int songs) => new(
        form switch
        {
            "json" => Form.Json,
            "none" => Form.None,
            "plain" => Form.Plain,
            _ => Console.IsErrorRedirected ? Form.Plain : Form.Live,
        },
        songs);

    /// <summary>Says which model works, and its terms.</summary>
    public void Introduce(ModelCard model)
    {
        if (_form == Form.Json)
        {
            WriteJson(new JsonEvent { Event = "model", File = model.Path, Licence = model.Licence });
        }
        else if (_form != Form.None)
        {
            Console.Error.WriteLine($"model {model.Name} (licence: {model.Licence})");
        }
    }

    /// <summary>Takes an event, from any thread.</summary>
    public void Tell(SongEvent what)
    {
        lock (_turn)
        {
            if (what.State == SongState.Working)
            {
                Work(what);
                return;
            }

            _ended++;
            _counts[what.State] = _counts.GetValueOrDefault(what.State) + 1;
            if (what.Result is { } result)
            {
                _audioSeconds += (double)result.Samples / result.SampleRate;
            }

            EndLine();
            if (_form == Form.Json)
            {
                WriteJson(EndOf(what));
            }
            else
            {
                Print(what);
            }
        }
    }

    /// <summary>Clears the live line, so that something else can be printed.</summary>
    public void EndLine()
    {
        if (_lineLength > 0)
        {
            Console.Error.Write("\r" + new string(' ', _lineLength) + "\r");
            _lineLength = 0;
        }
    }

    /// <summary>Prints what became of the batch.</summary>
    public void Summarise()
    {
        double seconds = _clock.Elapsed.TotalSeconds;
        int Count(SongState state) => _counts.GetValueOrDefault(state);
        if (_form == Form.Json)
        {
            WriteJson(new JsonEvent
            {
                Event = "summary",
                Separated = Count(SongState.Finished),
                Skipped = Count(SongState.Skipped),
                Planned = Count(SongState.Planned),
                Failed = Count(SongState.Failed),
                Seconds = Math.Round(seconds, 2),
            });
            return;
        }

        if (_form == Form.None || (_songs == 1 && Count(SongState.Finished) == 1))
        {
            return;
        }

        List<string> parts = [];
        Add(SongState.Finished, "separated");
        Add(SongState.Skipped, "already finished");
        Add(SongState.Planned, "to separate");
        Add(SongState.Failed, "failed");
        string speed = _audioSeconds > 0 ? $", {_audioSeconds / seconds:F1}× real time" : "";
        Console.WriteLine($"{_songs} {(_songs == 1 ? "song" : "songs")}: {(parts.Count == 0 ? "nothing to do" : string.Join(", ", parts))}; {Duration(seconds)}{speed}");

        void Add(SongState state, string what)
        {
            if (Count(state) > 0)
            {
                parts.Add($"{Count(state)} {what}");
            }
        }
    }

    private static string Duration(double seconds) => seconds switch
    {
        < 10 => seconds.ToString("0.0 s", CultureInfo.InvariantCulture),
        < 3600 => TimeSpan.FromSeconds(seconds).ToString(@"m\:ss", CultureInfo.InvariantCulture),
        _ => TimeSpan.FromSeconds(seconds).ToString(@"d\.h\:mm\:ss", CultureInfo.InvariantCulture).TrimStart('0', '.'),
    };

    private static void WriteJson(JsonEvent what) => Console.Out.WriteLine(JsonSerializer.Serialize(what, s_json.JsonEvent));

    private static JsonEvent EndOf(SongEvent what) => new()
    {
        Event = what.State switch
        {
            SongState.Finished => "finished",
            SongState.Skipped => "skipped",
            SongState.Planned => "planned",
            _ => "failed",
        },
        File = what.Song,
        Stems = what.Files.Count > 0 ? what.Files : null,
        Gain = what.Result?.Gain,
        Start = what.Result?.StartSeconds,
        Warnings = what.Result?.Warnings,
        Error = what.Error is { } error ? ErrorLine.Message(error) : null,
    };

    private void Work(SongEvent what)
    {
        double now = _clock.Elapsed.TotalSeconds;
        if (_started.TryAdd(what.Song, now) && _form == Form.Plain)
        {
            Console.Error.WriteLine($"{what.Song}: separating");
        }

        double interval = _form == Form.Live ? LiveSeconds : EventSeconds;
        SeparationProgress progress = what.Progress;
        bool isEnd = progress.DoneSamples == progress.TotalSamples;
        if (_form is Form.Plain or Form.None || (now - _lastShown < interval && !(isEnd && _form == Form.Json)))
        {
            return;
        }

        _lastShown = now;
        if (_form == Form.Json)
        {
            WriteJson(new JsonEvent
            {
                Event = "progress",
                File = what.Song,
                Stage = progress.Stage.ToString().ToLowerInvariant(),
                Done = progress.DoneSamples,
                Total = progress.TotalSamples,
                SecondsLeft = progress.SecondsLeft is { } seconds ? Math.Round(seconds, 1) : null,
                Speed = progress.Speed > 0 ? Math.Round(progress.Speed, 2) : null,
            });
            return;
        }

        string stage = progress.Stage switch
        {
            SeparationStage.Preview => "looking for the singing",
            SeparationStage.Write => "writing",
            _ => $"{progress.Speed:F1}× real time",
        };
        string counter = _songs > 1 ? $"[{_ended + 1}/{_songs}] " : "";
        string done = progress.Fraction is { } part ? $"{100 * part:F0} %" : Duration((double)progress.DoneSamples / progress.SampleRate);
        ShowLine($"{counter}{Path.GetFileName(what.Song)}  {done}  {stage}{(progress.SecondsLeft is { } rest ? $"  {Duration(rest)} left" : "")}");
    }

    private void Print(SongEvent what)
    {
        switch (what.State)
        {
            case SongState.Failed:
                ErrorLine.Write(WithName(what));
                break;
            case SongState.Finished when _form != Form.None:
                SeparationResult result = what.Result!; // Finished always carries a result
                double seconds = _clock.Elapsed.TotalSeconds - _started.GetValueOrDefault(what.Song);
                double audio = (double)result.Samples / result.SampleRate;
                Console.WriteLine($"{what.Song}: {string.Join(", ", result.Files.Values.Select(Shown))}");
                string from = result.StartSeconds > 0 ? $" from {Duration(result.StartSeconds)}" : "";
                Console.WriteLine($"  {Duration(audio)} of audio{from} in {Duration(seconds)}, {(seconds > 0 ? audio / seconds : 0):F1}× real time");
                if (result.Gain != 1)
                {
                    Console.WriteLine($"  all stems lowered by one gain of {result.Gain:R} ({20 * Math.Log10(result.Gain):F2} dB), since one would have exceeded full scale; --bits 32f keeps the level");
                }

                break;
            case SongState.Skipped when _form != Form.None:
                Console.WriteLine($"{what.Song}: finished already");
                break;
            case SongState.Planned when _form != Form.None:
                Console.WriteLine($"{what.Song}: would write {string.Join(", ", what.Files.Values.Select(Shown))}");
                break;
        }

        foreach (string warning in what.Result?.Warnings ?? [])
        {
            Console.Error.WriteLine($"descant: warning: {(warning.Contains(what.Song, StringComparison.Ordinal) ? warning : $"{what.Song}: {warning}")}");
        }
    }

    private static string WithName(SongEvent what)
    {
        string message = what.Error is { } error ? ErrorLine.Message(error) : "failed";
        return message.Contains(Path.GetFileName(what.Song), StringComparison.Ordinal) ? message : $"{what.Song}: {message}";
    }

    private static string Shown(string file)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, file);
        return relative.StartsWith("..", StringComparison.Ordinal) ? file : relative;
    }

    private void ShowLine(string line)
    {
        int width;
        try
        {
            width = Math.Max(20, Console.WindowWidth - 1);
        }
        catch (IOException)
        {
            width = 79;
        }

        line = line.Length > width ? line[..width] : line;
        Console.Error.Write("\r" + line.PadRight(_lineLength));
        _lineLength = line.Length;
    }

    /// <summary>One line of <c>--progress json</c>.</summary>
    internal sealed record JsonEvent
    {
        public required string Event { get; init; }

        public string? File { get; init; }

        public string? Stage { get; init; }

        public long? Done { get; init; }

        public long? Total { get; init; }

        public double? SecondsLeft { get; init; }

        public IReadOnlyDictionary<string, string>? Stems { get; init; }

        public double? Gain { get; init; }

        public double? Start { get; init; }

        public double? Speed { get; init; }

        public string? Licence { get; init; }

        public IReadOnlyList<string>? Warnings { get; init; }

        public string? Error { get; init; }

        public int? Separated { get; init; }

        public int? Skipped { get; init; }

        public int? Planned { get; init; }

        public int? Failed { get; init; }

        public double? Seconds { get; init; }
    }
}

/// <summary>How the lines of <c>--progress json</c> are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SeparationReport.JsonEvent))]
internal sealed partial class JsonEvents : JsonSerializerContext;
