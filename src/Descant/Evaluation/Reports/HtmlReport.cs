using System.Globalization;
using System.Text;
using Descant.Audio;
using static Descant.Evaluation.Reports.ReportText;

namespace Descant.Evaluation.Reports;

/// <summary>
/// An evaluation as one HTML file that needs no network: numbers over all songs with their definitions, box plots, every
/// song's scores, its SDR over time, and reference against estimate as waveform and spectrogram (as the figures 7 to 9 of
/// seed S0), with players where they are wanted.
/// </summary>
public static class HtmlReport
{
    /// <summary>Writes the report.</summary>
    /// <param name="path">The file.</param>
    /// <param name="record">The scores.</param>
    /// <param name="items">The files that were scored, for pictures and players.</param>
    /// <param name="options">What goes into the report.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <exception cref="InvalidDataException">A file cannot be read, or ffmpeg is missing where sound is wanted.</exception>
    public static void Write(
        string path, EvaluationRecord record, IReadOnlyList<EvaluationItem> items, ReportOptions options, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(options);
        using PendingFile file = new(path);
        using (StreamWriter page = new(file.TemporaryPath, append: false, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)))
        {
            WritePage(page, record, items, options, cancellation);
        }

        file.Commit();
    }

    private static void WritePage(
        TextWriter page, EvaluationRecord record, IReadOnlyList<EvaluationItem> items, ReportOptions options, CancellationToken cancellation)
    {
        page.Write($"<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{Escape(options.Title)}: {Escape(record.System)}</title>\n<style>\n{ReportStyle.Css}\n</style>\n</head>\n<body>\n");
        page.Write($"<header><h1>{Escape(options.Title)}: {Escape(record.System)}</h1>\n<p class=\"soft\">{Summary(record)}</p></header>\n");
        if (record.IsDataSet)
        {
            page.Write("<h2>Over all songs</h2>\n");
            foreach (string metric in record.Metrics)
            {
                ReportTables.WriteAggregates(page, record, MetricCatalog.Find(metric));
            }
        }

        WriteBoxPlots(page, record);
        page.Write("<h2>Every song</h2>\n");
        foreach (string metric in record.Metrics)
        {
            ReportTables.WriteItems(page, record, MetricCatalog.Find(metric));
        }

        WriteNotes(page, record);
        int pictured = 0;
        foreach (ItemScores scores in record.Items)
        {
            cancellation.ThrowIfCancellationRequested();
            EvaluationItem? item = items.FirstOrDefault(candidate => candidate.Name == scores.Name);
            bool drawn = item is not null && pictured < options.Pictures;
            if (drawn || (scores.Frames.ContainsKey("v4") && record.Items.Count <= options.Pictures))
            {
                page.Write($"<section class=\"song\"><h2>{Escape(scores.Name)}</h2>\n");
                WriteFrames(page, scores);
                if (drawn)
                {
                    SongPictures.Write(page, item!, scores, options);
                    pictured++;
                }

                page.Write("</section>\n");
            }
        }

        if (record.Items.Count > pictured)
        {
            page.Write($"<p class=\"soft\">{record.Items.Count - pictured} more songs are in the tables only.</p>\n");
        }

        page.Write("</body>\n</html>\n");
    }

    private static string Summary(EvaluationRecord record)
    {
        double minutes = record.Items.Sum(item => item.Seconds) / 60;
        string rates = string.Join(", ", record.Items.Select(item => $"{item.SampleRate} Hz, {item.Channels} channel{(item.Channels == 1 ? string.Empty : "s")}").Distinct());
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{record.Items.Count} song{(record.Items.Count == 1 ? string.Empty : "s")}, {minutes:0.0} minutes, {rates}. Scores in dB, higher is better unless a table says otherwise.");
    }

    private static void WriteBoxPlots(TextWriter page, EvaluationRecord record)
    {
        page.Write("<h2>Distribution</h2>\n<div class=\"charts\">\n");
        foreach (string metric in record.Metrics)
        {
            foreach (string score in MetricCatalog.Find(metric).Scores)
            {
                // One song has no distribution but that of its frames.
                bool byFrame = !record.IsDataSet;
                (string Label, double[] Values)[] boxes =
                [
                    .. record.Sources.Select(source => (source, byFrame ? FramesOf(record.Items[0], metric, source, score) : ItemsOf(record, metric, source, score)))
                        .Where(box => box.Item2.Length > 0),
                ];
                if (boxes.Length > 0)
                {
                    string label = $"{metric} {score}, {(byFrame ? "frames" : "one value a song")}";
                    page.Write($"<figure>{BoxPlot.Draw(boxes, label)}<figcaption>{Escape(label)}</figcaption></figure>\n");
                }
            }
        }

        page.Write("</div>\n");
    }

    private static double[] ItemsOf(EvaluationRecord record, string metric, string source, string score) =>
        [.. record.Items.Select(item => item.Find(metric, source, score)).OfType<double>()];

    private static double[] FramesOf(ItemScores item, string metric, string source, string score) =>
        item.Frames.GetValueOrDefault(metric)?.GetValueOrDefault(source)?.Scores.GetValueOrDefault(score) ?? [];

    private static void WriteNotes(TextWriter page, EvaluationRecord record)
    {
        string[] notes =
        [
            .. record.Items.SelectMany(item => item.Notes.Select(note => record.IsDataSet && record.Items.Any(other => !other.Notes.Contains(note)) ? $"{item.Name}: {note}" : note)).Distinct(),
            .. record.Mismatches.Select(mismatch => $"not scored or not matched: {mismatch}"),
        ];
        if (notes.Length > 0)
        {
            page.Write($"<h3>Notes</h3>\n<ul>{string.Concat(notes.Select(note => $"<li>{Escape(note)}</li>"))}</ul>\n");
        }
    }

    private static void WriteFrames(TextWriter page, ItemScores scores)
    {
        foreach ((string metric, Dictionary<string, FrameScores> sources) in scores.Frames)
        {
            (string Label, double[] Time, double[] Values)[] lines =
                [.. sources.Select(source => (source.Key, source.Value.Time, source.Value.Scores["SDR"]))];
            if (lines.All(line => line.Values.Length < 2))
            {
                continue;
            }

            string label = $"{metric} SDR over time";
            string key = string.Concat(lines.Select((line, i) => $"<span class=\"key s{i % 6}\">{Escape(line.Label)}</span>"));
            page.Write($"<figure>{LineChart.Draw(lines, scores.Seconds, label)}<figcaption>{key}{Escape(label)}, in dB; gaps are frames in which something is silent</figcaption></figure>\n");
        }
    }
}
