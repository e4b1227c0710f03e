using Descant.Audio;
using Descant.Datasets;
using Descant.Training;

namespace Descant.Tests.Datasets;

/// <summary>MedleyDB's layout, its vocal rules, bleed and mixing coefficients, on generated songs.</summary>
public sealed class MedleyDbTests
{
    [Fact]
    public void The_taxonomy_finds_the_voices_that_the_seed_s_rule_sends_to_the_accompaniment()
    {
        using StandIn set = new();
        Song(set, "Artist_One", stems: ["female singer", "vocalists", "drum set", "[\"electric bass\", \"crowd\"]"]);
        Assert.Equal("medleydb", DatasetCatalog.Recognise(set.Root).Card.Name);
        Track track = Assert.Single(DatasetCatalog.Read(set.Root));
        Assert.Equal(["vocals", "vocals", "accompaniment", "accompaniment"], track.Stems.Select(stem => stem.Source));
        Assert.EndsWith("Artist_One_MIX.wav", track.Mixture!.Path, StringComparison.Ordinal);
        Assert.Empty(DatasetCheck.Headers([track]));

        Track seed = Assert.Single(MedleyDb.Read(set.Root, new DatasetOptions { VocalRule = VocalRule.Seed }));
        Assert.Equal(["vocals", "accompaniment", "accompaniment", "accompaniment"], seed.Stems.Select(stem => stem.Source));
    }

    [Theory]
    [InlineData("male rapper", true, true)] // contains "male"
    [InlineData("female speaker", true, true)]
    [InlineData("choir", true, false)]
    [InlineData("beatboxing", true, false)]
    [InlineData("singer/songwriter guitar", false, false)] // "singer" at the start does not count
    [InlineData("crowd", false, false)]
    [InlineData("lead singer", false, true)] // not a label of the taxonomy
    public void Both_rules_label_by_label(string label, bool taxonomy, bool seed)
    {
        MedleyDbStem stem = new(1, "x.wav", [label]);
        Assert.Equal((taxonomy, seed), (stem.Sings(VocalRule.Taxonomy), stem.Sings(VocalRule.Seed)));
    }

    [Fact]
    public void Instrumentals_songs_with_bleed_and_mixed_stems_can_be_left_out()
    {
        using StandIn set = new();
        Song(set, "A_Sung", stems: ["male singer", "piano"]);
        Song(set, "B_Instrumental", instrumental: "yes", stems: ["piano", "violin"]);
        Song(set, "C_Bleed", bleed: "yes", stems: ["male singer", "piano"]);
        Song(set, "D_Mixed", stems: ["[\"male singer\", \"acoustic guitar\"]", "piano"]);
        Song(set, "E_OnlyVoices", stems: ["male singer", "choir"]);
        Assert.Equal(["A_Sung", "C_Bleed"], Names(set, new DatasetOptions()));
        Assert.Equal(["A_Sung"], Names(set, new DatasetOptions { SkipBleed = true }));
        Assert.Equal(["A_Sung", "C_Bleed", "D_Mixed"], Names(set, new DatasetOptions { MixedStems = MixedStems.Vocals }));
    }

    [Theory]
    [InlineData("Artist_One: {1: 0.5, 2: 2.0, 3: 4.0}")]
    [InlineData("Artist_One:\n  audio: {1: 9.0, 2: 9.0, 3: 9.0}\n  manual: {1: 0.5, 2: 2.0, 3: 4.0}")]
    [InlineData("Artist_One:\n  stft: {1: 9.0, 2: 9.0, 3: 9.0}\n  audio+stft: {1: 0.5, 2: 2.0, 3: 4.0}")]
    public void Vocals_are_the_weighted_sum_of_all_that_sings(string coefficients)
    {
        using StandIn set = new();
        Song(set, "Artist_One", stems: ["male singer", "female singer", "piano"]);
        string file = set.WriteText("mixing_coefficients.yaml", coefficients);
        Track track = Assert.Single(MedleyDb.Read(set.Root, new DatasetOptions { MixingCoefficients = file }));
        Assert.Equal([0.5, 2, 4], track.Stems.Select(stem => stem.Gain));

        using AudioCache cache = new(set.Path("cache"), StandIn.Rate);
        Recording vocals = TrainingMaterial.Part(track, "vocals", cache)!;
        float[] read = new float[400], scratch = new float[400];
        vocals.Read(1000, 0, 2, read, scratch);
        AudioClip first = AudioClip.Load(track.Stems[0].Path), second = AudioClip.Load(track.Stems[1].Path);
        for (int i = 0; i < read.Length; i++)
        {
            // The cache holds 16 bits.
            Assert.Equal((0.5f * first.Channels[0][1000 + i]) + (2 * second.Channels[0][1000 + i]), read[i], 1e-4f);
        }
    }

    [Fact]
    public void Metadata_may_lie_in_a_folder_of_its_own_and_what_is_missing_is_named()
    {
        using StandIn set = new();
        Song(set, "Artist_One", stems: ["male singer", "piano"]);
        Directory.CreateDirectory(set.Path("Metadata"));
        File.Move(set.Path("Audio/Artist_One/Artist_One_METADATA.yaml"), set.Path("Metadata/Artist_One_METADATA.yaml"));
        Assert.Single(DatasetCatalog.Read(set.Root));
        Assert.Single(DatasetCatalog.Find("MedleyDB").Read(set.Path("Audio"), new DatasetOptions()));

        File.Delete(set.Path("Audio/Artist_One/Artist_One_STEMS/Artist_One_STEM_02.wav"));
        Assert.Contains("Artist_One_STEM_02.wav' is missing", Refusal(set), StringComparison.Ordinal);
        File.WriteAllText(set.Path("Metadata/Artist_One_METADATA.yaml"), "instrumental: 'no'\nmix_filename: x.wav\nstem_dir: y");
        Assert.Contains("expected a mapping 'stems'", Refusal(set), StringComparison.Ordinal);
        File.Delete(set.Path("Metadata/Artist_One_METADATA.yaml"));
        Assert.Contains("Artist_One_METADATA.yaml' is missing", Refusal(set), StringComparison.Ordinal);
    }

    private static string[] Names(StandIn set, DatasetOptions options) => [.. MedleyDb.Read(set.Root, options).Select(track => track.Name)];

    private static string Refusal(StandIn set) =>
        Assert.Throws<InvalidDataException>(() => DatasetCatalog.Read(set.Root)).Message;

    private static void Song(StandIn set, string name, string[] stems, string instrumental = "no", string bleed = "no")
    {
        string yaml = $"artist: {name.Split('_')[0]}\ntitle: Title\ngenre: Rock\nexcerpt: 'no'\nhas_bleed: '{bleed}'\ninstrumental: '{instrumental}'\n"
            + $"mix_filename: {name}_MIX.wav\nraw_dir: {name}_RAW\nstem_dir: {name}_STEMS\nstems:\n";
        for (int i = 0; i < stems.Length; i++)
        {
            string number = $"{i + 1:00}";
            set.Write($"Audio/{name}/{name}_STEMS/{name}_STEM_{number}.wav", frequencies: [200 + (100 * i), 250 + (100 * i)]);
            yaml += $"  S{number}:\n    component: ''\n    filename: {name}_STEM_{number}.wav\n    instrument: {stems[i]}\n";
        }

        set.Write($"Audio/{name}/{name}_MIX.wav");
        set.WriteText($"Audio/{name}/{name}_METADATA.yaml", yaml);
    }
}
