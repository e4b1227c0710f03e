using Descant.Dsp;
using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;

namespace Descant.Tests.Networks;

/// <summary>S4's features, targets, masks and ways back to sound, against closed forms.</summary>
public sealed class MelMaskingTests
{
    private const int Samples = 16000;

    private static readonly MelUNetOptions Plain = new();

    [Fact]
    public void Powers_are_those_of_the_filter_bank_and_features_count_decibels_from_the_loudest()
    {
        using Engine engine = new(1);
        MelSpectrogram mel = new(Plain with { Scaling = MelScaling.Decibels }, engine);
        Tensor spectrum = Noise(engine, 1).Stft(mel.Stft);
        float[] real = spectrum.Select(0, 0).Reshape(257, -1).Transpose(0, 1).ToArray(), imaginary = spectrum.Select(0, 1).Reshape(257, -1).Transpose(0, 1).ToArray();
        float[] magnitudes = [.. real.Zip(imaginary, (r, i) => MathF.Sqrt((r * r) + (i * i)))];
        float[] bands = new float[magnitudes.Length / 257 * 128];
        new MelFilterBank(16000, 512, 128).Forward(magnitudes, bands);
        Tensor powers = mel.Powers(spectrum);
        Assert.Equal(0, bands.Zip(powers.ToArray(), (band, power) => Math.Abs((band * band) - power) / ((band * band) + 1e-3)).Max(), 1e-4);

        double loudest = 10 * Math.Log10(bands.Max(band => (double)band * band));
        float[] features = mel.Features(powers).ToArray();
        for (int i = 0; i < bands.Length; i += 97)
        {
            Assert.Equal(Math.Max(-80, (20 * Math.Log10(bands[i])) - loudest), features[i], 1e-2);
        }
    }

    [Fact]
    public void Features_do_not_depend_on_level_and_silence_is_the_lowest_value()
    {
        using Engine engine = new(1);
        MelSpectrogram mel = new(Plain, engine);
        float[] Features(Tensor sound) => mel.Features(mel.Powers(sound.Stft(mel.Stft))).ToArray();
        float[] loud = Features(Noise(engine, 1)), quiet = Features(Noise(engine, 1) * 0.01f);
        Assert.Equal(0, loud.Zip(quiet, (a, b) => Math.Abs(a - b)).Max(), 1e-3);
        Assert.Equal(1, loud.Max(), 1e-5);
        Assert.All(Features(engine.Zeros(1, 1, Samples)), value => Assert.Equal(-1, value));
    }

    [Fact]
    public void Targets_are_the_louder_source_and_the_share_of_power()
    {
        using Engine engine = new(1);
        Tensor Power(params float[] values) => engine.Tensor(values, 1, 1, 4);
        MelTargets targets = new(Power(0, 0, 0, 0), Power(4, 4, 1, 0), Power(3, 1, 1, 0), Power(1, 3, 1, 0), engine.Tensor([1, 1, 0, 1], 1, 1, 4));
        Assert.Equal([1, 0, 0, 0], targets.Binary().ToArray());
        Assert.Equal([0.75f, 0.25f, 0.5f, 0], targets.Proportion().ToArray().Select(share => MathF.Round(share, 5)));

        // Binary cross-entropy of p = 0.8 by hand, less the shares' own; the third band is unknown and does not count.
        float logit = MathF.Log(0.8f / 0.2f);
        double Entropy(double share, double p) => -(share * Math.Log(p)) - ((1 - share) * Math.Log(1 - p));
        double own = Entropy(0.75, 0.75) + Entropy(0.25, 0.25);
        Assert.Equal((Entropy(0.75, 0.8) + Entropy(0.25, 0.8) + Entropy(0, 0.8) - own) / 4, targets.CrossEntropy(engine.Full(logit, 1, 1, 4)).Item(), 1e-5);
    }

    [Theory]
    [InlineData(MelResynthesis.MaskedMixture, 30)]
    [InlineData(MelResynthesis.MixturePhase, 3)]
    [InlineData(MelResynthesis.MixtureThenGriffinLim, 1)]
    public void A_mask_of_ones_gives_the_mixture_back_as_well_as_the_way_back_allows(MelResynthesis way, double leastSdr)
    {
        using Engine engine = new(1);
        MelSpectrogram mel = new(Plain with { Resynthesis = way }, engine);
        Tensor sound = Tones(engine);
        Tensor spectrum = sound.Stft(mel.Stft);
        Tensor back = mel.Sound(spectrum, engine.Full(1, 1, spectrum.Size(4), 128), Samples);
        double error = (sound - back).Square().Sum().Item(), energy = sound.Square().Sum().Item();
        Assert.True(10 * Math.Log10(energy / error) > leastSdr, $"{10 * Math.Log10(energy / error)} dB");
    }

