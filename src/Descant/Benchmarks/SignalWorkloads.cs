using Descant.Dsp;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Benchmarks;

/// <summary>What surrounds every network, on ten seconds of 44.1 kHz stereo. No GFLOP: memory and transforms decide.</summary>
internal static class SignalWorkloads
{
    private const int Samples = 441_000;

    /// <summary>Forward and inverse transform, 4096 by 1024.</summary>
    public static Workload StftRoundTrip { get; } = new("stft-roundtrip", 0, engine =>
    {
        Stft stft = new(new StftSettings(4096, 1024));
        Tensor waveform = MatrixWorkloads.Noise(engine, 1, 1, 2, Samples);
        return () =>
        {
            using Engine scope = engine.Scope();
            waveform.On(scope).Stft(stft).InverseStft(stft, Samples);
        };
    });

    /// <summary>From 44.1 to 48 kHz, on one thread as everywhere in the program.</summary>
    public static Workload Resampling { get; } = new("resampling", 0, engine =>
    {
        float[] noise = MatrixWorkloads.Noise(engine, 1, 2, Samples).ToArray();
        float[][] input = [noise[..Samples], noise[Samples..]];
        int length = (int)Resampler.OutputLength(Samples, 44_100, 48_000);
        float[][] output = [new float[length], new float[length]];
        return () =>
        {
            Resampler resampler = new(44_100, 48_000, channels: 2);
            resampler.Flush(output, resampler.Write(input, 0, Samples, output, 0));
        };
    });
}
