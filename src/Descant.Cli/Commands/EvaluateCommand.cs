using System.CommandLine;
using Descant.Audio;
using Descant.Evaluation;
using Descant.Evaluation.Reports;
using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Cli.Commands;

/// <summary>Scores estimates against references and writes tables, JSON, CSV, museval's JSON and an HTML report.</summary>
internal sealed class EvaluateCommand : Command
{
    private readonly Argument<string> _reference = new("reference")
    {
        Description = "Folder of reference stems (vocals.wav, …; any names), or of folders of them.",
    };

    private readonly Argument<string> _estimate = new("estimate") { Description = "Folder of estimates with the same names." };

    private readonly Option<string> _metrics = new("--metrics")
    {
        Description = $"Metrics, separated by commas: {string.Join(", ", MetricCatalog.Entries.Select(entry => entry.Name))}.",
        DefaultValueFactory = _ => "v4,v3,si-sdr,usdr",
    };

    private readonly Option<string?> _json = new("--json") { Description = "Write all scores and frames to this file." };

    private readonly Option<string?> _csv = new("--csv") { Description = "Write one line per item, source and score to this file." };

    private readonly Option<string?> _museval = new("--museval")
    {
        Description = "Write museval's own JSON of v4, one file per item, under this folder.",
    };

    private readonly Option<string?> _html = new("--html")
    {
        Description = "Write a report with tables, charts, waveforms and spectrograms to this one file.",
    };

    private readonly Option<ReportAudio> _audio = new("--audio")
    {
        Description = "Players in the report: none, an excerpt of 15 s of each source, or everything.",
        DefaultValueFactory = _ => ReportAudio.Excerpt,
    };

    private readonly Option<int> _pictures = new("--pictures")
    {
        Description = "Most songs that the report shows as waveforms and spectrograms.",
        DefaultValueFactory = _ => 20,
    };

    private readonly Option<string?> _system = new("--system") { Description = "Name of the system; the estimates' folder by default." };

    private readonly Option<string?> _sources = new("--sources") { Description = "Sources to score, separated by commas; all that match by default." };

    private readonly Option<bool> _pad = new("--pad")
    {
        Description = "Pad estimates of another length with zeros, or cut them, as museval does.",
    };

    private readonly Option<bool> _permute = new("--permute")
    {
        Description = "Let BSS Eval assign estimates to references by the best mean SIR, and the mask metrics by the best accuracy.",
    };

    private readonly Option<double> _window = new("--window") { Description = "Window of v4 in seconds.", DefaultValueFactory = _ => 1 };

    private readonly Option<double> _hop = new("--hop") { Description = "From one window of v4 to the next, in seconds.", DefaultValueFactory = _ => 1 };

    private readonly Option<double?> _framewise = new("--v3-window")
    {
        Description = "Also score v3 and v3-images in windows of so many seconds (mir_eval: 30).",
    };

    private readonly Option<double> _framewiseHop = new("--v3-hop")
    {
        Description = "From one window of v3 to the next, in seconds.",
        DefaultValueFactory = _ => 15,
    };

    private readonly Option<double> _loading = new("--load-diagonal")
    {
        Description = "Diagonal loading of BSS Eval's equations, relative to a reference's energy; makes SIR and SAR of band-limited references repeatable (try 1e-10), 0 as the reference implementations.",
        DefaultValueFactory = _ => 0,
    };

    private readonly Option<int> _threads = new("--threads") { Description = "Threads to use; 0 takes one per processor." };

    public EvaluateCommand()
        : base("evaluate", "Score estimates against references: BSS Eval v4 and v3, SI-SDR, uSDR and more.")
    {
        Add(_reference);
        Add(_estimate);
        foreach (Option option in new Option[]
        {
            _metrics, _json, _csv, _museval, _html, _audio, _pictures, _system, _sources, _pad, _permute, _window, _hop, _framewise, _framewiseHop, _loading, _threads,
        })
        {
            Add(option);
        }

        SetAction((parsed, cancellation) => Task.Run(() => Evaluate(parsed, cancellation), cancellation));
    }

