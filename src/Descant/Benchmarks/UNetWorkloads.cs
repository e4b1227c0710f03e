using Descant.Networks;
using Descant.Nn;
using Descant.Tensors;
using Descant.Training.Optimizers;

namespace Descant.Benchmarks;

/// <summary>The Jansson U-Net on patches of 512 bins by 128 frames.</summary>
internal static class UNetWorkloads
{
    private const double Gflop = 1.507; // of one patch, forward

    private static readonly UNetShape Jansson = new(1, [16, 32, 64, 128, 256, 512], Kernel: 5);

    /// <summary>Inference of one patch.</summary>
    public static Workload Single { get; } = new("unet-b1", Gflop, engine => Inference(engine, 1));

    /// <summary>Inference of eight patches; the table counts one.</summary>
    public static Workload Eight { get; } = new("unet-b8", Gflop * 8, engine => Inference(engine, 8));

    /// <summary>A whole training step: dropout, mask, L1 loss, gradients, Adam.</summary>
    public static Workload Training { get; } = new("unet-train-b16", 72.4, engine =>
    {
        SpectrogramUNet network = new(Jansson, new Initializer(engine, seed: 1));
        Parameter[] parameters = [.. network.Parameters];
        Adam optimizer = new();
        Tensor mixture = MatrixWorkloads.Noise(engine, 2, 16, 1, 512, 128), vocals = MatrixWorkloads.Noise(engine, 3, 16, 1, 512, 128);
        ulong step = 0;
        return () =>
        {
            using Engine scope = engine.Scope();
            GradientTape tape = scope.Record(++step);
            Tensor loss = Tensor.L1Loss(network.Forward(mixture.On(tape)) * mixture, vocals);
            optimizer.Step(parameters, tape.Backward(loss));
        };
    });

    private static Action Inference(Engine engine, int batch)
    {
        SpectrogramUNet network = new(Jansson, new Initializer(engine, seed: 1));
        Tensor mixture = MatrixWorkloads.Noise(engine, 2, batch, 1, 512, 128);
        return () =>
        {
            using Engine scope = engine.Scope();
            network.Forward(mixture.On(scope));
        };
    }
}