    [Fact]
    public void Griffin_Lim_from_random_phases_has_the_masked_spectrogram_and_is_the_same_each_time()
    {
        using Engine engine = new(1);
        MelSpectrogram mel = new(Plain with { Resynthesis = MelResynthesis.GriffinLim, GriffinLimIterations = 30 }, engine);
        Tensor spectrum = Tones(engine).Stft(mel.Stft), mask = engine.Full(0.25f, 1, spectrum.Size(4), 128);
        Tensor back = mel.Sound(spectrum, mask, Samples);
        Assert.Equal(back.ToArray(), mel.Sound(spectrum, mask, Samples).ToArray());

        // A quarter of the power of every band: half the amplitude.
        float[] wanted = (mel.Powers(spectrum) * 0.25f).ToArray(), got = mel.Powers(back.Stft(mel.Stft)).ToArray();
        double energy = wanted.Sum(), gotEnergy = got.Sum();
        Assert.InRange(gotEnergy / energy, 0.5, 1.5);
    }

    /// <summary>Of 32 bands up to 8 kHz, Slaney's scale puts two below 200 Hz: at 91 and 183 Hz, the next at 274.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Deep_clustering_finds_the_voice_by_its_lack_of_bass(int bass)
    {
        using Engine engine = new(1);
        const int Frames = 4, Bands = 32;
        DeepClusteringOptions options = new() { FftSize = 256, HopLength = 64, Bands = Bands, Hidden = 8, Layers = 1, Dropout = 0 };
        int[] clusters = [.. Enumerable.Repeat(1 - bass, Frames * Bands)];

        // Five of the eight low bins and nothing else, in the lowest band two of four.
        foreach ((int frame, int band) in new[] { (0, 0), (3, 0), (0, 1), (1, 1), (2, 1) })
        {
            clusters[(frame * Bands) + band] = bass;
        }

        DeepClustering network = new(options, new Initializer(engine, 4));
        Assert.Equal(1 - bass, network.VoiceByBass(clusters));

        // With three of eight it is the voice, whatever else belongs to it.
        (clusters[1], clusters[(1 * Bands) + 1], clusters[(2 * Bands) + 20]) = (1 - bass, 1 - bass, bass);
        Assert.Equal(bass, network.VoiceByBass(clusters));
    }

    /// <summary>S4's rule by its definition: the mask with the smaller cross-entropy against the head's. Here one sure bin outweighs three that lean the other way.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void The_hybrid_finds_the_voice_by_its_head(int voice)
    {
        float[] logits = [6, -1, 1, 1, 1];
        int[] clusters = [voice, voice, 1 - voice, 1 - voice, 1 - voice];
        double CrossEntropy(int cluster) => clusters.Zip(logits, (c, z) => Math.Log(1 + Math.Exp(c == cluster ? -z : z))).Sum();
        Assert.True(CrossEntropy(voice) < CrossEntropy(1 - voice));
        Assert.Equal(voice, DeepClustering.VoiceByHead(clusters, logits));

        logits = [1, -1, 1, 1, 1];
        Assert.True(CrossEntropy(voice) > CrossEntropy(1 - voice));
        Assert.Equal(1 - voice, DeepClustering.VoiceByHead(clusters, logits));
    }

    [Fact]
    public void A_frozen_reference_gets_no_update_and_no_gradient()
    {
        using Engine engine = new(1);
        UhNetOptions options = (UhNetOptions)NetworkCatalog.Find("s4-uh-net-tiny").Options;
        UhNet network = new(options with { FreezeReference = true }, new Initializer(engine, 2));
        Assert.DoesNotContain(network.Objectives.Single().Parameters, parameter => parameter.Name.StartsWith("clustering.", StringComparison.Ordinal));
        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();
        Tensor mixture = Noise(scope, 3).Slice(2, 0, network.ExcerptSamples);
        Gradients gradients = tape.Backward(network.Loss(new TrainingBatch(
            mixture.On(tape), Tensor.Stack(1, mixture * 0.5f, mixture * 0.5f), [8000])));
        Assert.All(network.Parameters.Where(p => p.Name.StartsWith("clustering.", StringComparison.Ordinal)), p => Assert.Null(gradients[p.Value]));
        Assert.All(network.Parameters.Where(p => p.Name.StartsWith("unet.", StringComparison.Ordinal) && p.Name.EndsWith(".weight", StringComparison.Ordinal)), p => Assert.NotNull(gradients[p.Value]));
    }

    private static Tensor Noise(Engine engine, int seed)
    {
        Random random = new(seed);
        return engine.Tensor([.. Enumerable.Range(0, Samples).Select(_ => random.NextSingle() - 0.5f)], 1, 1, Samples);
    }

    /// <summary>Steady tones of 300, 1100 and 2500 Hz.</summary>
    private static Tensor Tones(Engine engine) => engine.Tensor(
        [.. Enumerable.Range(0, Samples).Select(n => (float)(new[] { 300, 1100, 2500 }.Sum(hz => 0.2 * Math.Sin(2 * Math.PI * hz * n / 16000))))], 1, 1, Samples);
}
