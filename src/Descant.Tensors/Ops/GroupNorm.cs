using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>Normalises each group of channels of each batch entry by its own mean and variance, then scales and shifts each channel.</summary>
    /// <param name="groups">Groups of equally many neighbouring channels.</param>
    /// <param name="scale">γ, [channels], or null for 1.</param>
    /// <param name="shift">β, [channels], or null for 0.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>Same shape, [batch, channels, …].</returns>
    /// <remarks>Wu and He, "Group normalization", ECCV 2018, equations 1–2. One group is layer normalisation over channels and positions.</remarks>
    public Tensor GroupNorm(int groups, Tensor? scale, Tensor? shift, float epsilon)
    {
        if (Rank < 2 || groups < 1 || _shape[1] % groups != 0 || (scale is not null && scale.ElementCount != _shape[1]) || (shift is not null && shift.ElementCount != _shape[1]))
        {
            throw new ArgumentException($"group_norm: expects [batch, channels, …] with channels a multiple of {groups} groups and one scale and one shift per channel, got {this}, {Name(scale)} and {Name(shift)}.");
        }

        Tensor x = ChannelsLastRows();
        Tensor y = Engine.Of(this, scale, shift).Allocate(_shape, Layout.ChannelsLast(_shape));
        GroupNormalisation normalisation = new(groups, scale?.ToArray(), shift?.ToArray(), epsilon);
        BatchNormStatistics[] statistics = normalisation.Forward(y.Engine, x, y);
        return Engine.Record(y, [this, scale, shift], g =>
        {
            Tensor dx = g.Engine.Allocate(_shape, Layout.ChannelsLast(_shape));
            (float[] dScale, float[] dShift) = normalisation.Backward(g.Engine, x, g.ChannelsLastRows(), dx, statistics);
            return [dx, scale is null ? null : g.Engine.Tensor(dScale, scale.Shape), shift is null ? null : g.Engine.Tensor(dShift, shift.Shape)];
        });
    }

    /// <summary>Normalises each channel of each batch entry by its own mean and variance, then scales and shifts it.</summary>
    /// <param name="scale">γ, [channels], or null for 1.</param>
    /// <param name="shift">β, [channels], or null for 0.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <remarks>Ulyanov et al., "Instance normalization", 2016: group normalisation with one channel per group.</remarks>
    public Tensor InstanceNorm(Tensor? scale, Tensor? shift, float epsilon) => GroupNorm(Math.Max(1, Size(1)), scale, shift, epsilon);

    /// <summary>Channels innermost and rows evenly spaced, copied only when they lie otherwise.</summary>
    private Tensor ChannelsLastRows() => ChannelRows.IsRegular(this) ? this : WithStrides(Layout.ChannelsLast(_shape));

    private static string Name(Tensor? tensor) => tensor is null ? "none" : tensor.ToString();
}

/// <summary>Group normalisation by the passes of batch normalisation, one batch entry at a time.</summary>
internal sealed class GroupNormalisation(int groups, float[]? scale, float[]? shift, float epsilon)
{
    /// <returns>Mean, variance and 1/deviation of each entry's groups, repeated for the channels of a group.</returns>
    public BatchNormStatistics[] Forward(Engine engine, Tensor x, Tensor y)
    {
        var statistics = new BatchNormStatistics[x.Shape[0]];
        int channels = x.Shape[1];
        float[] a = new float[channels], b = new float[channels];
        for (int n = 0; n < statistics.Length; n++)
        {
            ChannelRows rows = Entry(x, n);
            statistics[n] = OverGroups(BatchNormKernels.Moments(engine, rows), rows);
            Affine(statistics[n], a, b);
            BatchNormKernels.Apply(engine, rows, Entry(y, n), a, b, slope: 1);
        }

        return statistics;
    }

    public (float[] Scale, float[] Shift) Backward(Engine engine, Tensor x, Tensor g, Tensor dx, BatchNormStatistics[] statistics)
    {
        int channels = x.Shape[1], perGroup = channels / groups;
        double[] dScale = new double[channels], dShift = new double[channels];
        float[] a = new float[channels], b = new float[channels], kg = new float[channels], kx = new float[channels], k1 = new float[channels];
        for (int n = 0; n < statistics.Length; n++)
        {
            ChannelRows rows = Entry(x, n), gradients = Entry(g, n);
            BatchNormStatistics s = statistics[n];
            Affine(s, a, b);
            double[] sums = BatchNormKernels.GradientSums(engine, rows, gradients, s.Mean, a, b, slope: 1);
            for (int first = 0; first < channels; first += perGroup)
            {
                // With x̂ = (x − mean)·inv and h = γ·g: dx = inv·(h − mean(h) − x̂·mean(h·x̂)) over the group, written as kg·g + kx·x + k1.
                double mean = s.Mean[first], inverse = s.InverseDeviation[first], sumH = 0, sumHx = 0;
                for (int c = first; c < first + perGroup; c++)
                {
                    double gx = sums[channels + c] * inverse;
                    dShift[c] += sums[c];
                    dScale[c] += gx;
                    sumH += Scale(c) * sums[c];
                    sumHx += Scale(c) * gx;
                }

                double count = (double)rows.Count * perGroup;
                for (int c = first; c < first + perGroup; c++)
                {
                    kg[c] = (float)(Scale(c) * inverse);
                    kx[c] = (float)(-inverse * inverse * sumHx / count);
                    k1[c] = (float)(inverse * ((inverse * mean * sumHx) - sumH) / count);
                }
            }

            BatchNormKernels.GradientRows(engine, rows, gradients, Entry(dx, n), a, b, slope: 1, kg, kx, k1);
        }

        return (Array.ConvertAll(dScale, v => (float)v), Array.ConvertAll(dShift, v => (float)v));
    }

    private static ChannelRows Entry(Tensor x, int n) => new(x.Window(0, n, 1));

    private double Scale(int channel) => scale is null ? 1 : scale[channel];

    private void Affine(BatchNormStatistics statistics, float[] a, float[] b)
    {
        for (int c = 0; c < a.Length; c++)
        {
            a[c] = (float)(Scale(c) * statistics.InverseDeviation[c]);
            b[c] = (shift is null ? 0 : shift[c]) - (statistics.Mean[c] * a[c]);
        }
    }

    private BatchNormStatistics OverGroups(ChannelMoments moments, ChannelRows rows)
    {
        int channels = rows.Channels, perGroup = channels / groups;
        float[] mean = new float[channels], variance = new float[channels], inverse = new float[channels];
        for (int first = 0; first < channels; first += perGroup)
        {
            // Channels of a group have equally many rows: their common variance is the mean of theirs and the spread of their means.
            double m = 0, squares = 0;
            for (int c = first; c < first + perGroup; c++)
            {
                m += moments.Mean[c] / perGroup;
            }

            for (int c = first; c < first + perGroup; c++)
            {
                squares += moments.Squares[c] + (rows.Count * (moments.Mean[c] - m) * (moments.Mean[c] - m));
            }

            double v = squares / ((double)rows.Count * perGroup);
            for (int c = first; c < first + perGroup; c++)
            {
                (mean[c], variance[c], inverse[c]) = ((float)m, (float)v, (float)(1 / Math.Sqrt(v + epsilon)));
            }
        }

        return new BatchNormStatistics(mean, variance, inverse, rows.Count * perGroup);
    }
}
