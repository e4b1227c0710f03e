using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Dsp;

/// <summary>Finds samples whose spectrogram has given magnitudes, by going to and fro between samples and spectra.</summary>
/// <remarks>
/// Griffin and Lim 1984; with momentum the fast variant of Perraudin, Balazs and Søndergaard 2013 in librosa's form:
/// the next phases are those of c_n − m/(1 + m)·c_(n−1), c being the spectrum of the samples of the last phases.
/// </remarks>
public sealed class GriffinLim
{
    private const float SmallestMagnitude = 1e-16f;
    private readonly Stft _stft;
    private readonly int _iterations;
    private readonly float _pull;

    /// <summary>Prepares reconstructions.</summary>
    /// <param name="stft">The transform that the magnitudes came from.</param>
    /// <param name="iterations">Round trips, at least 0.</param>
    /// <param name="momentum">0 for the original algorithm; librosa's default is 0.99.</param>
    public GriffinLim(Stft stft, int iterations = 32, double momentum = 0.99)
    {
        ArgumentNullException.ThrowIfNull(stft);
        ArgumentOutOfRangeException.ThrowIfNegative(iterations);
        ArgumentOutOfRangeException.ThrowIfNegative(momentum);
        _stft = stft;
        _iterations = iterations;
        _pull = (float)(momentum / (1 + momentum));
    }

    /// <summary>Reconstructs from random phases.</summary>
    /// <param name="magnitudes">[rows, frames, bins].</param>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="seed">Which random phases.</param>
    /// <param name="samples">[rows, samples], overwritten; frames must be those of so many samples.</param>
    /// <param name="pool">Threads; null uses the caller's alone.</param>
    public void Reconstruct(ReadOnlySpan<float> magnitudes, int rows, int seed, Span<float> samples, WorkerPool? pool = null)
    {
        Random random = new(seed);
        float[] real = new float[magnitudes.Length];
        float[] imaginary = new float[magnitudes.Length];
        for (int i = 0; i < real.Length; i++)
        {
            (imaginary[i], real[i]) = MathF.SinCos(2 * MathF.PI * random.NextSingle());
        }

        Iterate(magnitudes, rows, real, imaginary, samples, pool);
    }

    /// <summary>Reconstructs from the phases of a given spectrum, for example the mixture's.</summary>
    /// <param name="magnitudes">[rows, frames, bins].</param>
    /// <param name="rows">How many rows there are.</param>
    /// <param name="phaseReal">Real parts, of any magnitude, shaped like <paramref name="magnitudes"/>.</param>
    /// <param name="phaseImaginary">Imaginary parts.</param>
    /// <param name="samples">[rows, samples], overwritten; frames must be those of so many samples.</param>
    /// <param name="pool">Threads; null uses the caller's alone.</param>
    public void Reconstruct(
        ReadOnlySpan<float> magnitudes, int rows, ReadOnlySpan<float> phaseReal, ReadOnlySpan<float> phaseImaginary,
        Span<float> samples, WorkerPool? pool = null)
    {
        if (phaseReal.Length != magnitudes.Length || phaseImaginary.Length != magnitudes.Length)
        {
            throw new ArgumentException(
                $"GriffinLim: expected phases for {magnitudes.Length} magnitudes, got {phaseReal.Length} and {phaseImaginary.Length}");
        }

        Iterate(magnitudes, rows, phaseReal.ToArray(), phaseImaginary.ToArray(), samples, pool);
    }

    private void Iterate(ReadOnlySpan<float> magnitudes, int rows, float[] real, float[] imaginary, Span<float> samples, WorkerPool? pool)
    {
        float[] lastReal = new float[real.Length];
        float[] lastImaginary = new float[real.Length];
        float[] rebuiltReal = new float[real.Length];
        float[] rebuiltImaginary = new float[real.Length];
        Impose(magnitudes, real, imaginary);
        for (int iteration = 0; iteration < _iterations; iteration++)
        {
            _stft.Inverse(real, imaginary, rows, samples, pool);
            _stft.Forward(samples, rows, rebuiltReal, rebuiltImaginary, pool);
            for (int i = 0; i < real.Length; i++)
            {
                real[i] = rebuiltReal[i] - (_pull * lastReal[i]);
                imaginary[i] = rebuiltImaginary[i] - (_pull * lastImaginary[i]);
            }

            (lastReal, rebuiltReal) = (rebuiltReal, lastReal);
            (lastImaginary, rebuiltImaginary) = (rebuiltImaginary, lastImaginary);
            Impose(magnitudes, real, imaginary);
        }

        _stft.Inverse(real, imaginary, rows, samples, pool);
    }

    /// <summary>Keeps the phases and replaces the magnitudes.</summary>
    private static void Impose(ReadOnlySpan<float> magnitudes, float[] real, float[] imaginary)
    {
        for (int i = 0; i < real.Length; i++)
        {
            float factor = magnitudes[i] / (MathF.Sqrt((real[i] * real[i]) + (imaginary[i] * imaginary[i])) + SmallestMagnitude);
            real[i] *= factor;
            imaginary[i] *= factor;
        }
    }
}
