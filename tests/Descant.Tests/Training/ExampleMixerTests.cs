using Descant.Datasets;
using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Training;

namespace Descant.Tests.Training;

public sealed class ExampleMixerTests
{
    private const int Samples = 6000;
    private static readonly string[] Sources = [SourceNames.Vocals, SourceNames.Accompaniment];

    [Fact]
    public void Example_i_is_the_same_whoever_makes_it_and_when()
    {
        using SmallCorpus corpus = new();
        TrainingMaterial material = new(corpus.Standard(), Sources, corpus.Cache, new DataRecipe());
        Example[] forwards = [.. Enumerable.Range(0, 12).Select(i => Make(Mixer(material), i))];
        ExampleMixer reused = Mixer(material);
        Example[] backwards = [.. Enumerable.Range(0, 12).Reverse().Select(i => Make(reused, i)).Reverse()];
        for (int i = 0; i < forwards.Length; i++)
        {
            Assert.Equal(forwards[i].Mixture, backwards[i].Mixture);
            Assert.Equal(forwards[i].Sources, backwards[i].Sources);
            Assert.Equal(forwards[i].BandwidthHz, backwards[i].BandwidthHz);
        }

        Assert.NotEqual(forwards[0].Mixture, forwards[1].Mixture);
        Assert.NotEqual(forwards[0].Mixture, Make(Mixer(material, seed: 2), 0).Mixture);
    }

    [Fact]
    public void The_sources_sum_to_the_mixture_at_levels_within_the_recipe()
    {
        using SmallCorpus corpus = new();
        TrainingMaterial material = new(corpus.Standard(), Sources, corpus.Cache, new DataRecipe());
        ExampleMixer mixer = Mixer(material);
        for (int i = 0; i < 200; i++)
        {
            Example example = Make(mixer, i);
            double power = 0;
            for (int k = 0; k < example.Mixture.Length; k++)
            {
                Assert.Equal(example.Mixture[k], example.Sources[k] + example.Sources[k + (2 * Samples)], 1e-5);
                power += example.Mixture[k] * example.Mixture[k];
            }

            // The master's compression keeps the level only roughly; 3 dB is what it moves at most on this material.
            Assert.InRange(Math.Sqrt(power / example.Mixture.Length), 0.02 / 1.4, 0.3 * 1.4);
        }
    }

    [Fact]
    public void As_recorded_an_example_is_an_excerpt_of_a_song()
    {
        using SmallCorpus corpus = new();
        TrainingMaterial material = new(corpus.Standard(), Sources, corpus.Cache, new DataRecipe());
        ExampleMixer mixer = new(material, MixingRecipe.AsRecorded, ProductionRecipe.None, Sources, 1, 800, seed: 3);
        float[] mixture = new float[800], sources = new float[1600];
        for (int i = 0; i < 20; i++)
        {
            mixer.Make(i, mixture, sources);
            // A tone of amplitude 0.3 at 330 or 440 Hz obeys x[n+1] + x[n−1] = 2 cos(w) x[n]; its phase is the excerpt's place.
            double w = double.NaN;
            foreach (double hz in new[] { 330.0, 440.0 })
            {
                double c = 2 * Math.Cos(2 * Math.PI * hz / SmallCorpus.Rate);
                if (Enumerable.Range(1, 798).All(n => Math.Abs(sources[n + 1] + sources[n - 1] - (c * sources[n])) < 2e-4))
                {
                    w = hz;
                }
            }

            Assert.False(double.IsNaN(w));
        }
    }

