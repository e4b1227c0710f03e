using Descant.Audio;

namespace Descant.Separation;

/// <summary>
/// Brings stems to the values of an integer format so that they sum exactly to the quantised mixture: every stem but a
/// residual last one is rounded (16 bits: with triangular dither of ±1 step), the last is what remains of the integers.
/// </summary>
/// <remarks>
/// <para>Dither: Lipshitz, Wannamaker and Vanderkooy, "Quantization and Dither: A Theoretical Survey", JAES 40(5), 1992:
/// two uniform variables make the error's mean and variance independent of the signal. An estimate of exactly 0 stays
/// exactly 0, so that a silent stem is silent.</para>
/// <para>A value that exceeds full scale by dither or rounding, or by a peak where no gain was asked for, is moved into
/// a stem that has room, so that the sum stays exact; only where the sum itself needs more than all stems' ranges is it lost.</para>
/// </remarks>
internal sealed class StemQuantizer
{
    private readonly StemPlan _plan;
    private readonly int _channels;
    private readonly double _gain;
    private readonly double _scale;
    private readonly bool _dithers;
    private readonly int[] _values;
    private readonly ulong[] _states;

    public StemQuantizer(StemPlan plan, int channels, SampleFormat format, double gain)
    {
        _plan = plan;
        _channels = channels;
        _gain = gain;
        _scale = FullScale(format);
        _dithers = format == SampleFormat.Pcm16;
        _values = new int[plan.Stems.Count];

        // Seeded by the stem's name (FNV-1a): a stem gets the same samples whichever others are made beside it.
        _states = [.. plan.Stems.Select(stem => stem.Aggregate(0xCBF29CE484222325, (hash, c) => (hash ^ c) * 0x100000001B3))];
    }

    /// <summary>Samples whose sum could not be represented, or, without a residual, stems' samples that were clamped.</summary>
    public long Clamped { get; private set; }

    /// <summary>The step count of one half of an integer format's range.</summary>
    public static double FullScale(SampleFormat format) => format switch
    {
        SampleFormat.Pcm16 => 32768,
        SampleFormat.Pcm24 => 8388608,
        _ => throw new ArgumentOutOfRangeException(nameof(format), $"quantise: expected an integer format, got {format}"),
    };

    /// <summary>The gain at or below 1 with which no stem exceeds full scale.</summary>
    /// <param name="peak">Largest magnitude of any stem, 1 at full scale.</param>
    /// <param name="format">An integer format.</param>
    public static double CommonGain(double peak, SampleFormat format)
    {
        // Half a step beyond full scale still rounds to it (or is moved between stems): no reason to touch the level.
        double limit = 1 + (0.5 / FullScale(format));
        return peak <= limit ? 1 : (1 - (1 / FullScale(format))) / peak;
    }

    /// <summary>Replaces stems, planar <c>[stem · channels + channel]</c>, by the format's values (as floats, exactly).</summary>
    public void Apply(float[][] mixture, float[][] stems, int count)
    {
        for (int channel = 0; channel < _channels; channel++)
        {
            for (int i = 0; i < count; i++)
            {
                Apply(mixture[channel][i], stems, channel, i);
            }
        }
    }

    private void Apply(float mixture, float[][] stems, int channel, int i)
    {
        double low = -_scale;
        double high = _scale - 1;
        int count = _values.Length;
        int free = _plan.HasResidual ? count - 1 : count;
        double sum = 0;
        for (int stem = 0; stem < free; stem++)
        {
            float estimate = stems[(stem * _channels) + channel][i];
            double level = _gain * estimate * _scale;
            double value = estimate == 0 ? 0 : Math.Round(level + Dither(stem));
            double clamped = Math.Clamp(value, low, high);

            // Half a step above the highest value is rounding, and one more dither: neither is worth a warning.
            if (!_plan.HasResidual && (level > high + 1.5 || level < low - 1.5))
            {
                Clamped++;
            }

            _values[stem] = (int)clamped;
            sum += clamped;
        }

        if (_plan.HasResidual)
        {
            double target = Math.Round(_gain * mixture * _scale);
            double last = target - sum;
            double excess = last - Math.Clamp(last, low, high);
            for (int stem = 0; stem < free && excess != 0; stem++)
            {
                double moved = Math.Clamp(_values[stem] + excess, low, high);
                excess -= moved - _values[stem];
                _values[stem] = (int)moved;
            }

            if (excess != 0)
            {
                Clamped++;
            }

            _values[free] = (int)Math.Clamp(last, low, high);
        }

        float step = (float)(1 / _scale);
        for (int stem = 0; stem < count; stem++)
        {
            stems[(stem * _channels) + channel][i] = _values[stem] * step;
        }
    }

    // The sum of two uniform variables in ±1/2 step.
    private double Dither(int stem)
    {
        if (!_dithers)
        {
            return 0;
        }

        // SplitMix64 (Steele, Lea and Flood, OOPSLA 2014); its two halves are the two variables.
        ulong z = _states[stem] += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return ((uint)z * (1.0 / 4294967296.0)) + ((uint)(z >> 32) * (1.0 / 4294967296.0)) - 1;
    }
}
