using System.Diagnostics;
using Descant.Audio;
using Descant.Datasets;

namespace Descant.Tests.Datasets;

/// <summary>The layouts of published data sets (the notes on systems, section 7), on small generated stand-ins.</summary>
public sealed class PublishedLayoutTests
{
    private static readonly string[] Stems = ["vocals", "drums", "bass", "other"];

    [Fact]
    public void MUSDB18_HQ_has_five_files_a_song_and_musdb_s_validation_songs()
    {
        using StandIn set = Musdb();
        Track[] tracks = Read(set, "musdb18-hq");
        Assert.Equal(
            [("train/A - B", Split.Train), ("train/Actions - One Minute Smile", Split.Validation), ("test/C - D", Split.Evaluation)],
            tracks.Select(track => (track.Name, track.Split)));
        Assert.Equal(Stems, tracks[0].Stems.Select(stem => stem.Source));
        Assert.EndsWith("A - B/mixture.wav", tracks[0].Mixture!.Path, StringComparison.Ordinal);
        Assert.Empty(DatasetCheck.Headers(tracks));

        File.Delete(set.Path("train/A - B/bass.wav"));
        Assert.Contains("A - B/bass.wav' is missing", Refusal(set, "musdb18-hq"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_folders_without_a_song_of_MUSDB18_are_people_s_own()
    {
        using StandIn set = Musdb();
        Directory.Delete(set.Path("train/Actions - One Minute Smile"), recursive: true);
        Assert.Equal("stems", DatasetCatalog.Recognise(set.Root).Card.Name);
        Assert.Equal(2, DatasetCatalog.Find("MUSDB18-HQ").Read(set.Root, new DatasetOptions()).Count);
    }

    [Fact]
    public void Files_that_break_the_data_set_s_promises_are_named()
    {
        using StandIn set = Musdb();
        set.Write("train/A - B/bass.wav", rate: 48000);
        set.Write("train/A - B/drums.wav", frequencies: [100]);
        set.Write("test/C - D/vocals.wav", seconds: 0.04);
        IReadOnlyList<DatasetProblem> problems = DatasetCheck.Headers(Read(set, "musdb18-hq"));
        AssertProblem(problems, "A - B/bass.wav", "expected 44100 Hz, got 48000 Hz");
        AssertProblem(problems, "A - B/drums.wav", "expected stereo, got 1 channel (mono)");
        AssertProblem(problems, "C - D/vocals.wav", "got 1764");
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void A_stem_mp4_has_the_mixture_first_and_the_vocals_last()
    {
        using StandIn set = new();
        double[] tones = [1000, 200, 300, 400, 500];
        string[] files = [.. tones.Select((tone, i) => set.Write($"in/{i}.wav", seconds: 0.5, frequencies: [tone, tone]))];
        Directory.CreateDirectory(set.Path("train"));
        string song = set.Path("train/Actions - One Minute Smile.stem.mp4");
        List<string> arguments = ["-nostdin", "-v", "error"];
        arguments.AddRange(files.SelectMany(file => new[] { "-i", file }));
        arguments.AddRange(Enumerable.Range(0, 5).SelectMany(i => new[] { "-map", $"{i}:a" }));
        using (Process ffmpeg = Process.Start("ffmpeg", [.. arguments, "-c:a", "aac", "-b:a", "128k", song]))
        {
            ffmpeg.WaitForExit();
            Assert.Equal(0, ffmpeg.ExitCode);
        }

        Directory.Delete(set.Path("in"), recursive: true);
        Track track = Assert.Single(Read(set, "musdb18"));
        Assert.Equal(Split.Validation, track.Split);
        Assert.Equal(["drums", "bass", "other", "vocals"], track.Stems.Select(stem => stem.Source));
        using AudioCache cache = new(set.Path("cache"), StandIn.Rate);
        foreach ((Stem stem, double tone) in track.Stems.Prepend(track.Mixture!).Zip(tones))
        {
            float[] samples = new float[StandIn.Rate / 4];
            cache.Open(stem.Path, stem.AudioStream).Read(0, StandIn.Rate / 8, samples);
            int crossings = Enumerable.Range(1, samples.Length - 1).Count(i => samples[i - 1] < 0 != samples[i] < 0);
            Assert.Equal(tone, crossings * 2.0, 10.0);
        }

        DatasetSummary summary = DatasetCheck.Samples(DatasetCatalog.Find("musdb18"), set.Root, [track], 1);
        Assert.Empty(summary.Problems);
        Assert.Equal([44100], summary.SampleRates);
    }

    [Fact]
    public void DSD100_keeps_mixtures_apart_and_its_test_half_is_evaluation()
    {
        using StandIn set = new();
        foreach ((string part, int first) in new[] { ("Dev", 51), ("Test", 1) })
        {
            for (int i = 0; i < 10; i++)
            {
                string song = $"{part}/{first + i:000} - Artist - Title";
                set.Write($"Mixtures/{song}/mixture.wav", seconds: 0.01);
                Assert.All(Stems, stem => set.Write($"Sources/{song}/{stem}.wav", seconds: 0.01));
            }
        }

        Track[] tracks = Read(set, "dsd100");
        Assert.Equal((9, 1, 10), (Count(tracks, Split.Train), Count(tracks, Split.Validation), Count(tracks, Split.Evaluation)));
        Assert.All(tracks, track => Assert.Contains("/Mixtures/", track.Mixture!.Path, StringComparison.Ordinal));
        Assert.Empty(DatasetCheck.Headers(tracks));
        File.Delete(set.Path("Mixtures/Test/003 - Artist - Title/mixture.wav"));
        Assert.Contains("003 - Artist - Title/mixture.wav' is missing", Refusal(set, "dsd100"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dsd100", "Sources/Dev/055 - Angels In Amplifiers - I'm Alright/vocals.wav", Split.Evaluation)]
    [InlineData("dsd100", "Sources/Dev/051 - Actions - One Minute Smile/vocals.wav", Split.Validation)]
    [InlineData("dsd100", "Sources/Test/002 - ANiMAL - Rockshow/vocals.wav", Split.Evaluation)]
    [InlineData("musdb18-hq", "train/Skelpolu - Resurrection/vocals.wav", Split.Evaluation)]
    [InlineData("stems", "AMContra_HeartPeripheral/vocals.wav", Split.Evaluation)]
    [InlineData("stems", "train/Zeno - Signs/vocals.wav", Split.Evaluation)]
    [InlineData("stems", "Young Griffo - Facade/vocals.wav", Split.Train)]
    public void A_song_that_MUSDB18_tests_or_validates_on_never_trains_in_any_set(string name, string path, Split role)
    {
        using StandIn set = new();
        string song = Path.GetDirectoryName(path)!;
        Assert.All(Stems, stem => set.Write($"{song}/{stem}.wav", seconds: 0.01));
        set.Write($"{song}/mixture.wav", seconds: 0.01);
        if (name == "dsd100")
        {
            set.Write($"{song.Replace("Sources", "Mixtures", StringComparison.Ordinal)}/mixture.wav", seconds: 0.01);
        }

        Assert.Equal(role, Assert.Single(DatasetCatalog.Find(name).Read(set.Root, new DatasetOptions())).Split);
    }

    [Fact]
    public void A_part_of_a_set_is_not_read_as_people_s_own_songs()
    {
        using StandIn set = Musdb();
        InvalidDataException error = Assert.Throws<InvalidDataException>(() => DatasetCatalog.Read(set.Path("test")));
        Assert.Contains(set.Root, error.Message, StringComparison.Ordinal);
        Assert.Contains("MUSDB18-HQ", error.Message, StringComparison.Ordinal);
        set.Write("mine/song/vocals.wav");
        Assert.Single(DatasetCatalog.Read(set.Path("mine")));
    }

    [Fact]
    public void The_second_source_of_ccMixter_sings()
    {
        using StandIn set = new();
        foreach (string name in new[] { "mix", "source-01", "source-02" })
        {
            set.Write($"Artist_-_Title/{name}.wav", frequencies: [440]);
        }

        Track track = Assert.Single(Read(set, "ccmixter"));
        Assert.EndsWith("source-02.wav", Assert.Single(track.StemsOf("vocals")).Path, StringComparison.Ordinal);
        Assert.EndsWith("source-01.wav", Assert.Single(track.StemsOf("accompaniment")).Path, StringComparison.Ordinal);
        Assert.EndsWith("mix.wav", track.Mixture!.Path, StringComparison.Ordinal);
        Assert.Empty(DatasetCheck.Headers([track]));
        File.Delete(set.Path("Artist_-_Title/source-01.wav"));
        Assert.Contains("source-01.wav' is missing", Refusal(set, "ccmixter"), StringComparison.Ordinal);
    }

    [Fact]
    public void The_fifty_songs_of_ccMixter_are_split_as_the_stored_list_says()
    {
        using StandIn set = new();
        for (int i = 0; i < 50; i++)
        {
            foreach (string name in new[] { "mix", "source-01", "source-02" })
            {
                set.Write($"{i:00}/{name}.wav", seconds: 0.01, frequencies: [440]);
            }
        }

        ILookup<Split, string> songs = Read(set, "ccmixter").ToLookup(track => track.Split, track => track.Name);
        Assert.Equal(30, songs[Split.Train].Count());

        // python3 -c "import random; o = list(range(50)); random.Random(42).shuffle(o); print(sorted(o[30:40]), sorted(o[40:]))"
        Assert.Equal(["02", "13", "27", "32", "36", "37", "44", "46", "47", "49"], songs[Split.Validation].Order());
        Assert.Equal(["01", "05", "06", "07", "08", "14", "15", "17", "34", "40"], songs[Split.Evaluation].Order());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void In_iKala_the_right_channel_sings_and_the_labels_tell_when_it_does_not(bool swapped)
    {
        using StandIn set = new();
        float[] music = StandIn.Tone(300, StandIn.Rate, 1.28);
        float[] voice = StandIn.Tone(500, StandIn.Rate, 1.28);
        voice.AsSpan(voice.Length / 2).Clear();
        foreach (string clip in new[] { "10161_chorus", "21035_verse" })
        {
            set.Write($"Wavfile/{clip}.wav", swapped ? [voice, music] : [music, voice]);
            set.WriteText($"PitchLabel/{clip}.pv", string.Join('\n', Enumerable.Range(0, 40).Select(i => i < 20 ? "57.3" : "0")));
        }

        Track[] tracks = Read(set, "ikala");
        Assert.Equal([Split.Train, Split.Evaluation], tracks.Select(track => track.Split));
        Assert.Equal(StemChannel.Right, Assert.Single(tracks[0].StemsOf("vocals")).Channel);
        DatasetSummary summary = DatasetCheck.Samples(DatasetCatalog.Find("ikala"), set.Root, tracks, 2);
        if (swapped)
        {
            AssertProblem(summary.Problems, "10161_chorus.wav", "exchange the channels");
        }
        else
        {
            Assert.Empty(summary.Problems);
            Assert.Contains("right channel sings", summary.ChannelOrder, StringComparison.Ordinal);
        }

        Assert.Equal(1.28, summary.Tracks[0].Seconds, 1e-6);
    }

    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void MIR_1K_s_own_labels_confirm_its_channels()
    {
        if (Checkout.Shared("data/mir-1k") is not { } real)
        {
            return;
        }

        using StandIn set = new();
        using (Process tar = Process.Start("tar", ["-xzf", Path.Combine(real, "labels.tar.gz"), "-C", set.Root]))
        {
            tar.WaitForExit();
        }

        Directory.CreateDirectory(set.Path("Wavfile"));
        foreach (string clip in new[] { "abjones_1_01", "amy_1_01", "bug_1_08", "leon_1_01" })
        {
            AudioClip.Load(Path.Combine(real, "Wavfile", clip + ".ogg")).SaveWav(set.Path($"Wavfile/{clip}.wav"), SampleFormat.Pcm16);
        }

        Track[] tracks = Read(set, "mir-1k");
        DatasetSummary summary = DatasetCheck.Samples(DatasetCatalog.Find("mir-1k"), set.Root, tracks, 2);
        Assert.Empty(summary.Problems);
        Assert.Contains("right channel sings", summary.ChannelOrder, StringComparison.Ordinal);
        Assert.Equal([16000], summary.SampleRates);

        AudioClip turned = AudioClip.Load(tracks[0].Stems[0].Path);
        set.Write("Wavfile/abjones_1_01.wav", turned.Channels, 22050);
        AssertProblem(DatasetCheck.Headers(tracks), "abjones_1_01.wav", "expected 16000 Hz, got 22050 Hz");
    }

    private static StandIn Musdb()
    {
        StandIn set = new();
        foreach (string song in new[] { "train/A - B", "train/Actions - One Minute Smile", "test/C - D" })
        {
            Assert.All(Stems.Append("mixture"), stem => set.Write($"{song}/{stem}.wav"));
        }

        return set;
    }

    private static Track[] Read(StandIn set, string name)
    {
        Assert.Equal(name, DatasetCatalog.Recognise(set.Root).Card.Name);
        return [.. DatasetCatalog.Read(set.Root)];
    }

    private static string Refusal(StandIn set, string name) => Assert.Throws<InvalidDataException>(
        () => DatasetCatalog.Find(name).Read(set.Root, new DatasetOptions())).Message;

    private static int Count(Track[] tracks, Split split) => tracks.Count(track => track.Split == split);

    private static void AssertProblem(IReadOnlyList<DatasetProblem> problems, string file, string message) =>
        Assert.Contains(problems, problem =>
            problem.Path.EndsWith(file, StringComparison.Ordinal) && problem.Message.Contains(message, StringComparison.Ordinal));
}