    [Fact]
    public void A_mixture_of_the_data_set_s_own_is_heard_where_the_recipe_asks_for_it()
    {
        using SmallCorpus corpus = new();
        Stem mixture = new(SourceNames.Mixture, corpus.Write("elsewhere/mix.wav", 3, 250)); // unlike anything in the stems
        IReadOnlyList<Track> tracks = [.. corpus.Standard().Select(track => track.Name.StartsWith("songs/", StringComparison.Ordinal) ? track with { Mixture = mixture } : track)];
        foreach (bool asked in new[] { false, true })
        {
            TrainingMaterial material = new(tracks, Sources, corpus.Cache, new DataRecipe { RecordedMixtures = asked });
            ExampleMixer mixer = new(material, MixingRecipe.AsRecorded, ProductionRecipe.None, Sources, 1, 800, seed: 3);
            float[] heard = new float[800], sources = new float[1600];
            mixer.Make(0, heard, sources);
            double c = 2 * Math.Cos(2 * Math.PI * 250 / SmallCorpus.Rate);
            Assert.Equal(asked, Enumerable.Range(1, 798).All(n => Math.Abs(heard[n + 1] + heard[n - 1] - (c * heard[n])) < 2e-4));
            Assert.Equal(!asked, Enumerable.Range(0, 800).All(n => Math.Abs(heard[n] - sources[n] - sources[n + 800]) < 1e-5));

            // A network that gives its input back as vocals is perfect where the mixture is taken for the reference, and only there.
            IReadOnlyList<Track> validation = [.. tracks.Where(track => track.Mixture is not null).Select(track => track with
            {
                Split = Split.Validation,
                Stems = [new Stem(SourceNames.Vocals, mixture.Path), .. track.StemsOf(SourceNames.Drums)],
            })];
            using Engine engine = new(threads: 1);
            double sdr = new Validator(validation, Sources, corpus.Cache, new ValidationRecipe(), asked).Score(new Echo(engine), engine).Sdr;
            Assert.Equal(asked, sdr > 100);
        }
    }

    [Fact]
    public void A_recorded_mixture_allows_nothing_that_changes_stems_alone()
    {
        const string Common = "network: x\nbudget: { steps: 1 }\ndata: { recorded-mixtures: true }\nproduction: { probability: 0 }\n";
        Assert.Contains("'data.recorded-mixtures' expects", Assert.Throws<InvalidDataException>(() => RecipeReader.Read(Common + "mixing: { aligned: 0.5, master: 0 }")).Message, StringComparison.Ordinal);
        Assert.True(RecipeReader.Read(Common + "mixing: { aligned: 0.5, random-levels: false, master: 0 }").Data.RecordedMixtures);
        Assert.True(RecipeReader.Read(Common + "mixing: { aligned: 0 }").Data.RecordedMixtures);
    }

    [Theory]
    [InlineData(1, true, false)]
    [InlineData(1, false, true)]
    [InlineData(0, true, true)]
    public void Aligned_songs_alone_can_keep_their_levels(double aligned, bool keepLevels, bool balanced)
    {
        using SmallCorpus corpus = new();
        TrainingMaterial material = new(corpus.Standard(), Sources, corpus.Cache, new DataRecipe());
        MixingRecipe mixing = MixingRecipe.AsRecorded with { Aligned = aligned, AlignedKeepLevels = keepLevels, RandomLevels = true, LowestVocalDb = 12, HighestVocalDb = 12 };
        ExampleMixer mixer = new(material, mixing, ProductionRecipe.None, Sources, 1, 800, seed: 3);
        for (int i = 0; i < 20; i++)
        {
            float[] sources = new float[1600];
            mixer.Make(i, new float[800], sources);
            double Level(int source) => Math.Sqrt(sources.Skip(800 * source).Take(800).Average(x => x * x));

            // A tone of amplitude 0.3 beside noise up to 0.3: 1/√2 and 1/√3 of it. Between the two of 800 samples 0.5 dB are chance.
            Assert.Equal(balanced ? 12 : 20 * Math.Log10(Math.Sqrt(3.0 / 2)), 20 * Math.Log10(Level(0) / Level(1)), balanced ? 0.01 : 0.6);
            Assert.True(balanced || Math.Abs(Level(0) - (0.3 / Math.Sqrt(2))) < 0.005);
        }
    }

