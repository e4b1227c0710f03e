using Descant.Dsp;
using Descant.Tensors.Fourier;

namespace Descant.Tests.Dsp;

/// <summary>Griffin-Lim by what its papers prove and show.</summary>
public sealed class GriffinLimTests
{
    private const int Length = 6000;
    private readonly Stft _stft = new(new StftSettings(512, 128));
    private readonly float[] _samples;
    private readonly float[] _real;
    private readonly float[] _imaginary;
    private readonly float[] _magnitudes;

    public GriffinLimTests()
    {
        _samples = [.. Enumerable.Range(0, Length).Select(i => (float)((0.4 * Math.Sin(i * i * 1e-5)) + (0.2 * Math.Sin(0.3 * i))))];
        (_real, _imaginary) = Spectrum(_samples);
        _magnitudes = Magnitudes(_samples);
    }

    [Fact]
    public void The_true_phases_give_the_samples_back()
    {
        float[] samples = new float[Length];
        new GriffinLim(_stft, iterations: 5).Reconstruct(_magnitudes, 1, _real, _imaginary, samples);
        Assert.True(_samples.Zip(samples, (a, b) => Math.Abs(a - b)).Max() < 1e-5);
    }

    [Fact]
    public void Without_momentum_the_error_never_grows()
    {
        // Griffin and Lim's theorem: the distance between the magnitudes falls with every iteration.
        double last = double.PositiveInfinity;
        for (int iterations = 0; iterations <= 12; iterations += 2)
        {
            double error = Error(new GriffinLim(_stft, iterations, momentum: 0));
            Assert.True(error <= last * (1 + 1e-6), $"{iterations}: {error} after {last}");
            last = error;
        }
    }

    [Fact]
    public void Momentum_gets_further_in_as_many_iterations()
    {
        double plain = Error(new GriffinLim(_stft, 40, momentum: 0));
        double fast = Error(new GriffinLim(_stft, 40));
        Assert.True(fast < plain, $"{fast} and {plain}");
    }

    [Fact]
    public void A_seed_gives_one_result()
    {
        float[][] results = [.. new[] { 1, 1, 2 }.Select(seed =>
        {
            float[] samples = new float[Length];
            new GriffinLim(_stft, 2).Reconstruct(_magnitudes, 1, seed, samples);
            return samples;
        })];
        Assert.Equal(results[0], results[1]);
        Assert.NotEqual(results[0], results[2]);
    }

    /// <summary>Distance of the magnitudes, relative to the magnitudes.</summary>
    private double Error(GriffinLim griffinLim)
    {
        float[] samples = new float[Length];
        griffinLim.Reconstruct(_magnitudes, 1, seed: 7, samples);
        float[] magnitudes = Magnitudes(samples);
        double error = _magnitudes.Zip(magnitudes, (a, b) => ((double)a - b) * ((double)a - b)).Sum();
        return Math.Sqrt(error / _magnitudes.Sum(a => (double)a * a));
    }

    private float[] Magnitudes(float[] samples)
    {
        (float[] real, float[] imaginary) = Spectrum(samples);
        return [.. real.Zip(imaginary, (a, b) => MathF.Sqrt((a * a) + (b * b)))];
    }

    private (float[] Real, float[] Imaginary) Spectrum(float[] samples)
    {
        int count = _stft.Frames(Length) * _stft.Bins;
        float[] real = new float[count];
        float[] imaginary = new float[count];
        _stft.Forward(samples, 1, real, imaginary);
        return (real, imaginary);
    }
}