    private int Evaluate(ParseResult parsed, CancellationToken cancellation)
    {
        EvaluationOptions options = ReadOptions(parsed);
        string estimate = parsed.GetRequiredValue(_estimate);
        string system = parsed.GetValue(_system) ?? Path.GetFileName(Path.GetFullPath(estimate).TrimEnd(Path.DirectorySeparatorChar));
        MatchedItems matched = ItemMatching.Find(parsed.GetRequiredValue(_reference), estimate, options.Sources);
        int threads = parsed.GetValue(_threads);
        using WorkerPool pool = new(threads == 0 ? Environment.ProcessorCount : threads);
        Progress? progress = matched.IsDataSet && !Console.IsErrorRedirected
            ? new Progress(matched.Items.Count, parsed.InvocationConfiguration.Error)
            : null;
        if (parsed.GetValue(_html) is not null && parsed.GetValue(_audio) != ReportAudio.None && DoctorCommand.Ask("ffmpeg", "-version") is null)
        {
            throw new InvalidDataException(
                $"evaluate: expected the program ffmpeg for the players of --html, got none; install it with: {FfmpegPrograms.InstallCommand}, or use --audio none");
        }

        EvaluationRecord record = DataSetEvaluation.Run(matched, system, options, pool, progress, cancellation);

        ScoreTables.Write(TableConsole.On(parsed.InvocationConfiguration.Output), record);
        Save(parsed.GetValue(_json), () => EvaluationJson.Serialize(record));
        Save(parsed.GetValue(_csv), () => EvaluationCsv.Serialize(record));
        if (parsed.GetValue(_museval) is { } folder)
        {
            MusevalJson.Write(record, folder);
        }

        if (parsed.GetValue(_html) is { } report)
        {
            ReportOptions reporting = new() { Audio = parsed.GetValue(_audio), Pictures = parsed.GetValue(_pictures) };
            HtmlReport.Write(report, record, matched.Items, reporting, cancellation);
        }

        foreach (string mismatch in record.Mismatches)
        {
            ErrorLine.Write(mismatch);
        }

        return record.Mismatches.Count == 0 ? CommandLine.Success : CommandLine.Failure;
    }

    private static void Save(string? path, Func<string> text)
    {
        if (path is null)
        {
            return;
        }

        using PendingFile file = new(path);
        File.WriteAllText(file.TemporaryPath, text());
        file.Commit();
    }

    private EvaluationOptions ReadOptions(ParseResult parsed)
    {
        string[] metrics = Split(parsed.GetRequiredValue(_metrics));
        foreach (string metric in metrics)
        {
            MetricCatalog.Find(metric);
        }

        if (parsed.GetValue(_museval) is not null && !metrics.Contains("v4"))
        {
            throw new ArgumentException($"museval: its files hold the frames of v4; add v4 to --metrics, got {string.Join(",", metrics)}");
        }

        double loading = parsed.GetValue(_loading);
        return new EvaluationOptions
        {
            Metrics = metrics,
            WindowSeconds = Positive("--window", parsed.GetValue(_window)),
            HopSeconds = Positive("--hop", parsed.GetValue(_hop)),
            FramewiseWindowSeconds = parsed.GetValue(_framewise) is { } window ? Positive("--v3-window", window) : null,
            FramewiseHopSeconds = Positive("--v3-hop", parsed.GetValue(_framewiseHop)),
            Loading = loading == 0 ? null : new DiagonalLoading(0, Positive("--load-diagonal", loading)),
            Permute = parsed.GetValue(_permute),
            Pad = parsed.GetValue(_pad),
            Sources = parsed.GetValue(_sources) is { } sources ? Split(sources) : null,
        };
    }

    private static double Positive(string option, double value) =>
        value > 0 && double.IsFinite(value) ? value : throw new ArgumentException($"{option}: expected a positive number, got {value}");

    private static string[] Split(string list)
    {
        string[] names = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.Length > 0 ? [.. names.Distinct()] : throw new ArgumentException($"expected names separated by commas, got '{list}'");
    }

    private sealed class Progress(int count, TextWriter output) : IProgress<ItemScores>
    {
        private int _done;

        public void Report(ItemScores value)
        {
            _done++;
            output.WriteLine($"{_done}/{count} {value.Name}");
        }
    }
}
