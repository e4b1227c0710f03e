using System.CommandLine;
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
        Option<bool> tracks = new("--tracks") { Description = "Also print one line per track." };
        Command check = new("check", "Read a data set: counts by split, group and licence; missing or damaged files.")
        {
            folder,
            name,
            tracks,
        };
        check.SetAction(parsed =>
        {
            TextWriter output = parsed.InvocationConfiguration.Output;
            IReadOnlyList<Track> all = Read(parsed.GetRequiredValue(folder), parsed.GetValue(name), out DatasetEntry entry);
            output.WriteLine($"{entry.Card.Name}: {all.Count} tracks, {all.Count(track => track.IsOpen)} of them under an open licence");
            output.WriteLine($"licence: {entry.Card.Licence}");
            output.WriteLine($"citation: {entry.Card.Citation}");
            foreach (IGrouping<(Split Split, string Group), Track> group in all
                .GroupBy(track => (track.Split, track.Group)).OrderBy(group => group.Key.Split).ThenBy(group => group.Key.Group, StringComparer.Ordinal))
            {
                string sources = string.Join(", ", group.SelectMany(track => track.Stems).Select(stem => stem.Source).Distinct().Order(StringComparer.Ordinal));
                output.WriteLine($"{group.Key.Split,-10} {group.Key.Group,-34} {group.Count(),4} tracks: {sources}");
            }

            if (parsed.GetValue(tracks))
            {
                foreach (Track track in all)
                {
                    output.WriteLine($"{track.Split,-10} {(track.IsOpen ? "open" : "closed"),-6} {track.Name}\t{track.Licence}");
                }
            }

            string[] damaged = [.. all.SelectMany(track => track.Stems).Select(stem => stem.Path).Distinct()
                .Where(path => new FileInfo(path).Length == 0)];
            foreach (string path in damaged)
            {
                ErrorLine.Write($"'{path}' is empty");
            }

            return damaged.Length == 0 ? CommandLine.Success : CommandLine.Failure;
        });
        return check;
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
                IReadOnlyList<Track> tracks = Read(parsed.GetRequiredValue(folder), parsed.GetValue(name), out _);
                using AudioCache decoded = new(parsed.GetRequiredValue(cache), parsed.GetValue(rate));
                DecodeProgress.Fill(decoded, tracks, parsed.GetValue(workers), parsed.InvocationConfiguration.Error, cancellation);
            },
            cancellation));
        return decode;
    }

    private static IReadOnlyList<Track> Read(string folder, string? name, out DatasetEntry entry)
    {
        entry = name is null ? DatasetCatalog.Recognise(folder) : DatasetCatalog.Find(name);
        return entry.Read(folder);
    }
}
