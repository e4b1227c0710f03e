using Descant.Tensors;

namespace Descant.Tests.Tensors;

/// <summary>Normalisations of data whose mean is large against its deviation, against float64 over the same float32 values.</summary>
public sealed class NormalisationPrecisionTests
{
    private const int Channels = 19;
    private const int Positions = 400;

    public static TheoryData<VectorWidth> Widths() => [.. Enum.GetValues<VectorWidth>().Where(VectorWidths.IsSupported)];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Batch_statistics_keep_their_precision_beside_a_large_mean(VectorWidth width)
    {
        using Engine engine = new(2, width);
        float[] values = Values();
        Tensor x = engine.Tensor(values, 3, Channels, Positions).ChannelsLast();
        x.BatchNorm(engine.Full(1, Channels), engine.Zeros(Channels), 0, 1, out (float[] Mean, float[] Variance) statistics);
        for (int c = 0; c < Channels; c++)
        {
            double[] channel = [.. Enumerable.Range(0, 3).SelectMany(n => values.Skip(((n * Channels) + c) * Positions).Take(Positions)).Select(v => (double)v)];
            double mean = channel.Average(), variance = channel.Average(v => (v - mean) * (v - mean));
            Assert.Equal(mean, statistics.Mean[c], 1e-7 * (1 + Math.Abs(mean)));

            // E[x²] − mean² in float is wrong in every digit here: the mean is up to 30000 deviations away from 0.
            Assert.Equal(1, statistics.Variance[c] / variance, 1e-5);
        }
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Group_statistics_keep_their_precision_beside_a_large_mean(VectorWidth width)
    {
        using Engine engine = new(2, width);
        float[] values = Values();
        float[] y = engine.Tensor(values, 3, Channels, Positions).InstanceNorm(null, null, 0).ToArray();
        for (int row = 0; row < 3 * Channels; row++)
        {
            // The normalised values' own spread is 1 however they were shifted.
            double[] channel = [.. y.Skip(row * Positions).Take(Positions).Select(v => (double)v)];
            double mean = channel.Average();
            Assert.Equal(1, channel.Average(v => (v - mean) * (v - mean)), 1e-5);
        }
    }

    /// <summary>Channel c around 300·c with deviation about 0.1; where c is 7 the first position is an outlier at 0.</summary>
    private static float[] Values()
    {
        Random random = new(3);
        float[] values = new float[3 * Channels * Positions];
        for (int i = 0; i < values.Length; i++)
        {
            int c = i / Positions % Channels;
            values[i] = c == 7 && i % (Channels * Positions) % Positions == 0 ? 0 : (300f * c) + (0.35f * (random.NextSingle() - 0.5f));
        }

        return values;
    }
}
