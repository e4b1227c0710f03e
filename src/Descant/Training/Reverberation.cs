using System.Numerics;

namespace Descant.Training;

/// <summary>Stereo reverberation by a feedback delay network whose rooms are drawn at random.</summary>
/// <remarks>
/// 16 delay lines fed back through a Householder reflection (Jot and Chaigne, "Digital delay networks for designing
/// artificial reverberators", AES 90, 1991), two-point averages in each line for the faster decay of high frequencies, and
/// early reflections. Because every delay is longer than a block, whole blocks are computed at once with vectors: some
/// twenty times faster than convolving with a random impulse response, and as varied.
/// </remarks>
internal sealed class Reverberation
{
    private const int Lines = 16;
    private const double ShortestSeconds = 0.017;
    private const double LongestSeconds = 0.093;
    private const int EarlyReflections = 6;

    private readonly int _sampleRate;
    private readonly int _block;
    private readonly float[][] _lines;
    private readonly float[][] _taken = new float[Lines][];
    private readonly float[] _sum;
    private readonly int[] _delays = new int[Lines];
    private readonly float[] _last = new float[Lines];
    private readonly float[] _gains = new float[Lines];
    private readonly float[,] _outputs = new float[2, Lines];

    public Reverberation(int sampleRate, int samples)
    {
        _sampleRate = sampleRate;
        _block = (int)(ShortestSeconds * sampleRate) / Vector<float>.Count * Vector<float>.Count;
        // A line holds the whole excerpt, its delay in front, so that nothing wraps around.
        int room = samples + (int)(LongestSeconds * sampleRate) + _block + 1;
        _lines = [.. Enumerable.Range(0, Lines).Select(_ => new float[room])];
        for (int line = 0; line < Lines; line++)
        {
            _taken[line] = new float[_block];
        }

        _sum = new float[_block];
    }

    /// <summary>Writes the reverberation of a voice, without the voice itself.</summary>
    /// <param name="dry">What sounds in the room; mono.</param>
    /// <param name="wet">Overwritten; one or two channels.</param>
    /// <param name="random">Draws the room.</param>
    public void Apply(ReadOnlySpan<float> dry, StereoBuffer wet, RandomStream random)
    {
        double decaySeconds = random.LogUniform(0.25, 2.5);
        float damping = random.Uniform(0.02, 0.4);
        int predelay = (int)random.Uniform(0, 0.04 * _sampleRate);
        double size = random.Uniform(0.5, 1);
        for (int line = 0; line < Lines; line++)
        {
            // Spread evenly on a logarithmic axis and shaken, so that no two coincide.
            double place = (line + random.Unit()) / Lines;
            double seconds = ShortestSeconds * Math.Pow(size * LongestSeconds / ShortestSeconds, place);
            _delays[line] = Math.Max((int)(seconds * _sampleRate), _block + 1);
            _gains[line] = (float)Math.Pow(10, -3 * _delays[line] / (decaySeconds * _sampleRate));
            _last[line] = 0;
            Array.Clear(_lines[line], 0, _delays[line]);
            for (int channel = 0; channel < 2; channel++)
            {
                _outputs[channel, line] = random.Uniform(-1, 1);
            }
        }

        wet.Clear();
        Early(dry, wet, predelay, random);
        for (int start = 0; start < dry.Length; start += _block)
        {
            Block(dry, wet, start, Math.Min(_block, dry.Length - start), predelay, damping);
        }
    }

    private void Early(ReadOnlySpan<float> dry, StereoBuffer wet, int predelay, RandomStream random)
    {
        for (int reflection = 0; reflection < EarlyReflections; reflection++)
        {
            int delay = predelay + (int)random.Uniform(0.002 * _sampleRate, 0.04 * _sampleRate);
            for (int channel = 0; channel < wet.Channels; channel++)
            {
                float gain = random.Uniform(-0.35, 0.35);
                if (delay < dry.Length)
                {
                    StereoBuffer.AddScaled(dry[..^delay], gain, wet[channel][delay..]);
                }
            }
        }
    }

    private void Block(ReadOnlySpan<float> dry, StereoBuffer wet, int start, int count, int predelay, float damping)
    {
        Span<float> sum = _sum.AsSpan(0, count);
        sum.Clear();
        for (int line = 0; line < Lines; line++)
        {
            // What left the line: the delayed content, averaged with its predecessor (damping), attenuated.
            ReadOnlySpan<float> delayed = _lines[line].AsSpan(start, count);
            Span<float> taken = _taken[line].AsSpan(0, count);
            float now = _gains[line] * (1 - damping);
            float before = _gains[line] * damping;
            taken[0] = (now * delayed[0]) + (before * _last[line]);
            int i = 1;
            for (; i <= count - Vector<float>.Count; i += Vector<float>.Count)
            {
                ((new Vector<float>(delayed[i..]) * now) + (new Vector<float>(delayed[(i - 1)..]) * before)).CopyTo(taken[i..]);
            }

            for (; i < count; i++)
            {
                taken[i] = (now * delayed[i]) + (before * delayed[i - 1]);
            }

            _last[line] = delayed[count - 1];
            StereoBuffer.AddScaled(taken, 1, sum);
            for (int channel = 0; channel < wet.Channels; channel++)
            {
                StereoBuffer.AddScaled(taken, _outputs[channel, line], wet[channel].Slice(start, count));
            }
        }

        // Householder reflection: each line receives its own output minus 2/16 of the sum of all, and the new sound.
        StereoBuffer.Multiply(sum, -2f / Lines);
        int from = start - predelay;
        int silent = Math.Clamp(-from, 0, count);
        if (silent < count)
        {
            StereoBuffer.AddScaled(dry.Slice(from + silent, count - silent), 0.25f, sum[silent..]); // 1/√16 keeps the energy
        }

        for (int line = 0; line < Lines; line++)
        {
            Span<float> entered = _lines[line].AsSpan(start + _delays[line], count);
            sum.CopyTo(entered);
            StereoBuffer.AddScaled(_taken[line].AsSpan(0, count), 1, entered);
        }
    }
}
