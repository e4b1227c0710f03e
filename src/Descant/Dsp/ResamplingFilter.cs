namespace Descant.Dsp;

/// <summary>A Kaiser-windowed sinc, sampled once for every position that an output sample can have between two inputs.</summary>
/// <remarks>
/// Pass band up to 0.455 of the lower rate, stop band from 0.5 of it, 120 dB (Kaiser's formulas: β = 0.1102·(A − 8.7), taps =
/// (A − 7.95)/(14.36·Δf)). Each phase is scaled to a sum of 1, so that a constant stays exactly that constant.
/// </remarks>
internal sealed class ResamplingFilter
{
    private const double PassBand = 0.455;
    private const double StopBand = 0.5;
    private const double Attenuation = 120;

    // Above this many phases they are interpolated: 44 101 to 48 000 Hz has 48 000 of them.
    private const int MostPhases = 1280;

    // Linear interpolation errs by at most (π/phases)²/8 of a component at half the rate: 3e-7 (−130 dB).
    private const int InterpolatedPhases = 2048;
    private const int Vector = 8;

    private readonly float[] _table;

    /// <param name="up">Phases: output rate over the greatest common divisor.</param>
    /// <param name="down">Input rate over the same.</param>
    public ResamplingFilter(int up, int down)
    {
        double slowdown = Math.Max(1.0, (double)down / up);
        double taps = (Attenuation - 7.95) / (14.36 * (StopBand - PassBand));
        HalfTaps = (int)Math.Ceiling(taps / 2 * slowdown / Vector) * Vector;
        IsInterpolated = up > MostPhases;
        Phases = IsInterpolated ? Math.Max(64, (int)Math.Ceiling(InterpolatedPhases / slowdown)) : up;
        int rows = IsInterpolated ? Phases + 1 : Phases;
        _table = new float[rows * 2 * HalfTaps];
        double cutoff = (PassBand + StopBand) / slowdown;
        double beta = 0.1102 * (Attenuation - 8.7);
        double[] row = new double[2 * HalfTaps];
        for (int phase = 0; phase < rows; phase++)
        {
            double sum = 0;
            for (int k = 0; k < row.Length; k++)
            {
                double time = ((double)phase / Phases) + HalfTaps - 1 - k;
                double edge = time / HalfTaps;
                double window = Math.Abs(edge) >= 1 ? 0 : Bessel0(beta * Math.Sqrt(1 - (edge * edge)));
                double angle = Math.PI * cutoff * time;
                row[k] = window * (angle == 0 ? 1 : Math.Sin(angle) / angle);
                sum += row[k];
            }

            for (int k = 0; k < row.Length; k++)
            {
                _table[(phase * row.Length) + k] = (float)(row[k] / sum);
            }
        }
    }

    /// <summary>Inputs on either side of an output; twice as many are read, and their number is a multiple of the vector.</summary>
    public int HalfTaps { get; }

    public int Phases { get; }

    /// <summary>Whether phases lie between the rows of the table; there is one row more then.</summary>
    public bool IsInterpolated { get; }

    /// <summary>Coefficients for an output at (input HalfTaps − 1) + phase/Phases of the inputs that they are applied to.</summary>
    public ReadOnlySpan<float> Row(int phase) => _table.AsSpan(phase * 2 * HalfTaps, 2 * HalfTaps);

    /// <summary>The modified Bessel function of the first kind and order 0, by its power series.</summary>
    private static double Bessel0(double x)
    {
        double term = 1;
        double sum = 1;
        double quarter = x * x / 4;
        for (int k = 1; term > sum * 1e-17; k++)
        {
            term *= quarter / ((double)k * k);
            sum += term;
        }

        return sum;
    }
}
