using System.Globalization;

namespace Descant.Datasets;

/// <summary>Where somebody sings in a clip: one value at regular times, positive where there is voice.</summary>
public sealed class VoiceLabels
{
    private readonly bool[] _voiced;

    private VoiceLabels(bool[] voiced, double hopSeconds, double firstSeconds)
    {
        _voiced = voiced;
        HopSeconds = hopSeconds;
        FirstSeconds = firstSeconds;
    }

    /// <summary>From one label to the next.</summary>
    public double HopSeconds { get; }

    /// <summary>Centre of the first label's stretch of time.</summary>
    public double FirstSeconds { get; }

    /// <summary>Labels.</summary>
    public int Count => _voiced.Length;

    /// <summary>Reads numbers separated by white space, or returns null where there is no such file.</summary>
    /// <exception cref="InvalidDataException">Something in it is no number.</exception>
    public static VoiceLabels? Read(string path, double hopSeconds, double firstSeconds)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        string[] words = File.ReadAllText(path).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        bool[] voiced = new bool[words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            if (!double.TryParse(words[i], NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
            {
                throw new InvalidDataException($"'{path}': expected a number for each label, got '{words[i]}'.");
            }

            voiced[i] = value > 0;
        }

        return new VoiceLabels(voiced, hopSeconds, firstSeconds);
    }

    /// <summary>Mean power of samples where the labels sing over that where they do not, in dB; null where one is missing.</summary>
    public double? LouderWhereVoiced(ReadOnlySpan<float> samples, int sampleRate)
    {
        int length = (int)Math.Round(HopSeconds * sampleRate);
        Span<double> power = [0, 0];
        Span<long> count = [0, 0];
        for (int i = 0; i < _voiced.Length; i++)
        {
            int start = (int)Math.Round((FirstSeconds + (i * HopSeconds) - (HopSeconds / 2)) * sampleRate);
            if (start < 0 || start + length > samples.Length)
            {
                continue;
            }

            int place = _voiced[i] ? 1 : 0;
            count[place]++;
            foreach (float sample in samples.Slice(start, length))
            {
                power[place] += sample * sample;
            }
        }

        return count[0] == 0 || count[1] == 0 || power[1] == 0
            ? null
            : 10 * Math.Log10(power[1] / count[1] / Math.Max(power[0] / count[0], 1e-12));
    }
}
