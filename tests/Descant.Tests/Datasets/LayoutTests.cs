using Descant.Datasets;
using Descant.Tests.Training;

namespace Descant.Tests.Datasets;

/// <summary>The layouts, on small generated files.</summary>
public sealed class LayoutTests
{
    [Fact]
    public void What_prepare_writes_has_the_same_tracks_as_the_compressed_form()
    {
        using SmallCorpus raw = new();
        using SmallCorpus prepared = new();
        foreach ((SmallCorpus corpus, string mir) in new[] { (raw, "mir-1k"), (prepared, "MIR-1K") })
        {
            corpus.Write($"{mir}/Wavfile/bug_1_01.wav", 0.1, 0, 440);
            corpus.Write($"{mir}/Wavfile/amy_1_01.wav", 0.1, 0, 440);
            corpus.Write("songs/Sodium/vocals.wav", 0.1, 440);
            corpus.Write("songs/Sodium/drums.wav", 0.1, 0);
            corpus.Write("vocals/pjs/x.wav", 0.1, 440);
            corpus.Write("eval/rrphl/vocals.wav", 0.1, 440);
        }

        prepared.Write("songs/Sodium/mixture.wav", 0.1, 0); // prepare.sh adds the sum
        static IEnumerable<(string, Split, string)> Names(SmallCorpus corpus) => DatasetCatalog.Read(corpus.Root)
            .Select(track => (track.Name, track.Split, string.Join(' ', track.Stems.Select(stem => stem.Source)))).Order();
        Assert.Equal(Names(raw), Names(prepared));
        Assert.Contains(("songs/Sodium", Split.Train, "drums vocals"), Names(prepared));
        Assert.Contains(("mir-1k/bug_1_01", Split.Evaluation, "vocals accompaniment"), Names(prepared));
    }

    [Fact]
    public void Every_tenth_instrumental_of_a_folder_validates()
    {
        using SmallCorpus corpus = new();
        corpus.Write("songs/Sodium/vocals.wav", 0.1, 440);
        for (int i = 0; i < 21; i++)
        {
            corpus.Write($"instrumentals/tuxemon/{i:00}.wav", 0.1, 0);
        }

        Assert.Equal(
            ["instrumentals/tuxemon/09", "instrumentals/tuxemon/19"],
            DatasetCatalog.Read(corpus.Root).Where(track => track.Split == Split.Validation).Select(track => track.Name));
    }

    [Fact]
    public void Stem_folders_are_split_by_folder_or_every_tenth_validates()
    {
        using SmallCorpus split = new();
        split.Write("train/One/vocals.wav", 0.1, 440);
        split.Write("train/One/mixture.wav", 0.1, 440);
        split.Write("valid/Two.five/vocals.wav", 0.1, 440);
        split.Write("test/Three/piano.wav", 0.1, 440);
        Assert.Equal(
            [("train/One", Split.Train, 1), ("valid/Two.five", Split.Validation, 1), ("test/Three", Split.Evaluation, 1)],
            DatasetCatalog.Read(split.Root).Select(track => (track.Name, track.Split, track.Stems.Count)));

        using SmallCorpus plain = new();
        for (int i = 0; i < 10; i++)
        {
            plain.Write($"song {i}/vocals.wav", 0.1, 440);
        }

        Assert.Equal("song 9", Assert.Single(DatasetCatalog.Read(plain.Root), track => track.Split == Split.Validation).Name);
    }

    [Fact]
    public void A_folder_without_audio_is_refused_with_the_layouts_that_exist()
    {
        using SmallCorpus empty = new();
        string message = Assert.Throws<InvalidDataException>(() => DatasetCatalog.Read(empty.Root)).Message;
        Assert.Contains("mir-1k", message, StringComparison.Ordinal);
        Assert.Contains(empty.Root, message, StringComparison.Ordinal);
        Assert.Throws<DirectoryNotFoundException>(() => DatasetCatalog.Read(Path.Combine(empty.Root, "nowhere")));
    }

    /// <summary>As the sets' publications say (SYSTEMS.md, section 7).</summary>
    [Fact]
    public void Published_sets_say_how_many_tracks_they_have() => Assert.Equal(
        [
            ("corpus", null), ("ikala", 252), ("mir-1k", 1000), ("medleydb", 122), ("musdb18", 150), ("musdb18-hq", 150), ("dsd100", 100), ("ccmixter", 50),
            ("stems", (int?)null),
        ],
        DatasetCatalog.Entries.Select(entry => (entry.Card.Name, entry.Card.Published)));

    [Fact]
    public void Each_entry_of_the_catalogue_has_a_card_and_a_name_of_its_own()
    {
        Assert.Equal(DatasetCatalog.Entries.Count, DatasetCatalog.Entries.Select(entry => entry.Card.Name).Distinct().Count());
        Assert.All(DatasetCatalog.Entries, entry =>
        {
            Assert.NotEmpty(entry.Card.Licence);
            Assert.NotEmpty(entry.Card.Citation);
            Assert.Same(entry, DatasetCatalog.Find(entry.Card.Name));
        });
    }
}
