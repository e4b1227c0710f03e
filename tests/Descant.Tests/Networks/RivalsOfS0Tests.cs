using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Training.Optimizers;

namespace Descant.Tests.Networks;

/// <summary>What is particular to the skip-filtering GRU and to the masking network with adversaries.</summary>
public sealed class RivalsOfS0Tests
{
    private static readonly SkipFilteringGruOptions Gru = new()
    {
        SampleRate = 16000,
        FftSize = 128,
        WindowLength = 65,
        HopLength = 32,
        SeenBins = 24,
        SequenceFrames = 24,
        ContextFrames = 4,
    };

    [Fact]
    public void A_sequence_of_nothing_but_contexts_is_refused()
    {
        using Engine engine = new(1);
        NetworkPreset preset = NetworkCatalog.Find("gru-ris-tiny").With(new() { ["sequence-frames"] = 8, ["context-frames"] = 4 });
        Assert.Contains("more frames than its contexts, 8, got 8", Assert.Throws<ArgumentException>(() => preset.Build(engine)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Recurrent_inference_stops_at_its_tolerance_or_after_its_last_iteration()
    {
        using Engine engine = new(1);
        float[] Answer(SkipFilteringGruOptions options)
        {
            SkipFilteringGru network = new(options, new Initializer(engine, 7));
            return network.Forward(engine.Tensor([.. Enumerable.Range(0, 24 * 65).Select(i => 0.5f + (0.5f * MathF.Sin(i)))], 24, 1, 65), 0).Denoised.ToArray();
        }

        float[] twice = Answer(Gru with { MostIterations = 2, Tolerance = 0 });
        Assert.NotEqual(twice, Answer(Gru with { MostIterations = 3, Tolerance = 0 }));
        Assert.Equal(Answer(Gru with { MostIterations = 1, Tolerance = 0 }), Answer(Gru with { MostIterations = 9, Tolerance = 1e9f }));
    }

    [Fact]
    public void Penalties_are_the_diagonals_sum_and_the_squares_and_have_gradients()
    {
        using Engine engine = new(1);
        float[] voice = [.. Enumerable.Range(0, 23 * 32).Select(n => 0.3f * MathF.Sin(0.4f * n))];
        (double Loss, Gradients Gradients, SkipFilteringGru Network) Run(float mask, float denoiser)
        {
            SkipFilteringGru network = new(Gru with { MaskPenalty = mask, DenoiserPenalty = denoiser }, new Initializer(engine, 7));
            GradientTape tape = engine.Record();
            Tensor mixture = engine.Tensor(voice, 1, 1, voice.Length);
            Tensor loss = network.Loss(new TrainingBatch(mixture.On(tape), Tensor.Stack(1, mixture, mixture * 0f), [8000]));
            return (loss.Item(), tape.Backward(loss), network);
        }

        (double bare, _, SkipFilteringGru plain) = Run(0, 0);
        (double penalised, Gradients gradients, SkipFilteringGru same) = Run(0.5f, 0.25f);
        float[] w = plain.Parameters.Single(p => p.Name == "mask.weight").Value.ToArray();                    // [65, 48]
        double diagonal = Enumerable.Range(0, 48).Sum(i => Math.Abs((double)w[(i * 48) + i]));
        double squares = plain.Parameters.Single(p => p.Name == "denoiser.1.weight").Value.ToArray().Sum(value => (double)value * value);
        Assert.Equal((0.5 * diagonal) + (0.25 * squares), penalised - bare, 1e-3);
        Assert.NotNull(gradients[same.Parameters.Single(p => p.Name == "mask.weight").Value]);
    }

    [Fact]
    public void Each_adversary_learns_alone_and_leaves_the_other_as_it_was()
    {
        using Engine engine = new(2);
        Network network = NetworkCatalog.Find("semi-supervised-tiny").Build(engine, 3);
        int samples = network.ExcerptSamples;
        float[] Tone(double step) => [.. Enumerable.Range(0, 2 * samples).Select(n => (float)(0.3 * Math.Sin(step * n * (1 + (n / samples)))))];
        TrainingBatch Batch(Engine scope, GradientTape tape)
        {
            Tensor vocals = scope.Tensor(Tone(0.3), 2, 1, samples), accompaniment = scope.Tensor(Tone(0.9), 2, 1, samples);
            return new TrainingBatch((vocals + accompaniment).On(tape), Tensor.Stack(1, vocals, accompaniment), [8000, 8000]);
        }

        Objective discriminators = network.Objectives[0], generator = network.Objectives[1];
        Assert.Equal(network.Parameters.Count(), discriminators.Parameters.Count + generator.Parameters.Count);
        Assert.Empty(discriminators.Parameters.Select(p => p.Name).Intersect(generator.Parameters.Select(p => p.Name)));
        float[] before = [.. generator.Parameters.SelectMany(p => p.Value.ToArray())];
        Adam optimizer = new(1e-2);
        float first = 0, last = 0;
        for (int step = 0; step < 60; step++)
        {
            using Engine scope = engine.Scope();
            GradientTape tape = scope.Record();
            Tensor loss = discriminators.Loss(Batch(scope, tape));
            last = loss.Item();
            first = step == 0 ? last : first;
            Gradients gradients = tape.Backward(loss);
            Assert.All(generator.Parameters, p => Assert.Null(gradients[p.Value]));
            optimizer.Step(discriminators.Parameters, gradients);
        }

        Assert.InRange(last, 0, 0.5f * first);
        Assert.Equal(before, generator.Parameters.SelectMany(p => p.Value.ToArray()));
    }
}
