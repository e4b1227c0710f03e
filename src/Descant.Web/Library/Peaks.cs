namespace Descant.Web.Library;

/// <summary>The lowest and highest sample of every stretch of a signal, for drawing waveforms at several resolutions.</summary>
/// <remarks>
/// A pair of signed bytes each, −127…127 for ±1, over all channels; rounded outwards, so that no peak looks smaller than
/// it is. A file holds the levels one after another, the finest first.
/// </remarks>
internal sealed class Peaks
{
    private readonly List<byte> _finest = [];
    private float _low = float.PositiveInfinity;
    private float _high = float.NegativeInfinity;
    private int _filled;

    /// <summary>Samples per peak of each level.</summary>
    public static IReadOnlyList<int> Levels { get; } = [256, 1024, 4096, 16384, 65536];

    /// <summary>Peaks of a level for a signal.</summary>
    public static int Count(long samples, int samplesPerPeak) => (int)((samples + samplesPerPeak - 1) / samplesPerPeak);

    /// <summary>Where a level starts in a file, in bytes.</summary>
    public static long Offset(long samples, int samplesPerPeak) =>
        Levels.TakeWhile(level => level < samplesPerPeak).Sum(level => 2L * Count(samples, level));

    /// <summary>Takes in the next samples, planar.</summary>
    public void Add(float[][] block, int count)
    {
        for (int start = 0; start < count;)
        {
            int taken = Math.Min(Levels[0] - _filled, count - start);
            foreach (float[] channel in block)
            {
                foreach (float sample in channel.AsSpan(start, taken))
                {
                    _low = sample < _low ? sample : _low;
                    _high = sample > _high ? sample : _high;
                }
            }

            _filled += taken;
            start += taken;
            if (_filled == Levels[0])
            {
                Flush();
            }
        }
    }

    /// <summary>All levels, as they are stored.</summary>
    public byte[] Finish()
    {
        if (_filled > 0)
        {
            Flush();
        }

        List<byte> all = [.. _finest];
        byte[] level = [.. _finest];
        for (int next = 1; next < Levels.Count; next++)
        {
            level = Coarsen(level, Levels[next] / Levels[next - 1]);
            all.AddRange(level);
        }

        return [.. all];
    }

    private static byte[] Coarsen(byte[] pairs, int factor)
    {
        int count = ((pairs.Length / 2) + factor - 1) / factor;
        byte[] coarse = new byte[2 * count];
        for (int peak = 0; peak < count; peak++)
        {
            sbyte low = sbyte.MaxValue;
            sbyte high = sbyte.MinValue;
            for (int i = peak * factor; i < Math.Min((peak + 1) * factor, pairs.Length / 2); i++)
            {
                low = Math.Min(low, (sbyte)pairs[2 * i]);
                high = Math.Max(high, (sbyte)pairs[(2 * i) + 1]);
            }

            coarse[2 * peak] = (byte)low;
            coarse[(2 * peak) + 1] = (byte)high;
        }

        return coarse;
    }

    private void Flush()
    {
        _finest.Add((byte)(sbyte)Math.Clamp(MathF.Floor(_low * 127), -127, 127));
        _finest.Add((byte)(sbyte)Math.Clamp(MathF.Ceiling(_high * 127), -127, 127));
        _low = float.PositiveInfinity;
        _high = float.NegativeInfinity;
        _filled = 0;
    }
}
