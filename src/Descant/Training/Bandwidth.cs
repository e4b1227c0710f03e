using Descant.Datasets;
using Descant.Tensors.Fourier;

namespace Descant.Training;

/// <summary>Measures where a recording ends in frequency because of how it was stored: a low sample rate, a narrow codec.</summary>
/// <remarks>
/// A stored limit is a wall, a natural one is a slope: the long-term power spectrum must fall from 60 to 70 dB below its
/// peak within 1.2 kHz, below 13 kHz, and stay there. Lossy codecs at good rates end at 15 kHz and more, which is taken
/// as full band. Measured on files of known origin: brick walls fall within 0.2 to 1.1 kHz, voices and bands at full
/// bandwidth over 2 to 5 kHz.
/// </remarks>
internal static class Bandwidth
{
    private const int Size = 4096;
    private const int Blocks = 32; // spread evenly over the file
    private const double NearDb = -60;
    private const double FarDb = -70;
    private const double WidestWallHz = 1200;
    private const double LowestHz = 4000; // a deep instrument ends below by itself
    private const double HighestHz = 13000;

    /// <summary>The limit in Hz, infinite where there is none.</summary>
    public static double Measure(CachedAudio audio, int channel)
    {
        double nyquist = audio.SampleRate / 2.0;
        if (nyquist <= HighestHz)
        {
            return double.PositiveInfinity;
        }

        double[] power = Spectrum(audio, channel);
        double peak = power.Max();
        int near = Last(power, peak * Math.Pow(10, NearDb / 10));
        int far = Last(power, peak * Math.Pow(10, FarDb / 10));
        double binHz = (double)audio.SampleRate / Size;
        return far * binHz < HighestHz && near * binHz > LowestHz && (far - near) * binHz < WidestWallHz
            ? far * binHz
            : double.PositiveInfinity;
    }

    private static int Last(double[] power, double threshold) => Array.FindLastIndex(power, p => p > threshold);

    private static double[] Spectrum(CachedAudio audio, int channel)
    {
        RealFft<float> fft = new(Size);
        float[] samples = new float[Size], real = new float[fft.Bins], imaginary = new float[fft.Bins], scratch = new float[fft.ScratchLength];
        double[] power = new double[fft.Bins];
        long room = Math.Max(audio.Length - Size, 0);
        for (int block = 0; block < Blocks; block++)
        {
            audio.Read(channel, room * block / (Blocks - 1), samples);
            for (int i = 0; i < Size; i++)
            {
                // Blackman's window: its side lobes lie 58 dB down and fall by 18 dB per octave, so a loud bass does not fill the treble.
                double turn = 2 * Math.PI * i / Size;
                samples[i] *= (float)(0.42 - (0.5 * Math.Cos(turn)) + (0.08 * Math.Cos(2 * turn)));
            }

            fft.Forward(samples, real, imaginary, scratch);
            for (int bin = 0; bin < power.Length; bin++)
            {
                power[bin] += ((double)real[bin] * real[bin]) + ((double)imaginary[bin] * imaginary[bin]);
            }
        }

        return power;
    }
}
