using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Kernels;
using Descant.Tests.Fixtures;
using Xunit.Abstractions;

namespace Descant.Tests.Networks;

/// <summary>Whole networks with PyTorch's weights: outputs, losses and every parameter's gradient against float64 (make_networks.py).</summary>
public sealed class NetworkConformanceTests(ITestOutputHelper output)
{
    public static TheoryData<VectorWidth, int> Paths()
    {
        TheoryData<VectorWidth, int> paths = new() { { VectorWidths.Best, 2 } };
        foreach (VectorWidth width in Enum.GetValues<VectorWidth>().Where(VectorWidths.IsSupported))
        {
            paths.Add(width, 1);
        }

        return paths;
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_U_Net_of_Jansson(VectorWidth width, int threads)
    {
        using Engine engine = new(threads, width);
        var fixture = new NetworkFixture("unet");
        var network = new SpectrogramUNet(new UNetShape(1, [16, 32, 64, 128, 256, 512], Kernel: 5, Dropout: 0), new Initializer(engine, 1));
        Parameter[] parameters = [.. network.Parameters];
        fixture.Fill(parameters, UNetName);
        double error = fixture.OutputError("eval", network.Forward(Input(engine, fixture, 0)));
        output.WriteLine($"eval: output differs by at most {error:0.0e+0}, PyTorch's float32 by {fixture.OutputErrorOfPyTorch("eval"):0.0e+0}");
        Assert.InRange(error, 0, 2e-6);   // masks lie in (0, 1): some thirty roundings of 6e-8; 1e-5 is what issue 3 asks for
        Train(engine, fixture, "train", parameters, UNetName, 5e-6, network.Forward, (mask, x, y) => Tensor.L1Loss(mask * x, y));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_U_Net_of_S0(VectorWidth width, int threads)
    {
        using Engine engine = new(threads, width);
        var fixture = new NetworkFixture("unet_s0");
        var network = new SpectrogramUNet(new UNetShape(1, [16, 32, 64, 128], Kernel: 4, Dropout: 0, Epsilon: 2e-5f), new Initializer(engine, 1));
        Parameter[] parameters = [.. network.Parameters];
        fixture.Fill(parameters, name => UNetName(name, levels: 4));
        Assert.InRange(fixture.OutputError("eval", network.Forward(Input(engine, fixture, 0))), 0, 2e-6);
        Train(engine, fixture, "train", parameters, name => UNetName(name, levels: 4), 5e-6, network.Forward, (mask, x, y) => Tensor.L1Loss(mask * x, y));
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_Spectrogram_Channels_U_Net_on_odd_sizes(VectorWidth width, int threads)
    {
        using Engine engine = new(threads, width);
        SpectrogramChannelsUNetOptions options = new() { Sources = ["vocals", "drums", "bass", "other"], Widths = [16, 32, 64, 128], Dropout = 0 };
        SpectrogramChannelsUNet network = new(options, new Initializer(engine, 1));
        Compare(engine, "channels", network, network.Forward);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Fusion_Net(VectorWidth width, int threads)
    {
        using Engine engine = new(threads, width);
        SummingUNet strided = new(FusionNetVariant.StridedConvolution, hasStridelessPools: true, [8, 16, 32], 2, new Initializer(engine, 1));
        Compare(engine, "fusion_b", strided, strided.Forward, mostGradientError: 2e-2);
        SummingUNet plain = new(FusionNetVariant.StridedConvolution, hasStridelessPools: false, [8, 16, 32], 2, new Initializer(engine, 1));
        Compare(engine, "fusion_plain", plain, plain.Forward, mostGradientError: 2e-2);
        SummingUNet pooling = new(FusionNetVariant.Pooling, hasStridelessPools: true, [8, 16, 32], 2, new Initializer(engine, 1));
        Compare(engine, "fusion_a", pooling, pooling.Forward, mostGradientError: 2e-2);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_time_domain_model(VectorWidth width, int threads)
    {
        using Engine engine = new(threads, width);
        TimeDomainUnmix network = new(new TimeDomainUnmixOptions { FirstFilters = 24, Stride = 4, Hidden = 32, Dropout = 0 }, new Initializer(engine, 1));
        Compare(engine, "time", network, network.Forward);
        TimeDomainUnmixOptions options = new() { FrontEnd = TimeDomainFrontEnd.WaveUNet, FirstFilters = 6, Stride = 4, Hidden = 32, Dropout = 0 };
        TimeDomainUnmix behindWaves = new(options, new Initializer(engine, 1));
        Compare(engine, "time_wave", behindWaves, behindWaves.Forward);
    }

    [Fact]
    public void Wave_U_Net()
    {
        using Engine engine = new(2);
        WaveUNet network = new(new WaveUNetOptions(), new Initializer(engine, 1));
        Compare(engine, "wave_u_net", network, network.Forward, trains: false, mostGradientError: 2e-3);
    }

    [Fact]
    public void Open_Unmix_with_a_transformer()
    {
        using Engine engine = new(2);
        OpenUnmix network = new(new OpenUnmixOptions { Architecture = OpenUnmixArchitecture.Transformer, Dropout = 0 }, new Initializer(engine, 1));
        Compare(engine, "transformer", network, network.Forward);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Open_Unmix(VectorWidth width, int threads)
    {
        using Engine engine = new(threads, width);
        OpenUnmix network = new(new OpenUnmixOptions { Dropout = 0 }, new Initializer(engine, 1));
        Compare(engine, "open_unmix", network, network.Forward);
    }

    /// <summary>Output with fixed statistics and loss and gradients of a training step (or, without one, of the fixed statistics), under the loss MSE and with PyTorch's names.</summary>
    /// <remarks>
    /// A largest error of gradients is for networks in which a rectifier or maximum lies within rounding of its kink and is decided
    /// otherwise than in float64: by that one unit's share all gradients before it then differ. 0 compares with PyTorch's own errors.
    /// </remarks>
    private void Compare(
        Engine engine, string name, Module network, Func<Tensor, Tensor> forward, bool trains = true, double mostGradientError = 0)
    {
        var fixture = new NetworkFixture(name);
        Parameter[] parameters = [.. network.Parameters];
        fixture.Fill(parameters, own => own);
        double error = fixture.OutputError("eval", forward(Input(engine, fixture, 0))), theirs = fixture.OutputErrorOfPyTorch("eval");
        output.WriteLine($"{name} eval: output differs by at most {error:0.0e+0}, PyTorch's float32 by {theirs:0.0e+0}");
        Assert.InRange(error, 0, 4 * theirs); // both sum in some order: as close to float64 as PyTorch, up to chance
        string mode = trains ? "train" : "eval";
        Train(
            engine, fixture, mode, parameters, own => own, 4 * fixture.OutputErrorOfPyTorch(mode), forward, (estimate, _, y) => Tensor.MseLoss(estimate, y),
            mostGradientError);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Deep_clustering(VectorWidth width, int threads)
    {
        using Engine engine = new(threads, width);
        var fixture = new NetworkFixture("clustering");
        EmbeddingBody body = new(128, 48, 4, 20, dropout: 0, hasHead: false, new Initializer(engine, 1));
        Parameter[] parameters = [.. body.Parameters];
        fixture.Fill(parameters, name => name);
        Train(engine, fixture, "eval", parameters, name => name, 2e-6, x => body.Forward(x).Directions, (directions, x, _) =>
        {
            Tensor voice = Input(engine, fixture, 1), rest = Input(engine, fixture, 2), ones = engine.Full(1, 2, 1, 128);
            MelTargets targets = new(x, voice, voice, rest, ones);
            return EmbeddingBody.AffinityLoss(directions, DeepClustering.Labels(targets, singleColumn: false), DeepClustering.Weights(targets, byMagnitude: false));
        });
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_hybrids_mask_head(VectorWidth width, int threads)
    {
        using Engine engine = new(threads, width);
        var fixture = new NetworkFixture("hybrid");
        EmbeddingBody body = new(128, 48, 4, 20, dropout: 0, hasHead: true, new Initializer(engine, 1));
        Parameter[] parameters = [.. body.Parameters];
        fixture.Fill(parameters, name => name);
        Train(engine, fixture, "eval", parameters, name => name, 2e-6, x => body.Forward(x).Logits!, (logits, _, _) => Shares(engine, fixture, logits));
    }

    [Theory]
    [InlineData("mel_unet", false)]
    [InlineData("mel_unet_legacy", true)]
    public void S4s_U_Nets(string name, bool isLegacy)
    {
        using Engine engine = new(2);
        var fixture = new NetworkFixture(name);
        DoubleConvUNet network = new(1, [16, 32, 64, 128, 128], dropout: 0, isLegacy, new Initializer(engine, 1));
        Parameter[] parameters = [.. network.Parameters];
        fixture.Fill(parameters, own => own);
        double error = fixture.OutputError("eval", network.Forward(Input(engine, fixture, 0).Unsqueeze(1)));
        output.WriteLine($"eval: output differs by at most {error:0.0e+0}, PyTorch's float32 by {fixture.OutputErrorOfPyTorch("eval"):0.0e+0}");
        Assert.InRange(error, 0, 4e-6);

        // Some rectifier or maximum always lies within rounding of its kink: PyTorch's float32 is 6e-3 and 2e-2 off in one of these two, and
        // parameters moved by 1e-6 move the float64 gradients by 1.5e-2 and 4e-2 (whatever the input, over twenty of them).
        Train(
            engine, fixture, "train", parameters, own => own, 6e-5, x => network.Forward(x.Unsqueeze(1)),
            (logits, _, _) => Shares(engine, fixture, logits.Select(1, 0)), mostGradientError: 2e-2);
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void The_skip_filtering_GRU(VectorWidth width, int threads)
    {
        using Engine engine = new(threads, width);
        var fixture = new NetworkFixture("skip_gru");
        SkipFilteringGruOptions options = new() { FftSize = 128, WindowLength = 65, HopLength = 32, SeenBins = 24, MostIterations = 2, Tolerance = 0 };
        SkipFilteringGru network = new(options, new Initializer(engine, 1));
        Parameter[] parameters = [.. network.Parameters];
        fixture.Fill(parameters, name => name);
        Train(engine, fixture, "eval", parameters, name => name, 2e-6, x => network.Forward(x, 3).Denoised, (estimate, _, y) =>
            SkipFilteringGru.Divergence(y.Slice(0, 3, y.Size(0) - 6), estimate, engine.Full(1, 1, 1, 1)));
    }

    [Fact]
    public void The_masking_networks_generator_and_discriminator()
    {
        using Engine engine = new(2);
        var ofGenerator = new NetworkFixture("generator");
        MaskGenerator generator = new(4, 1, 1, new Initializer(engine, 1));
        Parameter[] parameters = [.. generator.Parameters];
        ofGenerator.Fill(parameters, name => name);
        Train(engine, ofGenerator, "eval", parameters, name => name, 2e-6, generator.Forward, (mask, _, y) => Tensor.MseLoss(mask, y));

        var ofDiscriminator = new NetworkFixture("discriminator");
        MultiScaleDiscriminator discriminator = new(4, 2, 3, new Initializer(engine, 1));
        parameters = [.. discriminator.Parameters];
        ofDiscriminator.Fill(parameters, name => name);
        Train(
            engine, ofDiscriminator, "eval", parameters, name => name, 2e-6,
            x => Tensor.Stack(0, discriminator.Error(x, 1), discriminator.Error(x, 0)), (errors, _, _) => errors.Mean());
    }

    /// <summary>The cross-entropy against the share of the fixture's second input.</summary>
    private static Tensor Shares(Engine engine, NetworkFixture fixture, Tensor logits)
    {
        Tensor voice = Input(engine, fixture, 1), rest = Input(engine, fixture, 2), ones = engine.Full(1, 2, 1, voice.Size(2));
        return new MelTargets(voice, voice, voice, rest, ones).CrossEntropy(logits);
    }

    /// <summary>Loss and gradients of one training step; prints both frameworks' errors.</summary>
    /// <remarks><c>mostGradientError</c> is for networks in which a unit lies within rounding of its kink; 0 compares with PyTorch's own errors.</remarks>
    private void Train(
        Engine engine, NetworkFixture fixture, string mode, Parameter[] parameters, Func<string, string> nameInFixture, double mostError,
        Func<Tensor, Tensor> forward, Func<Tensor, Tensor, Tensor, Tensor> loss, double mostGradientError = 0)
    {
        using Engine scope = engine.Scope();
        GradientTape tape = scope.Record();
        Tensor x = Input(scope, fixture, 0).On(tape), y = Input(scope, fixture, Math.Min(1, fixture.Inputs.Count - 1));
        Tensor estimate = forward(x);
        double error = fixture.OutputError(mode, estimate);
        Tensor value = loss(estimate, x, y);
        double lossError = Math.Abs((value.Item() / fixture.Loss(mode)) - 1);
        IReadOnlyList<(string Name, double Ours, double PyTorch)> errors = fixture.GradientErrors(mode, parameters, nameInFixture, tape.Backward(value));
        double ours = Median(errors.Select(e => e.Ours)), theirs = Median(errors.Select(e => e.PyTorch));
        output.WriteLine(
            $"{mode}: output differs by at most {error:0.0e+0} (PyTorch's float32 {fixture.OutputErrorOfPyTorch(mode):0.0e+0}), loss by {lossError:0.0e+0}, " +
            $"gradients by {ours:0.0e+0} in the median (PyTorch {theirs:0.0e+0}), {errors.Max(e => e.Ours):0.0e+0} at most (PyTorch {errors.Max(e => e.PyTorch):0.0e+0})");
        foreach ((string name, double own, double other) in errors.OrderByDescending(e => e.Ours).Take(5))
        {
            output.WriteLine($"  {name}: {own:0.0e+0} (PyTorch {other:0.0e+0})");
        }

        Assert.InRange(error, 0, mostError);
        Assert.InRange(lossError, 0, 1e-6);

        if (mostGradientError > 0)
        {
            Assert.All(errors, e => Assert.InRange(e.Ours, 0, mostGradientError));
            return;
        }

        // As close to float64 as PyTorch's float32: rounding differs parameter by parameter with the order of summation, so the median
        // may be twice PyTorch's and each parameter four times PyTorch's own (or its median, where PyTorch was lucky).
        Assert.InRange(ours, 0, 2 * theirs);
        Assert.All(errors, e => Assert.True(e.Ours <= 4 * Math.Max(e.PyTorch, theirs), $"{e.Name}: gradient error {e.Ours:0.0e+0}, PyTorch's {e.PyTorch:0.0e+0}"));
    }

    private static Tensor Input(Engine engine, NetworkFixture fixture, int index) => engine.Tensor(fixture.Inputs[index].Elements, fixture.Inputs[index].Shape);

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    private static string UNetName(string name) => UNetName(name, levels: 6);

    private static string UNetName(string name, int levels)
    {
        string[] parts = name.Split('.');
        return parts switch
        {
            ["encoder", string level, "conv", string rest] => $"down.{level}.{rest}",
            ["encoder", string level, "norm", string rest] => $"down_norm.{level}.{rest}",
            ["decoder", string level, "conv", string rest] => $"up.{level}.{rest}",
            ["decoder", string level, "norm", string rest] => $"up_norm.{level}.{rest}",
            ["head", string rest] => $"up.{levels - 1}.{rest}",
            _ => name,
        };
    }
}
