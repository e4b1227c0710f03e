using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Training.Optimizers;

namespace Descant.Benchmarks;

/// <summary>Open-Unmix on stereo magnitudes of 2049 bins.</summary>
internal static class OpenUnmixWorkloads
{
    private const int Bins = 2049;

    /// <summary>Inference of one song's stretch of 2000 frames, 46 seconds.</summary>
    public static Workload Song { get; } = new("open-unmix-t2000", 35.455, engine =>
    {
        OpenUnmix network = new(new OpenUnmixOptions(), new Initializer(engine, seed: 1));
        Tensor mixture = MatrixWorkloads.Noise(engine, 2, 2000, 1, 2, Bins);
        return () =>
        {
            using Engine scope = engine.Scope();
            network.Forward(mixture.On(scope));
        };
    });

    /// <summary>A whole training step on 16 excerpts of 256 frames: dropout, MSE, gradients, Adam.</summary>
    public static Workload Training { get; } = new("open-unmix-train-b16", 217.835, engine =>
    {
        OpenUnmix network = new(new OpenUnmixOptions(), new Initializer(engine, seed: 1));
        Parameter[] parameters = [.. network.Parameters];
        Adam optimizer = new();
        Tensor mixture = MatrixWorkloads.Noise(engine, 2, 256, 16, 2, Bins), target = MatrixWorkloads.Noise(engine, 3, 256, 16, 2, Bins);
        ulong step = 0;
        return () =>
        {
            using Engine scope = engine.Scope();
            GradientTape tape = scope.Record(++step);
            Tensor loss = Tensor.MseLoss(network.Forward(mixture.On(tape)), target);
            optimizer.Step(parameters, tape.Backward(loss));
        };
    });
}