    /// <summary>In one's own stems what is not there is silence; the corpus' songs without bass may have it within "other", and its voices end where they end.</summary>
    [Theory]
    [InlineData("", true)]
    [InlineData("songs/", false)]
    public void Own_stems_that_are_absent_or_short_are_silence(string folder, bool own)
    {
        using SmallCorpus corpus = new();
        string[] sources = ["vocals", "drums", "bass", "other"];
        corpus.Write($"{folder}One/vocals.wav", 1, 440);
        corpus.Write($"{folder}One/drums.wav", 3, 0);
        TrainingMaterial two = new(DatasetCatalog.Read(corpus.Root), Sources, corpus.Cache, new DataRecipe());
        Assert.Equal(own, Examples(two, Sources).Any(example => IsSilent(example, 0) && !IsSilent(example, 1)));

        foreach (string source in sources)
        {
            corpus.Write($"{folder}Two/{source}.wav", 3, source == "vocals" ? 440 : 0);
        }

        TrainingMaterial four = new(DatasetCatalog.Read(corpus.Root), sources, corpus.Cache, new DataRecipe());
        Assert.Equal(own ? 2 : 1, four.Songs.Count);
        Assert.Equal(own, Examples(four, sources).Any(example => !IsSilent(example, 1) && IsSilent(example, 2) && IsSilent(example, 3)));

        // A silent file says that there is no bass in one's own songs; in a corpus laid out with all files it says nothing.
        corpus.Write($"{folder}Three/bass.wav", 3, -1);
        Assert.All(["vocals", "drums", "other"], source => corpus.Write($"{folder}Three/{source}.wav", 3, 440));
        TrainingMaterial silent = new(DatasetCatalog.Read(corpus.Root), sources, corpus.Cache, new DataRecipe());
        Assert.Equal(own ? 3 : 1, silent.Songs.Count);

        static IEnumerable<float[]> Examples(TrainingMaterial material, string[] sources)
        {
            ExampleMixer mixer = new(material, MixingRecipe.AsRecorded, ProductionRecipe.None, sources, 1, 800, seed: 3);
            return [.. Enumerable.Range(0, 40).Select(i =>
            {
                float[] made = new float[800 * sources.Length];
                mixer.Make(i, new float[800], made);
                return made;
            })];
        }

        static bool IsSilent(float[] example, int source) => example.AsSpan(800 * source, 800).IndexOfAnyExcept(0f) < 0;
    }

    [Fact]
    public void An_example_says_up_to_which_frequency_it_is_true()
    {
        using SmallCorpus corpus = new();
        string wide = corpus.Write("wide.wav", 1, 440), narrow = corpus.Write("narrow.wav", 1, 330), band = corpus.Write("band.wav", 1, 0, 0);
        Track Voice(string path, double? bandwidth) => new()
        {
            Name = path,
            Split = Split.Train,
            Licence = "test",
            Stems = [new Stem(SourceNames.Vocals, path, BandwidthHz: bandwidth)],
        };
        Track instrumental = new() { Name = "band", Split = Split.Train, Licence = "test", Stems = [new Stem(SourceNames.Accompaniment, band)] };
        MixingRecipe plain = new() { Aligned = 0, SecondVoice = 0, WithoutVocals = 0, VocalsAlone = 0, SpeedChange = 0 };

        float[] Bandwidths(MixingRecipe mixing, params Track[] voices)
        {
            TrainingMaterial material = new([.. voices, instrumental], Sources, corpus.Cache, new DataRecipe());
            ExampleMixer mixer = new(material, mixing, ProductionRecipe.None, Sources, 1, 800, seed: 1);
            return [.. Enumerable.Range(0, 40).Select(i => mixer.Make(i, new float[800], new float[1600]))];
        }

        Assert.All(Bandwidths(plain, Voice(wide, null)), hz => Assert.Equal(SmallCorpus.Rate / 2f, hz));
        Assert.All(Bandwidths(plain, Voice(narrow, 1500)), hz => Assert.Equal(1500, hz));
        // Two voices, one of them narrow: nothing is known above the narrower one.
        float[] mixed = Bandwidths(plain with { SecondVoice = 1 }, Voice(wide, null), Voice(narrow, 1500));
        Assert.Contains(1500f, mixed);
        Assert.True(mixed.Count(hz => hz == 1500) > 20); // three of four pairs hold the narrow one
        // Played faster, it reaches higher.
        Assert.Contains(Bandwidths(plain with { SpeedChange = 1 }, Voice(narrow, 1500)), hz => hz > 1550);
        // Without a voice, silence is true at every frequency.
        Assert.All(Bandwidths(plain with { WithoutVocals = 1 }, Voice(narrow, 1500)), hz => Assert.Equal(SmallCorpus.Rate / 2f, hz));
    }

