using Descant.Datasets;

namespace Descant.Evaluation;

/// <summary>Finds items and pairs reference with estimate files by name.</summary>
/// <remarks>
/// A folder that holds audio files is an item; otherwise all folders below it that do are the items of a data set, known by
/// their path below it. Sources are file names without ending. A file <c>mixture</c> among the references is the mixture and
/// never a source. An estimated accompaniment without a reference of that name is scored against the sum of all references
/// but the vocals (musdb's definition).
/// </remarks>
public static class ItemMatching
{
    private const string Mixture = "mixture";
    private const string Vocals = "vocals";
    private const string Accompaniment = "accompaniment";

    // The order of museval's rows; others follow by name.
    private static readonly string[] MusdbOrder = [Vocals, "drums", "bass", "other", Accompaniment, "linear_mixture"];

    /// <summary>Matches two folders.</summary>
    /// <param name="reference">Folder of references, or of folders of them.</param>
    /// <param name="estimate">Folder of estimates, laid out likewise.</param>
    /// <param name="sources">Sources to take; null for all that match.</param>
    /// <exception cref="InvalidDataException">A folder is missing, holds no audio, or nothing matches.</exception>
    public static MatchedItems Find(string reference, string estimate, IReadOnlyList<string>? sources = null)
    {
        List<string> mismatches = [];
        SortedDictionary<string, Dictionary<string, string>> references = ListItems(reference, mismatches);
        SortedDictionary<string, Dictionary<string, string>> estimates = ListItems(estimate, mismatches);
        bool isDataSet = !references.ContainsKey(string.Empty);
        if (isDataSet == estimates.ContainsKey(string.Empty))
        {
            throw new InvalidDataException(
                $"evaluate: expected both folders to hold audio files, or both to hold folders of them, got {reference} and {estimate}");
        }

        List<EvaluationItem> items = [];
        foreach ((string name, Dictionary<string, string> files) in references)
        {
            if (!estimates.TryGetValue(name, out Dictionary<string, string>? estimated))
            {
                mismatches.Add($"{name}: no estimates");
                continue;
            }

            string label = isDataSet ? name : Path.GetFileName(Path.GetFullPath(reference).TrimEnd(Path.DirectorySeparatorChar));
            if (Match(label, files, estimated, sources, mismatches) is { } item)
            {
                items.Add(item);
            }
        }

        mismatches.AddRange(estimates.Keys.Where(name => !references.ContainsKey(name)).Select(name => $"{name}: no references"));
        if (items.Count == 0)
        {
            throw new InvalidDataException(
                $"evaluate: expected equally named audio files in {reference} and {estimate}, got no match ({string.Join("; ", mismatches.Take(4))}{(mismatches.Count > 4 ? "; …" : string.Empty)})");
        }

        return new MatchedItems(isDataSet, items, mismatches);
    }

    private static SortedDictionary<string, Dictionary<string, string>> ListItems(string root, List<string> mismatches)
    {
        if (!Directory.Exists(root))
        {
            throw new InvalidDataException($"evaluate: expected a folder of audio files, got {root}, which {(File.Exists(root) ? "is a file" : "does not exist")}");
        }

        SortedDictionary<string, Dictionary<string, string>> items = new(StringComparer.Ordinal);
        AddItem(root, string.Empty, items, mismatches);
        if (items.Count == 0)
        {
            foreach (string folder in Directory.EnumerateDirectories(root, "*", SearchOption.AllDirectories))
            {
                AddItem(folder, AudioFiles.FolderName(root, folder), items, mismatches);
            }
        }

        return items.Count > 0
            ? items
            : throw new InvalidDataException(
                $"evaluate: expected audio files in {root} or in folders below it, got none");
    }

    private static void AddItem(
        string folder, string name, SortedDictionary<string, Dictionary<string, string>> items, List<string> mismatches)
    {
        Dictionary<string, string> files = [];
        foreach (string path in AudioFiles.In(folder))
        {
            if (!files.TryAdd(Path.GetFileNameWithoutExtension(path), path))
            {
                mismatches.Add($"{path}: a second file for the same source; {Path.GetFileName(files[Path.GetFileNameWithoutExtension(path)])} was taken");
            }
        }

        if (files.Count > 0)
        {
            items[name] = files;
        }
    }

    private static EvaluationItem? Match(
        string name,
        Dictionary<string, string> references,
        Dictionary<string, string> estimates,
        IReadOnlyList<string>? wanted,
        List<string> mismatches)
    {
        string[] stems = [.. references.Keys.Where(source => source != Mixture)];
        List<SourceFiles> matched = [];
        foreach (string source in Ordered(estimates.Keys.Where(source => source != Mixture)))
        {
            if (wanted is not null && !wanted.Contains(source))
            {
                continue;
            }

            string[] rest = [.. stems.Where(stem => stem != Vocals)];
            if (references.TryGetValue(source, out string? reference))
            {
                matched.Add(new SourceFiles(source, [reference], estimates[source]));
            }
            else if (source == Accompaniment && rest.Length > 0 && rest.Length < stems.Length)
            {
                matched.Add(new SourceFiles(source, [.. rest.Select(stem => references[stem])], estimates[source]));
            }
            else
            {
                mismatches.Add($"{name}: no reference for the estimate '{source}'");
            }
        }

        bool restIsScored = matched.Any(source => source.Name == Accompaniment && source.References.Count > 1);
        foreach (string source in Ordered(stems.Where(stem => !estimates.ContainsKey(stem))))
        {
            if ((wanted is null || wanted.Contains(source)) && !(restIsScored && source != Vocals))
            {
                mismatches.Add($"{name}: no estimate for the reference '{source}'");
            }
        }

        mismatches.AddRange((wanted ?? []).Where(source => !references.ContainsKey(source) && !estimates.ContainsKey(source))
            .Select(source => $"{name}: neither a reference nor an estimate of '{source}', which --sources asks for"));

        // An accompaniment beside the stems that it is made of is in their sum already.
        bool hasStems = stems.Any(stem => stem is not (Vocals or Accompaniment));
        string[] mixture = references.TryGetValue(Mixture, out string? path)
            ? [path]
            : [.. stems.Where(stem => stem != Accompaniment || !hasStems).Select(stem => references[stem])];
        return matched.Count == 0 ? null : new EvaluationItem { Name = name, Sources = matched, Mixture = mixture };
    }

    private static IEnumerable<string> Ordered(IEnumerable<string> sources) => sources
        .OrderBy(source => Array.IndexOf(MusdbOrder, source) is var place && place < 0 ? MusdbOrder.Length : place)
        .ThenBy(source => source, StringComparer.Ordinal);
}
