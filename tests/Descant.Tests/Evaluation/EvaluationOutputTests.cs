using System.Text.Json;
using Descant.Evaluation;

namespace Descant.Tests.Evaluation;

public sealed class EvaluationOutputTests
{
    [Fact]
    public void One_item_is_metrics_by_source_with_infinity_and_NaN_as_strings()
    {
        ItemScores item = Item("song", 2, double.PositiveInfinity, double.NaN);
        string text = EvaluationJson.Serialize(new EvaluationRecord { System = "ours", IsDataSet = false, Items = [item] });
        using JsonDocument document = JsonDocument.Parse(text);
        JsonElement vocals = document.RootElement.GetProperty("metrics").GetProperty("v4").GetProperty("vocals");
        Assert.Equal(2, vocals.GetProperty("SDR").GetDouble());
        Assert.Equal("Infinity", vocals.GetProperty("ISR").GetString());
        Assert.Equal("NaN", vocals.GetProperty("SIR").GetString());
        JsonElement frames = document.RootElement.GetProperty("frames").GetProperty("v4").GetProperty("vocals");
        Assert.Equal("NaN", frames.GetProperty("scores").GetProperty("SDR")[1].GetString());

        EvaluationRecord read = EvaluationJson.Deserialize(text, "file");
        Assert.Equal("ours", read.System);
        Assert.Equal(double.PositiveInfinity, read.Items[0].Find("v4", "vocals", "ISR"));
        Assert.Equal(item.Frames["v4"]["vocals"].Scores["SDR"], read.Items[0].Frames["v4"]["vocals"].Scores["SDR"]);
    }

