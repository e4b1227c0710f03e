using System.Runtime.Intrinsics;

namespace Descant.Training;

/// <summary>Plays audio faster or slower, which moves pitch and tempo together, by windowed-sinc interpolation.</summary>
/// <remarks>
/// 16 taps, Kaiser window (β = 8), 512 phases, the nearest taken: images lie 60 dB and more below the signal up to 16 kHz
/// at 44.1 kHz, which is enough for training excerpts; separation uses the resampler in <c>Audio</c>. The band is not
/// narrowed for speeds above 1, which alias at most the top tenth of the spectrum at the speeds in use.
/// </remarks>
internal sealed class SpeedChange
{
    /// <summary>Samples needed around each place that is read.</summary>
    public const int Taps = 16;

    private const int Phases = 512;
    private const double Beta = 8;

    private readonly float[] _table = new float[(Phases + 1) * Taps];

    public SpeedChange()
    {
        for (int phase = 0; phase <= Phases; phase++)
        {
            for (int tap = 0; tap < Taps; tap++)
            {
                double x = tap - ((Taps / 2) - 1) - ((double)phase / Phases);
                double t = x / (Taps / 2);
                double window = Math.Abs(t) >= 1 ? 0 : Bessel(Beta * Math.Sqrt(1 - (t * t))) / Bessel(Beta);
                double sinc = x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);
                _table[(phase * Taps) + tap] = (float)(sinc * window);
            }
        }
    }

    /// <summary>Samples of the source that an excerpt needs.</summary>
    public static int SourceSamples(int samples, double speed) => (int)Math.Ceiling(samples * speed) + Taps;

    /// <summary>Reads <paramref name="destination"/>'s length of samples at a speed; the source begins <c>Taps/2 − 1</c> samples early.</summary>
    public void Read(ReadOnlySpan<float> source, double speed, Span<float> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            double place = i * speed;
            int whole = (int)place;
            int phase = (int)(((place - whole) * Phases) + 0.5);
            ReadOnlySpan<float> taps = _table.AsSpan(phase * Taps, Taps);
            ReadOnlySpan<float> x = source.Slice(whole, Taps);
            destination[i] = Vector512.Sum(Vector512.Create(x) * Vector512.Create(taps));
        }
    }

    private static double Bessel(double x)
    {
        double sum = 1, term = 1;
        for (int k = 1; k < 60; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }

        return sum;
    }
}
