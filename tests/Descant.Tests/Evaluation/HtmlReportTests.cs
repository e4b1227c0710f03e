using System.IO.Compression;
using Descant.Evaluation;
using Descant.Evaluation.Reports;
using Descant.Tensors;

namespace Descant.Tests.Evaluation;

public sealed class HtmlReportTests
{
    [Fact]
    public void A_report_is_one_file_that_refers_to_nothing_outside()
    {
        using StemFolders folders = new();
        folders.WritePair("ref/a <b>", "est/a <b>");
        folders.WritePair("ref/c", "est/c");
        File.WriteAllText(folders.Path("report.html.part"), "mine");
        string page = Write(folders, new ReportOptions { Audio = ReportAudio.None });
        Assert.StartsWith("<!doctype html>", page, StringComparison.Ordinal);
        Assert.EndsWith("</html>\n", page, StringComparison.Ordinal);
        foreach (string outside in new[] { "http:", "https:", "src=\"/", "<link", "<script", "@import", "url(" })
        {
            Assert.DoesNotContain(outside, page, StringComparison.Ordinal);
        }

        Assert.Contains("a &lt;b&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("a <b>", page, StringComparison.Ordinal);
        Assert.Contains("median of frames, median of items", page, StringComparison.Ordinal);
        Assert.Contains("v4 SDR over time", page, StringComparison.Ordinal);

        // Two songs of two sources, reference and estimate of each.
        Assert.Equal(8, Count(page, "<img class=\"spectrogram\""));
        Assert.Equal(8, Count(page, "<svg class=\"wave "));
        Assert.Equal(0, Count(page, "<audio"));
        Assert.Contains("12.06", page, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(folders.Path("report.html.part")));
        Assert.Equal(2, Directory.GetFiles(folders.Root).Length);
    }

    [Fact]
    public void Pictures_can_be_limited_and_the_rest_is_told()
    {
        using StemFolders folders = new();
        folders.WritePair("ref/a", "est/a");
        folders.WritePair("ref/b", "est/b");
        string page = Write(folders, new ReportOptions { Audio = ReportAudio.None, Pictures = 1 });
        Assert.Equal(4, Count(page, "<img class=\"spectrogram\""));
        Assert.Contains("1 more songs are in the tables only", page, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void Players_hold_their_sound()
    {
        using StemFolders folders = new();
        folders.WritePair("ref", "est");
        string page = Write(folders, new ReportOptions { Audio = ReportAudio.Excerpt });
        Assert.Equal(4, Count(page, "<audio controls"));
        Assert.Equal(4, Count(page, "src=\"data:audio/mpeg;base64,"));

        // A reference that is the sum of several files plays as their sum.
        folders.Write("ref/bass.wav", 7);
        File.Move(folders.Path("est/drums.wav"), folders.Path("est/accompaniment.wav"));
        Assert.Equal(4, Count(Write(folders, new ReportOptions { Audio = ReportAudio.Excerpt }), "src=\"data:audio/mpeg;base64,"));
    }

    [Fact]
    public void Images_are_PNG()
    {
        byte[] pixels = [0, 1, 2, 2, 1, 0];
        byte[] file = PngImage.Encode(pixels, 3, [0, 0, 0, 10, 20, 30, 255, 255, 255]);
        Assert.Equal("89504E470D0A1A0A0000000D49484452000000030000000208030000", Convert.ToHexString(file)[..56]);

        // The checksum of an empty IEND is the same in every PNG file.
        Assert.Equal("0000000049454E44AE426082", Convert.ToHexString(file)[^24..]);
        int data = file.AsSpan().IndexOf("IDAT"u8) + 4;
        using ZLibStream inflate = new(new MemoryStream(file, data, file.Length - data), CompressionMode.Decompress);
        byte[] rows = new byte[8];
        inflate.ReadExactly(rows);
        Assert.Equal([0, 0, 1, 2, 0, 2, 1, 0], rows);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;

    private static string Write(StemFolders folders, ReportOptions options)
    {
        using WorkerPool pool = new(2);
        MatchedItems matched = ItemMatching.Find(folders.Path("ref"), folders.Path("est"));
        EvaluationRecord record = DataSetEvaluation.Run(
            matched, "system", new EvaluationOptions { Metrics = ["v4", "v3"] }, pool, null, CancellationToken.None);
        string path = folders.Path("report.html");
        HtmlReport.Write(path, record, matched.Items, options, CancellationToken.None);
        return File.ReadAllText(path);
    }
}
