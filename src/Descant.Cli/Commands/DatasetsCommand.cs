using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Descant.Datasets;

namespace Descant.Cli.Commands;

/// <summary>Lists the data sets that can be read, checks one, or decodes it ahead of a training.</summary>
internal sealed class DatasetsCommand : Command
{
    public DatasetsCommand()
        : base("datasets", "List, check and decode training data.")
    {
        Add(List());
        Add(Check());
        Add(Decode());
    }

    private static Argument<string> Folder() => new("path") { Description = "Folder of the data set." };

    private static Option<string?> As() => new("--as") { Description = "Name of the data set, where the layout alone does not tell." };

    private static Command List()
    {
        Command list = new("list", "Print the data sets that can be read, with layout, licence and citation.");
        list.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            foreach (DatasetCard card in DatasetCatalog.Entries.Select(entry => entry.Card))
            {
                output.WriteLine($"{card.Name,-10} {card.Title}");
                output.WriteLine($"{string.Empty,-10} layout:   {card.Layout}");
                output.WriteLine($"{string.Empty,-10} licence:  {card.Licence}");
                output.WriteLine($"{string.Empty,-10} citation: {card.Citation}");
            }
        });
        return list;
    }

    private static Command Check()
    {
        Argument<string> folder = Folder();
        Option<string?> name = As();
        Option<bool> listed = new("--tracks") { Description = "Also print one line per track." };
        Option<bool> quick = new("--headers-only") { Description = "Do not decode: look for missing files and at the headers of WAV files." };
        Option<VocalRule> rule = new("--vocal-rule") { Description = "Which stems of MedleyDB sing: by its taxonomy, or as printed in the seed S0." };
        Option<MixedStems> mixed = new("--mixed-stems") { Description = "Songs of MedleyDB with voices and instruments on one stem." };
        Option<bool> bleed = new("--skip-bleed") { Description = "Leave out songs of MedleyDB with bleed between stems." };
        Option<string?> coefficients = new("--mixing-coefficients") { Description = "MedleyDB's mixing_coefficients.yaml, which weights stems as in the mix." };
        Command check = new("check", "Read a data set to its last sample: counts, durations, rates, licence; missing, damaged and wrong files.")
        {
            folder, name, listed, quick, rule, mixed, bleed, coefficients,
        };
        check.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                DatasetOptions options = new()
                {
                    VocalRule = parsed.GetValue(rule),
                    MixedStems = parsed.GetValue(mixed),
                    SkipBleed = parsed.GetValue(bleed),
                    MixingCoefficients = parsed.GetValue(coefficients),
                };
                string root = parsed.GetRequiredValue(folder);
                DatasetEntry entry = Find(root, parsed.GetValue(name));
                IReadOnlyList<Track> tracks = entry.List(root, options), present = StemFiles.Present(tracks);
                DatasetSummary? summary = parsed.GetValue(quick)
                    ? null
                    : DatasetCheck.Samples(entry, root, present, Environment.ProcessorCount, Progress(parsed.InvocationConfiguration.Error), cancellation);
                DatasetProblem[] problems = [.. StemFiles.Missing(tracks), .. summary?.Problems ?? DatasetCheck.Headers(present)];
                Write(parsed.InvocationConfiguration.Output, entry.Card, tracks, summary, parsed.GetValue(listed));
                foreach (DatasetProblem problem in problems)
                {
                    ErrorLine.Write(problem.ToString());
                }

                parsed.InvocationConfiguration.Output.WriteLine(problems.Length == 0 ? "no problems" : $"{problems.Length} problems");
                return problems.Length == 0 ? CommandLine.Success : CommandLine.Failure;
            },
            cancellation));
        return check;
    }

    private static void Write(TextWriter output, DatasetCard card, IReadOnlyList<Track> tracks, DatasetSummary? summary, bool listed)
    {
        string all = card.Published is { } published ? $" of {published}" : string.Empty;
        output.WriteLine($"{card.Name}: {card.Title}, {tracks.Count}{all} tracks, {tracks.Count(track => track.IsOpen)} of them under an open licence");
        if (card.Published - tracks.Count is { } absent and > 0)
        {
            output.WriteLine($"absent:   {absent} tracks of the published set are not below this folder, or are left out by the rules for it");
        }

        output.WriteLine($"licence:  {card.Licence}");
        output.WriteLine($"citation: {card.Citation}");
        Dictionary<string, double> seconds = summary?.Tracks.ToDictionary(track => track.Track.Name, track => track.Seconds) ?? [];
        if (summary is not null)
        {
            output.WriteLine($"duration: {Duration(seconds.Values.Sum())}, tracks of {Duration(seconds.Values.Min())} to {Duration(seconds.Values.Max())}");
            output.WriteLine($"rates:    {string.Join(", ", summary.SampleRates.Select(rate => $"{rate} Hz"))}");
            output.WriteLine($"channels: {string.Join(", ", summary.Channels)}");
        }

        if (summary?.ChannelOrder is { } order)
        {
            output.WriteLine($"order:    {order}");
        }

        foreach (IGrouping<(Split Split, string Group), Track> group in tracks
            .GroupBy(track => (track.Split, track.Group)).OrderBy(group => group.Key.Split).ThenBy(group => group.Key.Group, StringComparer.Ordinal))
        {
            string sources = string.Join(", ", group.SelectMany(track => track.Stems).Select(stem => stem.Source).Distinct().Order(StringComparer.Ordinal));
            string duration = summary is null ? string.Empty : $" {Duration(group.Sum(track => seconds[track.Name])),9}";
            output.WriteLine($"{group.Key.Split,-10} {group.Key.Group,-34} {group.Count(),4} tracks{duration}: {sources}");
        }

        foreach (Track track in listed ? tracks : [])
        {
            string duration = summary is null ? string.Empty : $"{Duration(seconds[track.Name]),9} ";
            output.WriteLine($"{track.Split,-10} {(track.IsOpen ? "open" : "closed"),-6} {duration}{track.Name}\t{track.Licence}");
        }
    }

    private static string Duration(double seconds)
    {
        TimeSpan time = TimeSpan.FromSeconds(seconds);
        return time.TotalHours >= 1
            ? string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time.Minutes:00}:{time.Seconds:00}")
            : string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}:{time.Seconds:00}.{time.Milliseconds / 100}");
    }

    // At most one line a second, and only where somebody may be watching.
    private static Action<int, int>? Progress(TextWriter output)
    {
        if (Console.IsErrorRedirected)
        {
            return null;
        }

        long last = Stopwatch.GetTimestamp();
        return (done, all) =>
        {
            long before = Interlocked.Read(ref last);
            if (Stopwatch.GetElapsedTime(before).TotalSeconds >= 1 && Interlocked.CompareExchange(ref last, Stopwatch.GetTimestamp(), before) == before)
            {
                output.WriteLine($"read {done} of {all} tracks");
            }
        };
    }

    private static Command Decode()
    {
        Argument<string> folder = Folder();
        Option<string?> name = As();
        Option<string> cache = new("--cache")
        {
            Description = "Folder of the decoded audio.",
            DefaultValueFactory = _ => AudioCache.DefaultFolder,
        };
        Option<int> rate = new("--rate") { Description = "Sample rate in Hz.", DefaultValueFactory = _ => 44100 };
        Option<int> workers = new("--workers")
        {
            Description = "Files decoded at the same time.",
            DefaultValueFactory = _ => Environment.ProcessorCount,
        };
        Command decode = new("decode", "Decode a data set's files into the cache, so that a training starts at once.")
        {
            folder,
            name,
            cache,
            rate,
            workers,
        };
        decode.SetAction((parsed, cancellation) => Task.Run(
            () =>
            {
                string root = parsed.GetRequiredValue(folder);
                IReadOnlyList<Track> tracks = Find(root, parsed.GetValue(name)).Read(root, new DatasetOptions());
                using AudioCache decoded = new(parsed.GetRequiredValue(cache), parsed.GetValue(rate));
                DecodeProgress.Fill(decoded, tracks, mixtures: false, parsed.GetValue(workers), parsed.InvocationConfiguration.Error, cancellation);
            },
            cancellation));
        return decode;
    }

    private static DatasetEntry Find(string folder, string? name)
    {
        if (!Directory.Exists(folder))
        {
            throw new DirectoryNotFoundException($"datasets: no folder '{folder}'; name one that holds a data set.");
        }

        return name is null ? DatasetCatalog.Recognise(folder) : DatasetCatalog.Find(name);
    }
}
