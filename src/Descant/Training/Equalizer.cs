using System.Runtime.Intrinsics;

namespace Descant.Training;

/// <summary>A chain of up to three peaking filters over both channels at once.</summary>
/// <remarks>Second-order peaking sections by Bristow-Johnson's "Cookbook formulae for audio EQ biquad filter coefficients", transposed direct form II.</remarks>
internal static class Equalizer
{
    /// <summary>Filters in place with random centres, widths and gains.</summary>
    /// <param name="audio">One or two channels.</param>
    /// <param name="sampleRate">Hz.</param>
    /// <param name="sections">1 to 3.</param>
    /// <param name="mostDb">Largest boost or cut of a section.</param>
    /// <param name="random">Decides.</param>
    public static void Apply(StereoBuffer audio, int sampleRate, int sections, double mostDb, RandomStream random)
    {
        for (int section = 0; section < sections; section++)
        {
            double centre = random.LogUniform(100, Math.Min(12000, 0.45 * sampleRate));
            Peak(audio, sampleRate, centre, random.LogUniform(0.35, 1.6), random.Uniform(-mostDb, mostDb));
        }
    }

    /// <summary>One peaking filter in place.</summary>
    public static void Peak(StereoBuffer audio, int sampleRate, double centreHz, double quality, double gainDb)
    {
        double a = Math.Pow(10, gainDb / 40);
        double w = 2 * Math.PI * centreHz / sampleRate;
        double alpha = Math.Sin(w) / (2 * quality);
        double a0 = 1 + (alpha / a);
        Vector128<float> b0 = Vector128.Create((float)((1 + (alpha * a)) / a0));
        Vector128<float> b1 = Vector128.Create((float)(-2 * Math.Cos(w) / a0));
        Vector128<float> b2 = Vector128.Create((float)((1 - (alpha * a)) / a0));
        Vector128<float> a1 = b1;
        Vector128<float> a2 = Vector128.Create((float)((1 - (alpha / a)) / a0));
        Vector128<float> s1 = Vector128<float>.Zero, s2 = Vector128<float>.Zero;
        Span<float> left = audio[0];
        Span<float> right = audio[audio.Channels - 1];
        for (int i = 0; i < left.Length && i < right.Length; i++)
        {
            Vector128<float> x = Vector128.Create(left[i], right[i], 0, 0);
            Vector128<float> y = (b0 * x) + s1;
            s1 = (b1 * x) - (a1 * y) + s2;
            s2 = (b2 * x) - (a2 * y);
            left[i] = y.ToScalar();
            right[i] = audio.Channels == 2 ? y.GetElement(1) : y.ToScalar();
        }
    }
}
