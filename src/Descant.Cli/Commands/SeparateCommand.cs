using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Parsing;
using System.Globalization;
using Descant.Audio;
using Descant.Models;
using Descant.Separation;

namespace Descant.Cli.Commands;

/// <summary>Splits songs into stems.</summary>
internal sealed class SeparateCommand : Command
{
    private readonly Argument<string[]> _songs = new("song") { Description = "Songs, folders of songs, or patterns such as \"*.mp3\".", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _output = new("--output", "-o") { Description = "Folder to write into.", DefaultValueFactory = _ => "separated" };
    private readonly Option<string?> _model = new("--model", "-m") { Description = $"Model to use: a name or a file; several with + between them are averaged. [default: {ModelLibrary.DefaultName}]" };
    private readonly Option<string?> _stems = new("--stems") { Description = "Stems to write, for example vocals or vocals,drums. [default: all]" };
    private readonly Option<string> _template = new("--output-template") { Description = "How stems are named: {track}, {stem}, {ext}, {artist}, {album}, {title}, {date}, {model}.", DefaultValueFactory = _ => OutputTemplate.Default };
    private readonly Option<string> _format = new("--format", "-f") { Description = "Kind of file: wav, flac, mp3, m4a, ogg or opus; all but wav need ffmpeg.", DefaultValueFactory = _ => "wav" };
    private readonly Option<string?> _quality = new("--quality") { Description = "For mp3, m4a, ogg, opus a bit rate such as 192k; for mp3 q0 (best) to q9, for ogg q0 to q10 (best); for flac a level from 0 to 12." };
    private readonly Option<string?> _bits = new("--bits") { Description = "Bits per sample: 16, 24 or 32f (float, never scaled). [default: the song's; 16 for lossy songs]" };
    private readonly Option<string> _clip = new("--clip") { Description = "Where a stem exceeds full scale: gain lowers all stems alike, clamp moves the excess into the last stem.", DefaultValueFactory = _ => "gain" };
    private readonly Option<bool> _raw = new("--no-mixture-consistency") { Description = "Write the network's estimates as they are; they need not sum to the song." };
    private readonly Option<double> _start = new("--start") { Description = "Where in the song to start, in seconds." };
    private readonly Option<double?> _duration = new("--duration") { Description = "How much of the song to separate, in seconds. [default: all]" };
    private readonly Option<bool> _preview = new("--preview") { Description = "Separate only the 30 seconds with the most singing." };
    private readonly Option<int> _audioStream = new("--audio-stream") { Description = "Which audio stream of a video or stem.mp4, from 0." };
    private readonly Option<double> _overlap = new("--overlap") { Description = "How much neighbouring segments overlap, from 0 to below 1.", DefaultValueFactory = _ => 0.05 };
    private readonly Option<int> _shifts = new("--shifts") { Description = "Separate that many times, shifted, and average: slower, a little better.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _batch = new("--batch") { Description = "Segments to compute at once: takes more memory, and is faster with small networks only.", DefaultValueFactory = _ => 1 };
    private readonly Option<int?> _wiener = new("--wiener") { Description = "Refine all estimates together with a multichannel Wiener filter, that many times; once when no number follows. Write it behind the songs, or with its number.", Arity = ArgumentArity.ZeroOrOne, CustomParser = Iterations };
    private readonly Option<bool> _softmask = new("--softmask") { Description = "Share the song among the estimates in the ratio of their magnitudes; with --wiener, where the filter starts." };
    private readonly Option<int> _jobs = new("--jobs", "-j") { Description = "Songs to work on at once.", DefaultValueFactory = _ => 1 };
    private readonly Option<int> _threads = new("--threads") { Description = "Threads to compute with; 0 takes one per processor." };
    private readonly Option<bool> _recursive = new("--recursive", "-r") { Description = "Look through folders inside folders." };
    private readonly Option<bool> _skip = new("--skip-existing") { Description = "Leave songs alone whose stems are finished, from the same file with the same model and options." };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace existing files that descant did not write; never a song of the same run." };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Only say what would be written." };
    private readonly Option<string> _progress = new("--progress") { Description = "How to show progress: auto, plain, json (one line an event) or none.", DefaultValueFactory = _ => "auto" };

    public SeparateCommand()
        : base("separate", "Split songs into stems: OUTPUT/<song>/vocals.wav and accompaniment.wav.")
    {
        _clip.AcceptOnlyFromAmong("gain", "clamp");
        _bits.AcceptOnlyFromAmong("16", "24", "32f");
        _format.AcceptOnlyFromAmong([.. Enum.GetNames<AudioContainer>().Select(name => name.ToLowerInvariant())]);
        _progress.AcceptOnlyFromAmong("auto", "plain", "json", "none");
        _model.CompletionSources.Add(_ => ModelLibrary.OfThisMachine().List().Keys.Select(name => new CompletionItem(name)));
        Add(_songs);
        foreach (Option option in new Option[]
        {
            _output, _model, _stems, _template, _format, _quality, _bits, _clip, _raw, _start, _duration, _preview, _audioStream, _overlap, _shifts,
            _batch, _wiener, _softmask, _jobs, _threads, _recursive, _skip, _overwrite, _dryRun, _progress,
        })
        {
            Add(option);
        }

        SetAction(RunAsync);
    }

    // An option takes what stands behind it, also where that is a song.
    private static int? Iterations(ArgumentResult result)
    {
        if (result.Tokens is not [Token token])
        {
            return null;
        }

        if (!int.TryParse(token.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int iterations))
        {
            result.AddError($"wiener: expected a number of iterations, got {token.Value}; write --wiener 1, or --wiener behind the songs");
            return null;
        }

        return iterations;
    }

    private static string[] Names(string list)
    {
        string[] names = list.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return names.Length > 0 ? names : throw new ArgumentException($"stems: expected names separated by commas, got '{list}'; leave --stems out for all");
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellation)
    {
        SeparationSettings settings = new()
        {
            Overlap = parsed.GetValue(_overlap),
            Shifts = parsed.GetValue(_shifts),
            Batch = parsed.GetValue(_batch),
            Stems = parsed.GetValue(_stems) is { } stems ? Names(stems) : null,
            MixtureConsistency = !parsed.GetValue(_raw),
            Clip = parsed.GetValue(_clip) == "clamp" ? ClipPolicy.Clamp : ClipPolicy.CommonGain,
            Encoding = new AudioEncoding(Enum.Parse<AudioContainer>(parsed.GetRequiredValue(_format), ignoreCase: true), parsed.GetValue(_quality)),
            Format = parsed.GetValue(_bits) switch
            {
                "16" => SampleFormat.Pcm16,
                "24" => SampleFormat.Pcm24,
                "32f" => SampleFormat.FloatingPoint32,
                _ => null,
            },
            StartSeconds = parsed.GetValue(_start),
            DurationSeconds = parsed.GetValue(_duration),
            IsPreview = parsed.GetValue(_preview),
            WienerIterations = parsed.GetResult(_wiener) is { Implicit: false } ? parsed.GetValue(_wiener) ?? 1 : 0,
            SharesMixture = parsed.GetValue(_softmask),
            AudioStream = parsed.GetValue(_audioStream),
        };
        BatchSettings batch = new()
        {
            OutputFolder = parsed.GetRequiredValue(_output),
            Template = new OutputTemplate(parsed.GetRequiredValue(_template)),
            Jobs = parsed.GetValue(_jobs),
            SkipExisting = parsed.GetValue(_skip),
            Overwrite = parsed.GetValue(_overwrite),
            DryRun = parsed.GetValue(_dryRun),
        };
        string[] named = parsed.GetRequiredValue(_songs);
        if (named.FirstOrDefault(song => song.StartsWith('-') && !File.Exists(song)) is { } unknown)
        {
            throw new ArgumentException($"unknown option '{unknown}'; see descant separate --help");
        }

        IReadOnlyList<string> songs = SongFinder.Find(named, parsed.GetValue(_recursive));
        using Separator separator = Separator.Load(parsed.GetValue(_model), parsed.GetValue(_threads));
        SeparationBatch separation = new(separator.Network, separator.Cards, settings, batch);
        SeparationReport report = SeparationReport.Create(parsed.GetRequiredValue(_progress), songs.Count);
        foreach (ModelCard card in separator.Cards)
        {
            report.Introduce(card);
        }

        try
        {
            await separation.RunAsync(songs, report.Tell, cancellation);
        }
        finally
        {
            report.EndLine();
        }

        report.Summarise();
        return report.Failed == 0 ? CommandLine.Success : CommandLine.Failure;
    }
}
