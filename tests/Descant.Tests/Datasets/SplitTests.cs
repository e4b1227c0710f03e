using Descant.Datasets;

namespace Descant.Tests.Datasets;

/// <summary>The splits of the corpus, exactly as its README states them, on the real files where they are here.</summary>
public sealed class SplitTests
{
    [Fact]
    public void Nothing_that_the_readme_keeps_from_training_trains()
    {
        if (Checkout.Shared("data") is not { } root)
        {
            return;
        }

        IReadOnlyList<Track> tracks = DatasetCatalog.Read(root);
        string[] forbidden = ["eval/", "songs/Francium", "songs/Rubidium", "instrumentals/openhv/", "mir-1k/bug_", "mir-1k/heycat_",
            "mir-1k/annar_", "mir-1k/stool_", "mir-1k/titon_", "mir-1k/khair_", "mir-1k/yifen_"];
        Assert.DoesNotContain(tracks, track =>
            track.Split == Split.Train && forbidden.Any(beginning => track.Name.StartsWith(beginning, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_file_of_the_corpus_is_a_stem_of_exactly_one_track()
    {
        if (Checkout.Shared("data") is not { } root)
        {
            return;
        }

        string[] listed = [.. DatasetCatalog.Read(root).SelectMany(track => track.Stems.Select(stem => stem.Path).Distinct()).Order()];
        string[] there = [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Where(path => path.EndsWith(".opus", StringComparison.Ordinal) || path.EndsWith(".ogg", StringComparison.Ordinal)).Order()];
        Assert.Equal(there, listed);
    }

    [Fact]
    public void Counts_are_those_of_the_readme()
    {
        if (Checkout.Shared("data") is not { } root)
        {
            return;
        }

        IReadOnlyList<Track> tracks = DatasetCatalog.Read(root);
        int Count(Split split, string beginning) => tracks.Count(track =>
            track.Split == split && track.Name.StartsWith(beginning, StringComparison.Ordinal));
        Assert.Equal(891, tracks.Count(track => track.Name.StartsWith("mir-1k/", StringComparison.Ordinal)));
        Assert.Equal(120, Count(Split.Evaluation, "mir-1k/")); // bug 38, heycat 40, annar 42
        Assert.Equal(90, Count(Split.Validation, "mir-1k/")); // stool 45, titon 45
        Assert.Equal(3, Count(Split.Evaluation, "eval/"));
        Assert.Equal(1, Count(Split.Validation, "songs/"));
        Assert.Equal(6, Count(Split.Train, "songs/"));
        Assert.Equal(2, Count(Split.Train, "songs-research/"));
        Assert.Equal(4, Count(Split.Validation, "instrumentals/openhv/"));
        Assert.Equal(2, Count(Split.Validation, "instrumentals/jazz-research/")); // the tenth and the twentieth of 24
        Assert.Equal(1, Count(Split.Validation, "instrumentals/map-tiles/")); // the tenth of 12
        Assert.Equal(0, Count(Split.Validation, "vocals/"));
    }

    [Fact]
    public void The_customary_split_of_mir_1k_trains_on_abjones_and_amy_alone()
    {
        if (Checkout.Shared("data/mir-1k") is not { } root)
        {
            return;
        }

        IReadOnlyList<Track> tracks = Mir1k.Read(root, Mir1kSplit.Customary);
        Assert.Equal(["mir-1k/abjones", "mir-1k/amy"], tracks.Where(t => t.Split == Split.Train).Select(t => t.Group).Distinct().Order());
        Assert.DoesNotContain(tracks, track => track.Split == Split.Validation);
    }

    [Fact]
    public void Open_licences_are_told_from_the_others()
    {
        string[] open = ["CC0 (Alexander Ehlers, OGA)", "PD (FMA tag)", "MIT", "CC-BY-3.0", "CC-BY-4.0 (vocadito)", "CC-BY-SA-4.0", "CC0-1.0 (everythingisremixed)"];
        string[] closed = ["NC CC-BY-NC-SA-4.0 (GTSinger)", "unstated", "unstated/research (Namine Ritsu DB terms; demo repo MIT)", "CC-BY-NC-SA",
            "unstated (Jamendo CC, per album; check)", "research (no licence text)", "CC-BY-ND-4.0", "NC (OpenSinger)"];
        Assert.All(open, licence => Assert.True(OpenLicence.Includes(licence), licence));
        Assert.All(closed, licence => Assert.False(OpenLicence.Includes(licence), licence));
    }

    [Fact]
    public void Open_tracks_of_the_corpus_lie_in_no_folder_marked_otherwise()
    {
        if (Checkout.Shared("data") is not { } root)
        {
            return;
        }

        Track[] open = [.. DatasetCatalog.Read(root).Where(track => track.IsOpen)];
        Assert.NotEmpty(open);
        Assert.DoesNotContain(open, track => track.Name.Contains("research", StringComparison.Ordinal)
            || track.Name.Contains("-nc/", StringComparison.Ordinal) || track.Name.Contains("mir-1k", StringComparison.Ordinal));
    }

    [Fact]
    public void The_manifest_tells_the_bandwidth_of_narrow_voices()
    {
        if (Checkout.Shared("data") is not { } root)
        {
            return;
        }

        IReadOnlyList<Track> tracks = DatasetCatalog.Read(root);
        Track[] narrow = [.. tracks.Where(track => track.Group == "vocals/demos-research-narrow")];
        Assert.All(narrow, track => Assert.InRange(track.Stems[0].BandwidthHz ?? 0, 6000, 13000));
        Assert.All(tracks.Where(track => track.Group == "vocals/pjs"), track => Assert.Null(track.Stems[0].BandwidthHz));
        Assert.All(tracks.Where(track => track.Name.StartsWith("mir-1k/", StringComparison.Ordinal)),
            track => Assert.All(track.Stems, stem => Assert.Equal(8000, stem.BandwidthHz)));
    }
}
