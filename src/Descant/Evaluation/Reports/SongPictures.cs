using static Descant.Evaluation.Reports.ReportText;

namespace Descant.Evaluation.Reports;

/// <summary>Reference against estimate of one song's sources: waveforms, spectrograms, players.</summary>
internal static class SongPictures
{
    public static void Write(TextWriter page, EvaluationItem item, ItemScores scores, ReportOptions options)
    {
        int? start = null;
        foreach (SourceFiles source in item.Sources)
        {
            SignalPicture reference = SignalPicture.Read(source.References, scores.Samples);
            SignalPicture estimate = SignalPicture.Read([source.Estimate], scores.Samples);

            // All sources of a song play the same seconds: the loudest of its first one.
            start ??= reference.LoudestStart(AudioExcerpt.Seconds);
            double peak = Math.Max(reference.Peak, estimate.Peak);
            double loudest = Math.Max(reference.Loudest, estimate.Loudest);
            page.Write($"<h3>{Escape(source.Name)}</h3>\n<div class=\"stems\">\n");
            WriteStem(page, "reference", source.Name, reference, peak, loudest, Sound(source.References, start.Value, options, $"reference {source.Name}"));
            WriteStem(page, "estimate", source.Name, estimate, peak, loudest, Sound([source.Estimate], start.Value, options, $"estimate {source.Name}"));
            page.Write("</div>\n");
        }
    }

    private static void WriteStem(
        TextWriter page, string kind, string source, SignalPicture picture, double peak, double loudest, string sound)
    {
        string label = Escape($"{kind} {source}");
        page.Write($"<figure>{picture.Waveform(peak, kind, $"waveform of the {label}")}{picture.Spectrogram(loudest, $"spectrogram of the {label}")}{sound}<figcaption>{kind}: waveform, and spectrogram from 60 Hz up over 80 dB, both on the same scale as its neighbour</figcaption></figure>\n");
    }

    private static string Sound(IReadOnlyList<string> paths, int start, ReportOptions options, string label) =>
        options.Audio == ReportAudio.None
            ? string.Empty
            : AudioExcerpt.Player(paths, options.Audio == ReportAudio.Excerpt ? start : null, options.Programs, Escape(label));
}
