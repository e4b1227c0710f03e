namespace Descant.Training;

/// <summary>Evens out levels: a gain that follows the power of the signal, the same for all channels.</summary>
internal static class Compressor
{
    private const int Block = 32; // samples; the gain is computed once per block and interpolated, below 1 ms

    /// <summary>Applies <c>(level / envelope)^amount</c> in place, and the same gain to what goes along.</summary>
    /// <param name="audio">What is measured and changed.</param>
    /// <param name="sampleRate">Hz.</param>
    /// <param name="level">Envelope that is left as it is.</param>
    /// <param name="amount">0 changes nothing, 1 makes the envelope constant.</param>
    /// <param name="seconds">Time constant of the envelope.</param>
    /// <param name="along">Further buffers that receive the same gain.</param>
    public static void Apply(
        StereoBuffer audio, int sampleRate, double level, double amount, double seconds, params ReadOnlySpan<StereoBuffer> along)
    {
        double keep = Math.Exp(-Block / (seconds * sampleRate));
        double power = MeanSquare(audio, 0, Math.Min(audio.Samples, (int)(seconds * sampleRate)));
        double floor = level * level * 1e-4; // 40 dB below: silence is not raised without limit
        float gain = Gain(power, floor, level, amount);
        for (int start = 0; start < audio.Samples; start += Block)
        {
            int count = Math.Min(Block, audio.Samples - start);
            power = (keep * power) + ((1 - keep) * MeanSquare(audio, start, count));
            float next = Gain(power, floor, level, amount);
            Ramp(audio, start, count, gain, next);
            foreach (StereoBuffer other in along)
            {
                Ramp(other, start, count, gain, next);
            }

            gain = next;
        }
    }

    private static float Gain(double power, double floor, double level, double amount) =>
        (float)Math.Pow(level * level / (power + floor), amount / 2);

    private static double MeanSquare(StereoBuffer audio, int start, int count)
    {
        double sum = 0;
        for (int channel = 0; channel < audio.Channels; channel++)
        {
            sum += StereoBuffer.SumOfSquares(audio[channel].Slice(start, count));
        }

        return sum / (audio.Channels * Math.Max(count, 1));
    }

    private static void Ramp(StereoBuffer audio, int start, int count, float from, float to)
    {
        float step = (to - from) / Block;
        for (int channel = 0; channel < audio.Channels; channel++)
        {
            Span<float> x = audio[channel].Slice(start, count);
            for (int i = 0; i < x.Length; i++)
            {
                x[i] *= from + (step * i);
            }
        }
    }
}