    [Fact]
    public void A_data_set_is_read_as_it_was_written()
    {
        EvaluationRecord record = new() { System = "ours", IsDataSet = true, Items = [Item("a", 1), Item("b", 3)], Mismatches = ["c: no estimates"] };
        EvaluationRecord read = EvaluationJson.Deserialize(EvaluationJson.Serialize(record), "file");
        Assert.True(read.IsDataSet);
        Assert.Equal(["a", "b"], read.Items.Select(item => item.Name));
        Assert.Equal(record.Mismatches, read.Mismatches);
        Assert.Throws<InvalidDataException>(() => EvaluationJson.Deserialize("{\"x\":1}", "file"));
        Assert.Throws<InvalidDataException>(() => EvaluationJson.Deserialize("none", "file"));
        foreach (string text in new[] { "null", "{\"items\":[null]}", "{\"metrics\":{\"v4\":null}}", "{\"metrics\":{\"v4\":{\"vocals\":null}}}" })
        {
            Assert.StartsWith("file: expected an evaluation", Assert.Throws<InvalidDataException>(() => EvaluationJson.Deserialize(text, "file")).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Museval_s_files_replace_older_ones_whole()
    {
        using TemporaryFolder folder = new();
        ItemScores item = Item("song", 0);
        item.Frames["v4"]["vocals"] = new FrameScores
        {
            Time = [0],
            Duration = 1,
            Scores = new[] { "SDR", "ISR", "SIR", "SAR" }.ToDictionary(score => score, _ => new[] { 1.0 }),
        };
        Directory.CreateDirectory(folder["test"]);
        File.WriteAllText(folder["test/song.json"], "old");

        // Who has the older file open reads it to its end, as with a file that was renamed into place.
        using FileStream old = new(folder["test/song.json"], FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        string path = Assert.Single(MusevalJson.Write(new EvaluationRecord { System = "ours", IsDataSet = false, Items = [item] }, folder.Path));
        Assert.Equal("old", new StreamReader(old).ReadToEnd());
        Assert.Equal(MusevalJson.Serialize(item), File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder["test"]));
    }

    [Fact]
    public void Definitions_are_what_they_are_called()
    {
        ItemScores[] items = [Item("a", 1), Item("b", 4), Item("c", 10)];
        Dictionary<string, AggregateRow> rows = Aggregation.Compute(items, "v4", "vocals", "SDR").ToDictionary(row => row.Definition);
        Assert.Equal(4, rows["median of frames, median of items"].Value);

        // Frames are (x, NaN, x + 1) of each item: 1 2 4 5 10 11.
        Assert.Equal(4.5, rows["pooled frames, median"].Value);
        Assert.Equal(6, rows["pooled frames, median"].Count);
        Assert.Equal(3, rows["pooled frames, MAD (median absolute deviation)"].Value);
        Assert.Equal(5.5, rows["pooled frames, mean"].Value);
        Assert.Equal(10.0 / 3, rows["pooled frames, MAD (mean absolute deviation)"].Value, 1e-12);
        Assert.Equal(Math.Sqrt(85.5 / 6), rows["pooled frames, SD"].Value, 1e-12);
        Assert.All(rows.Keys, name => Assert.Contains(Aggregation.Definitions, definition => definition.Name == name));
    }

    [Fact]
    public void Long_items_weigh_more_in_MIREX_s_mean()
    {
        ItemScores[] items = [Whole("short", 10, 8000), Whole("long", 4, 16000)];
        Dictionary<string, AggregateRow> rows = Aggregation.Compute(items, "nsdr", "vocals", "NSDR").ToDictionary(row => row.Definition);
        Assert.Equal(6, rows["length-weighted mean (GNSDR)"].Value, 1e-12);
        Assert.Equal(7, rows["mean of items"].Value, 1e-12);
    }

    [Fact]
    public void Museval_s_file_is_written_as_museval_writes_it()
    {
        const string Expected = """
            {
              "targets": [
                {
                  "name": "vocals",
                  "frames": [
                    {
                      "time": 0.0,
                      "duration": 1.0,
                      "metrics": {
                        "SDR": 1.50000,
                        "SIR": NaN,
                        "SAR": NaN,
                        "ISR": -0.12346
                      }
                    }
                  ]
                }
              ],
              "museval_version": "0.4.1"
            }
            """;
        ItemScores item = Item("song", 0);
        item.Frames["v4"]["vocals"] = new FrameScores
        {
            Time = [0],
            Duration = 1,
            Scores = new() { ["SDR"] = [1.5], ["ISR"] = [-0.123456], ["SIR"] = [double.PositiveInfinity], ["SAR"] = [double.NaN] },
        };
        Assert.Equal(Expected.ReplaceLineEndings("\n"), MusevalJson.Serialize(item));
    }

    [Fact]
    public void Museval_s_golden_file_is_reproduced_byte_for_byte()
    {
        if (Checkout.Shared("golden/museval/Music Delta - 80s Rock.json") is not { } path)
        {
            return;
        }

        string golden = File.ReadAllText(path);
        using JsonDocument document = JsonDocument.Parse(golden);
        ItemScores item = Item("song", 0);
        item.Frames["v4"].Clear();
        foreach (JsonElement target in document.RootElement.GetProperty("targets").EnumerateArray())
        {
            JsonElement[] frames = [.. target.GetProperty("frames").EnumerateArray()];
            item.Frames["v4"][target.GetProperty("name").GetString()!] = new FrameScores
            {
                Time = [.. frames.Select(frame => frame.GetProperty("time").GetDouble())],
                Duration = 1,
                Scores = new[] { "SDR", "ISR", "SIR", "SAR" }.ToDictionary(
                    score => score, score => frames.Select(frame => frame.GetProperty("metrics").GetProperty(score).GetDouble()).ToArray()),
            };
        }

        Assert.Equal(golden.TrimEnd(), MusevalJson.Serialize(item, "0.3.0"));
    }

    [Fact]
    public void Systems_are_compared_by_the_items_that_both_have()
    {
        EvaluationRecord first = new() { System = "A", IsDataSet = true, Items = [Item("a", 1), Item("b", 4), Item("c", double.NaN)] };
        EvaluationRecord second = new() { System = "B", IsDataSet = true, Items = [Item("a", 0), Item("b", 1), Item("c", 2), Item("d", 9)] };
        ComparisonRow row = Assert.Single(SystemComparison.Compare([first, second]));
        Assert.Equal("A", row.Better);
        Assert.Equal(2, row.Median);
        Assert.Equal((2, 0, 1, 1), (row.FirstWins, row.SecondWins, row.LeftOut, row.Unmatched));
        Assert.Throws<ArgumentException>(() => SystemComparison.Compare([first]));
        EvaluationRecord other = new() { System = "C", IsDataSet = true, Items = [Item("z", 0)] };
        Assert.Throws<ArgumentException>(() => SystemComparison.Compare([first, other]));
    }

    private static ItemScores Item(string name, double sdr, double isr = 5, double sir = 6) => new()
    {
        Name = name,
        Sources = ["vocals"],
        SampleRate = 8000,
        Channels = 1,
        Samples = 24000,
        Metrics = { ["v4"] = new() { ["vocals"] = new() { ["SDR"] = sdr, ["ISR"] = isr, ["SIR"] = sir } } },
        Frames =
        {
            ["v4"] = new()
            {
                ["vocals"] = new FrameScores { Time = [0, 1, 2], Duration = 1, Scores = new() { ["SDR"] = [sdr, double.NaN, sdr + 1] } },
            },
        },
    };

    private static ItemScores Whole(string name, double nsdr, long samples) => new()
    {
        Name = name,
        Sources = ["vocals"],
        SampleRate = 8000,
        Channels = 1,
        Samples = samples,
        Metrics = { ["nsdr"] = new() { ["vocals"] = new() { ["NSDR"] = nsdr } } },
    };
}
