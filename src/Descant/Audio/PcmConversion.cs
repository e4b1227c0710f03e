using System.Runtime.InteropServices;

namespace Descant.Audio;

/// <summary>Little-endian interleaved samples to planar floats and back.</summary>
internal static class PcmConversion
{
    private const float Int16Scale = 1f / 32768f;
    private const float Int24Scale = 1f / 8388608f;
    private const double Int32Scale = 1.0 / 2147483648.0;

    /// <summary>Spreads interleaved samples over <c>destination[channel][offset..offset + count]</c>.</summary>
    public static void Deinterleave(
        ReadOnlySpan<byte> bytes, int bytesPerSample, bool isFloat, float[][] destination, int offset, int count)
    {
        int channels = destination.Length;
        for (int channel = 0; channel < channels; channel++)
        {
            Span<float> target = destination[channel].AsSpan(offset, count);
            switch (bytesPerSample, isFloat)
            {
                case (1, false):
                    for (int i = 0, j = channel; i < count; i++, j += channels)
                    {
                        target[i] = (bytes[j] - 128) * (1f / 128f);
                    }

                    break;
                case (2, false):
                    ReadOnlySpan<short> shorts = MemoryMarshal.Cast<byte, short>(bytes);
                    for (int i = 0, j = channel; i < count; i++, j += channels)
                    {
                        target[i] = shorts[j] * Int16Scale;
                    }

                    break;
                case (3, false):
                    for (int i = 0, j = 3 * channel; i < count; i++, j += 3 * channels)
                    {
                        target[i] = (bytes[j] | (bytes[j + 1] << 8) | ((sbyte)bytes[j + 2] << 16)) * Int24Scale;
                    }

                    break;
                case (4, false):
                    ReadOnlySpan<int> integers = MemoryMarshal.Cast<byte, int>(bytes);
                    for (int i = 0, j = channel; i < count; i++, j += channels)
                    {
                        target[i] = (float)(integers[j] * Int32Scale);
                    }

                    break;
                case (4, true):
                    ReadOnlySpan<float> floats = MemoryMarshal.Cast<byte, float>(bytes);
                    for (int i = 0, j = channel; i < count; i++, j += channels)
                    {
                        target[i] = floats[j];
                    }

                    break;
                case (8, true):
                    ReadOnlySpan<double> doubles = MemoryMarshal.Cast<byte, double>(bytes);
                    for (int i = 0, j = channel; i < count; i++, j += channels)
                    {
                        target[i] = (float)doubles[j];
                    }

                    break;
                default:
                    throw new System.Diagnostics.UnreachableException($"{bytesPerSample}-byte samples, float {isFloat}");
            }
        }
    }

    /// <summary>
    /// Gathers <c>source[channel][offset..offset + count]</c> into interleaved samples. Integers are rounded to the
    /// nearest (ties to even) and clamped to full scale; a value that an integer reader returned comes back exactly.
    /// </summary>
    /// <returns>How many samples were clamped.</returns>
    public static long Interleave(float[][] source, int offset, int count, SampleFormat format, Span<byte> bytes)
    {
        int channels = source.Length;
        long clamped = 0;
        for (int channel = 0; channel < channels; channel++)
        {
            ReadOnlySpan<float> samples = source[channel].AsSpan(offset, count);
            switch (format)
            {
                case SampleFormat.Pcm16:
                    Span<short> shorts = MemoryMarshal.Cast<byte, short>(bytes);
                    for (int i = 0, j = channel; i < count; i++, j += channels)
                    {
                        shorts[j] = (short)Quantise(samples[i], 32768f, ref clamped);
                    }

                    break;
                case SampleFormat.Pcm24:
                    for (int i = 0, j = 3 * channel; i < count; i++, j += 3 * channels)
                    {
                        int value = Quantise(samples[i], 8388608f, ref clamped);
                        bytes[j] = (byte)value;
                        bytes[j + 1] = (byte)(value >> 8);
                        bytes[j + 2] = (byte)(value >> 16);
                    }

                    break;
                default:
                    Span<float> floats = MemoryMarshal.Cast<byte, float>(bytes);
                    for (int i = 0, j = channel; i < count; i++, j += channels)
                    {
                        floats[j] = samples[i];
                    }

                    break;
            }
        }

        return clamped;
    }

    private static int Quantise(float sample, float fullScale, ref long clamped)
    {
        float scaled = MathF.Round(sample * fullScale);
        if (scaled >= -fullScale && scaled <= fullScale - 1f)
        {
            return (int)scaled;
        }

        clamped++;
        return float.IsNaN(scaled) ? 0 : (int)(scaled < 0f ? -fullScale : fullScale - 1f);
    }
}