    [Theory]
    [InlineData(6, 92, 100)] // half of all places are silent; six attempts leave 1.6 % of them
    [InlineData(1, 30, 70)]
    public void Silent_stretches_of_a_voice_are_passed_over(int attempts, int least, int most)
    {
        using SmallCorpus corpus = new();
        string path = Path.Combine(corpus.Root, "half.wav");
        float[] samples = new float[80000]; // ten seconds, of which the last four sing
        for (int i = 48000; i < samples.Length; i++)
        {
            samples[i] = 0.3f * MathF.Sin(0.3f * i);
        }

        new Descant.Audio.AudioClip([samples], SmallCorpus.Rate).SaveWav(path, Descant.Audio.SampleFormat.FloatingPoint32);
        string band = corpus.Write("band.wav", 1, 0);
        Track[] tracks =
        [
            new() { Name = "v", Split = Split.Train, Licence = "test", Stems = [new Stem(SourceNames.Vocals, path)] },
            new() { Name = "b", Split = Split.Train, Licence = "test", Stems = [new Stem(SourceNames.Accompaniment, band)] },
        ];
        TrainingMaterial material = new(tracks, Sources, corpus.Cache, new DataRecipe());
        MixingRecipe plain = new() { Aligned = 0, SecondVoice = 0, WithoutVocals = 0, VocalsAlone = 0, SpeedChange = 0, VoiceAttempts = attempts };
        ExampleMixer mixer = new(material, plain, ProductionRecipe.None, Sources, 1, 8000, seed: 1);
        int sounding = 0;
        for (int i = 0; i < 100; i++)
        {
            float[] sources = new float[16000];
            mixer.Make(i, new float[8000], sources);
            sounding += sources.AsSpan(0, 8000).IndexOfAnyExcept(0f) >= 0 ? 1 : 0;
        }

        Assert.InRange(sounding, least, most);
    }

    [Fact]
    public void Validation_and_evaluation_never_enter_the_material()
    {
        using SmallCorpus corpus = new();
        TrainingMaterial material = new(corpus.Standard(), Sources, corpus.Cache, new DataRecipe());
        Assert.All(material.Tracks, track => Assert.Equal(Split.Train, track.Split));
        Assert.DoesNotContain(material.Tracks, track => track.Name.Contains("Francium", StringComparison.Ordinal));
        Assert.DoesNotContain(material.Voices.Recordings, recording => recording.Track.Name.Contains("Francium", StringComparison.Ordinal));
    }

