using Descant.Evaluation;

namespace Descant.Tests.Evaluation;

public sealed class ItemMatchingTests
{
    [Fact]
    public void A_folder_of_files_is_one_item_and_every_mismatch_is_told()
    {
        using StemFolders folders = new();
        folders.Write("ref/vocals.wav", 1);
        folders.Write("ref/drums.wav", 2);
        folders.Write("ref/flute.wav", 3);
        folders.Write("ref/mixture.wav", 4);
        folders.Write("est/drums.wav", 1);
        folders.Write("est/vocals.wav", 2);
        folders.Write("est/noise.wav", 3);
        MatchedItems matched = ItemMatching.Find(folders.Path("ref"), folders.Path("est"));
        Assert.False(matched.IsDataSet);
        EvaluationItem item = Assert.Single(matched.Items);
        Assert.Equal(["vocals", "drums"], item.Sources.Select(source => source.Name));
        Assert.Equal([folders.Path("ref/mixture.wav")], item.Mixture);
        Assert.Equal(
            ["ref: no reference for the estimate 'noise'", "ref: no estimate for the reference 'flute'"], matched.Mismatches);
        Assert.Equal(
            ["ref: neither a reference nor an estimate of 'vocalz', which --sources asks for"],
            ItemMatching.Find(folders.Path("ref"), folders.Path("est"), ["drums", "vocalz"]).Mismatches);
    }

    [Fact]
    public void Folders_of_folders_are_a_data_set()
    {
        using StemFolders folders = new();
        folders.WritePair("ref/test/one", "est/test/one");
        folders.WritePair("ref/test/two", "est/elsewhere/two");
        MatchedItems matched = ItemMatching.Find(folders.Path("ref"), folders.Path("est"));
        Assert.True(matched.IsDataSet);
        Assert.Equal("test/one", Assert.Single(matched.Items).Name);
        Assert.Equal(["test/two: no estimates", "elsewhere/two: no references"], matched.Mismatches);
    }

    [Fact]
    public void An_accompaniment_without_a_reference_is_scored_against_all_but_the_vocals()
    {
        using StemFolders folders = new();
        foreach (string name in new[] { "vocals", "drums", "bass", "other" })
        {
            folders.Write($"ref/{name}.wav", 1);
        }

        folders.Write("est/vocals.wav", 1);
        folders.Write("est/accompaniment.wav", 2);
        MatchedItems matched = ItemMatching.Find(folders.Path("ref"), folders.Path("est"));
        Assert.Empty(matched.Mismatches);
        SourceFiles accompaniment = matched.Items[0].Sources[1];
        Assert.Equal("accompaniment", accompaniment.Name);
        Assert.Equal(["bass.wav", "drums.wav", "other.wav"], accompaniment.References.Select(path => Path.GetFileName(path)));
    }

    [Fact]
    public void Nothing_that_matches_is_an_error()
    {
        using StemFolders folders = new();
        folders.Write("ref/vocals.wav", 1);
        folders.Write("est/drums.wav", 1);
        Directory.CreateDirectory(folders.Path("empty"));
        Assert.Throws<InvalidDataException>(() => ItemMatching.Find(folders.Path("ref"), folders.Path("est")));
        Assert.Throws<InvalidDataException>(() => ItemMatching.Find(folders.Path("ref"), folders.Path("empty")));
        Assert.Throws<InvalidDataException>(() => ItemMatching.Find(folders.Path("missing"), folders.Path("est")));
    }
}
