namespace Descant.Dsp;

/// <summary>Integrated loudness in LUFS after ITU-R BS.1770-4, over audio that is fed block by block.</summary>
/// <remarks>
/// Each channel is K-weighted (a high shelf and a high-pass, recomputed for the sample rate), its energy averaged over 400 ms
/// every 100 ms; blocks below −70 LUFS, then those more than 10 LU below the mean of the rest, are left out. In six channels
/// the fourth (LFE) does not count and the last two count 1.41 times; all other channels count once. The shelf lies at
/// 1682 Hz: at rates whose band ends below it is left out, and what lies near the band's end counts up to 2 dB too little.
/// </remarks>
public sealed class LoudnessMeter
{
    private const double Offset = -0.691;
    private const double AbsoluteGate = -70;
    private const double RelativeGate = -10;
    private const int PartsOfBlock = 4;
    private const double ShelfHertz = 1681.974450955533;
    private const double HighPassHertz = 38.13547087602444;
    private const double HighPassGain = 1.0049948987146884; // pass0 below, at 48 kHz
    private readonly Filter _shelf;
    private readonly Filter _highPass;
    private readonly double[,] _state;
    private readonly double[] _weights;
    private readonly int _partSamples;
    private readonly List<double> _parts = [];
    private double _energy;
    private int _filled;

    /// <summary>Starts a measurement.</summary>
    /// <param name="sampleRate">Samples per second of each channel.</param>
    /// <param name="channels">Channels.</param>
    public LoudnessMeter(int sampleRate, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        _partSamples = Math.Max(1, (int)Math.Round(sampleRate / 10.0));
        _state = new double[channels, 4];
        _weights = new double[channels];
        for (int channel = 0; channel < channels; channel++)
        {
            _weights[channel] = channels != 6 ? 1 : channel == 3 ? 0 : channel > 3 ? 1.41 : 1;
        }

        // The analogue prototypes behind the standard's table for 48 kHz, through the bilinear transform, which has no
        // stable image of a frequency beyond the band.
        double shelfK = Math.Tan(Math.PI * ShelfHertz / sampleRate);
        double shelfQ = shelfK / 0.7071752369554196;
        double high = Math.Pow(10, 3.999843853973347 / 20);
        double middle = Math.Pow(high, 0.4996667741545416);
        double shelf0 = 1 + shelfQ + (shelfK * shelfK);
        _shelf = 2 * ShelfHertz >= sampleRate ? new Filter(1, 0, 0, 0, 0) : new Filter(
            (high + (middle * shelfQ) + (shelfK * shelfK)) / shelf0, 2 * ((shelfK * shelfK) - high) / shelf0,
            (high - (middle * shelfQ) + (shelfK * shelfK)) / shelf0,
            2 * ((shelfK * shelfK) - 1) / shelf0, (1 - shelfQ + (shelfK * shelfK)) / shelf0);
        double passK = Math.Tan(Math.PI * HighPassHertz / sampleRate);
        double passQ = passK / 0.5003270373238773;
        double pass0 = 1 + passQ + (passK * passK);

        // The table's numerator is 1, -2, 1 at 48 kHz, a little more than the prototype has; other rates get as much.
        double gain = HighPassGain / pass0;
        _highPass = 2 * HighPassHertz >= sampleRate ? new Filter(1, 0, 0, 0, 0) : new Filter(
            gain, -2 * gain, gain, 2 * ((passK * passK) - 1) / pass0, (1 - passQ + (passK * passK)) / pass0);
    }

    /// <summary>Integrated loudness so far; −∞ where nothing is louder than the gate.</summary>
    public double Integrated
    {
        get
        {
            List<double> blocks = [];
            for (int last = PartsOfBlock - 1; last < _parts.Count; last++)
            {
                double mean = 0;
                for (int part = 0; part < PartsOfBlock; part++)
                {
                    mean += _parts[last - part] / PartsOfBlock;
                }

                if (Lufs(mean) > AbsoluteGate)
                {
                    blocks.Add(mean);
                }
            }

            if (blocks.Count == 0)
            {
                return double.NegativeInfinity;
            }

            double gate = Lufs(blocks.Average()) + RelativeGate;
            return Lufs(blocks.Where(mean => Lufs(mean) > gate).Average());
        }
    }

    /// <summary>Adds <c>samples[channel][offset..offset + count]</c>.</summary>
    public void Add(float[][] samples, int offset, int count)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (samples.Length != _weights.Length)
        {
            throw new ArgumentException($"LoudnessMeter.Add: expected {_weights.Length} channels, got {samples.Length}", nameof(samples));
        }

        while (count > 0)
        {
            int taken = Math.Min(count, _partSamples - _filled);
            for (int channel = 0; channel < samples.Length; channel++)
            {
                _energy += _weights[channel] * Energy(samples[channel].AsSpan(offset, taken), channel);
            }

            _filled += taken;
            offset += taken;
            count -= taken;
            if (_filled == _partSamples)
            {
                _parts.Add(_energy / _partSamples);
                (_energy, _filled) = (0, 0);
            }
        }
    }

    private static double Lufs(double energy) => Offset + (10 * Math.Log10(energy));

    private double Energy(ReadOnlySpan<float> samples, int channel)
    {
        (double a1, double a2, double b1, double b2) = (_state[channel, 0], _state[channel, 1], _state[channel, 2], _state[channel, 3]);
        double energy = 0;
        foreach (float sample in samples)
        {
            double shelved = _shelf.Next(sample, ref a1, ref a2);
            double weighted = _highPass.Next(shelved, ref b1, ref b2);
            energy += weighted * weighted;
        }

        (_state[channel, 0], _state[channel, 1], _state[channel, 2], _state[channel, 3]) = (a1, a2, b1, b2);
        return energy;
    }

    /// <summary>A second-order filter in the transposed direct form II.</summary>
    private readonly record struct Filter(double B0, double B1, double B2, double A1, double A2)
    {
        public double Next(double x, ref double first, ref double second)
        {
            double y = (B0 * x) + first;
            first = (B1 * x) - (A1 * y) + second;
            second = (B2 * x) - (A2 * y);
            return y;
        }
    }
}