    [Fact]
    public void Material_without_voices_is_refused_with_what_there_is()
    {
        using SmallCorpus corpus = new();
        corpus.Write("instrumentals/tuxemon/c.wav", 1, 0);
        corpus.Write("songs/Francium/vocals.wav", 1, 440);
        string message = Assert.Throws<InvalidDataException>(
            () => new TrainingMaterial(DatasetCatalog.Read(corpus.Root), Sources, corpus.Cache, new DataRecipe())).Message;
        Assert.Contains("0 voices, 1 accompaniment", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_band_of_parts_is_the_sum_of_stems_of_several_songs()
    {
        using SmallCorpus corpus = new();
        corpus.Write("songs/Lithium/vocals.wav", 3, 440);
        foreach ((string song, float hz) in ((string, float)[])[("Lithium", 500), ("Sodium", 2000)])
        {
            corpus.Write($"songs/{song}/drums.wav", 3, hz);
            corpus.Write($"songs/{song}/bass.wav", 3, hz);
            corpus.Write($"songs/{song}/other.wav", 3, hz);
        }

        corpus.Write("instrumentals/tuxemon/c.wav", 3, 3000);
        MixingRecipe mixing = MixingRecipe.AsRecorded with { Aligned = 0 };
        int mixed = 0;
        foreach (bool parts in (bool[])[false, true])
        {
            TrainingMaterial material = new(DatasetCatalog.Read(corpus.Root), Sources, corpus.Cache, new DataRecipe { BandOfParts = parts });
            Assert.Equal(parts ? ["drums", "bass", "other"] : (string[])["accompaniment"], material.PartNames);
            ExampleMixer mixer = new(material, mixing, ProductionRecipe.None, Sources, 1, 800, seed: 3);
            float[] mixture = new float[800], sources = new float[1600];
            for (int i = 0; i < 30; i++)
            {
                mixer.Make(i, mixture, sources);
                Assert.All(Enumerable.Range(0, 800), k => Assert.Equal(mixture[k], sources[k] + sources[800 + k], 1e-5));
                float[] band = sources[800..];
                mixed += Tone(band, 500, corpus.Cache.SampleRate) > 0.01 && Tone(band, 2000, corpus.Cache.SampleRate) > 0.01 ? 1 : 0;
            }

            Assert.InRange(mixed, parts ? 10 : 0, parts ? 30 : 0); // three draws of two songs: the same one every fourth time
        }
    }

    /// <summary>Amplitude of a sine in a signal.</summary>
    private static double Tone(float[] signal, double hz, int rate)
    {
        double angle = 2 * Math.PI * hz / rate;
        double real = signal.Select((x, k) => x * Math.Cos(angle * k)).Sum(), imaginary = signal.Select((x, k) => x * Math.Sin(angle * k)).Sum();
        return 2 * Math.Sqrt((real * real) + (imaginary * imaginary)) / signal.Length;
    }

    [Fact]
    public void A_source_that_no_data_set_holds_is_refused()
    {
        using SmallCorpus corpus = new();
        string message = Assert.Throws<ArgumentException>(
            () => new TrainingMaterial(corpus.Standard(), ["piano", "no_piano"], corpus.Cache, new DataRecipe())).Message;
        Assert.Contains("'piano'", message, StringComparison.Ordinal);
        Assert.Equal(["drums", "bass", "other"], new TrainingMaterial(Parts(corpus), ["drums", "no_drums"], corpus.Cache, new DataRecipe()).PartNames);

        static IReadOnlyList<Track> Parts(SmallCorpus corpus)
        {
            foreach (string stem in (string[])["vocals", "drums", "bass", "other"])
            {
                corpus.Write($"songs/Potassium/{stem}.wav", 2, 440);
            }

            return DatasetCatalog.Read(corpus.Root);
        }
    }

    private static ExampleMixer Mixer(TrainingMaterial material, ulong seed = 1) =>
        new(material, new MixingRecipe(), new ProductionRecipe(), Sources, 2, Samples, seed);

    private static Example Make(ExampleMixer mixer, int index)
    {
        float[] mixture = new float[2 * Samples], sources = new float[4 * Samples];
        return new Example(mixture, sources, mixer.Make(index, mixture, sources));
    }

    private sealed record Example(float[] Mixture, float[] Sources, float BandwidthHz);

    /// <summary>Takes everything for the voice.</summary>
    private sealed class Echo : Network
    {
        public Echo(Engine engine)
        {
            Child("unused", new Linear(1, 1, new Initializer(engine, 1)));
        }

        public override int SampleRate => SmallCorpus.Rate;

        public override int Channels => 1;

        public override IReadOnlyList<string> Sources { get; } = [SourceNames.Vocals, SourceNames.Accompaniment];

        public override int SegmentSamples => 1024;

        public override int ContextSamples => 64;

        public override int ExcerptSamples => 1024;

        public override Tensor Separate(Tensor mixture) => Tensor.Concat(1, mixture.Unsqueeze(1), mixture.Unsqueeze(1) * 0f);

        public override Tensor Loss(TrainingBatch batch) => throw new NotSupportedException("it does not train");
    }
}
