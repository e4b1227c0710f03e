using System.Runtime.CompilerServices;
using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>
    /// Normalises each channel by its mean and variance over batch and positions, scales and shifts it, and applies a leaky rectifier
    /// in the same pass.
    /// </summary>
    /// <param name="scale">γ, [channels].</param>
    /// <param name="shift">β, [channels].</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="slope">Slope of the rectifier below 0: 1 for none, 0 for ReLU.</param>
    /// <param name="statistics">Receives the batch's mean and (biased) variance, by channel.</param>
    /// <returns>Same shape, [batch, channels, …].</returns>
    /// <remarks>Ioffe and Szegedy, "Batch Normalization", ICML 2015, algorithm 1; variance divided by the count in the forward pass, as in PyTorch.</remarks>
    public Tensor BatchNorm(Tensor scale, Tensor shift, float epsilon, float slope, out (float[] Mean, float[] Variance) statistics)
    {
        CheckChannels("batch_norm", scale, shift);
        Tensor x = EvenRows();
        ChannelRows rows = new(x);
        BatchNormStatistics measured = BatchNormKernels.Measure(Engine, rows, epsilon);
        statistics = (measured.Mean, measured.Variance);
        float[] a = new float[rows.Channels], b = new float[rows.Channels];
        measured.Affine(scale.ToArray(), shift.ToArray(), a, b);
        Tensor y = Engine.Of(x, scale, shift).Allocate(x.Shape, Layout.ChannelsLast(x.Shape));
        BatchNormKernels.Apply(Engine, rows, new ChannelRows(y), a, b, slope);
        return Engine.Record(y, [this, scale, shift], g =>
        {
            Tensor gradient = g.EvenRows();
            Tensor dx = g.Engine.Allocate(x.Shape, Layout.ChannelsLast(x.Shape));
            (float[] dScale, float[] dShift) = BatchNormKernels.Backward(
                g.Engine, new ChannelRows(x), new ChannelRows(gradient), new ChannelRows(dx), measured, scale.ToArray(), a, b, slope);
            return [dx, g.Engine.Tensor(dScale, dScale.Length), g.Engine.Tensor(dShift, dShift.Length)];
        });
    }

    /// <summary>scale · x + shift by channel, then a leaky rectifier: what batch normalisation is once its statistics are fixed.</summary>
    public Tensor ChannelAffine(Tensor scale, Tensor shift, float slope = 1)
    {
        CheckChannels("channel_affine", scale, shift);
        Tensor x = EvenRows();
        Tensor y = Engine.Of(x, scale, shift).Allocate(x.Shape, Layout.ChannelsLast(x.Shape));
        BatchNormKernels.Apply(Engine, new ChannelRows(x), new ChannelRows(y), scale.ToArray(), shift.ToArray(), slope);
        return Engine.Record(y, [this, scale, shift], g =>
        {
            int[] perChannel = new int[Rank];
            Array.Fill(perChannel, 1);
            perChannel[1] = x.Shape[1];
            Tensor inner = slope == 1 ? g : Elementwise.Ternary(g, y, y, new LeakyReluGradientOp(slope));
            return
            [
                inner * scale.Reshape(perChannel),
                (inner * x).SumTo(perChannel).Reshape(scale.Shape),
                inner.SumTo(perChannel).Reshape(shift.Shape),
            ];
        });
    }

    /// <summary>Channels innermost and rows evenly spaced, copied only where a slice of another tensor lies otherwise.</summary>
    private Tensor EvenRows()
    {
        Tensor x = ChannelsLast();
        if (ChannelRows.IsRegular(x))
        {
            return x;
        }

        Tensor y = Engine.Allocate(_shape, Layout.ChannelsLast(_shape));
        CopyInto(y);
        return y;
    }

    private void CheckChannels(string operation, Tensor scale, Tensor shift)
    {
        if (Rank < 2 || scale.ElementCount != _shape[1] || shift.ElementCount != _shape[1])
        {
            throw new ArgumentException($"{operation}: expects [batch, channels, …] with one scale and one shift per channel, got {this}, {scale} and {shift}.");
        }
    }
}

/// <summary>A channels-last tensor as rows of channels: one row per batch entry and position.</summary>
internal readonly unsafe struct ChannelRows
{
    public ChannelRows(Tensor x)
    {
        Data = x.Pointer();
        Channels = x.Shape[1];
        Count = Channels == 0 ? 0 : x.ElementCount / Channels;
        Stride = x.Rank > 2 ? RowStride(x) : x.Strides[0];
        if (!IsRegular(x))
        {
            throw new System.Diagnostics.UnreachableException($"Rows of {x} are not evenly spaced.");
        }
    }

    private ChannelRows(float* data, int channels, int count, nint stride)
    {
        Data = data;
        Channels = channels;
        Count = count;
        Stride = stride;
    }

    public float* Data { get; }

    public int Channels { get; }

    public int Count { get; }

    /// <summary>How many rows fit one vector of sixteen where there are fewer channels, and all rows can be joined so; else 1.</summary>
    public int RowsPerVector => Channels < 16 && 16 % Channels == 0 && Stride == Channels && Count % (16 / Channels) == 0 ? 16 / Channels : 1;

    /// <summary>The same memory as fewer rows, each of which repeats the channels.</summary>
    public ChannelRows Joined(int rows) => new(Data, Channels * rows, Count / rows, Stride * rows);

    /// <summary>Floats from one row to the next.</summary>
    public nint Stride { get; }

    /// <summary>Whether the rows of a channels-last tensor lie evenly spaced, as in a dense tensor or in a stretch of its channels.</summary>
    public static bool IsRegular(Tensor x)
    {
        if (x.Shape[1] != 1 && x.Strides[1] != 1)
        {
            return false;
        }

        nint expected = x.Rank > 2 ? RowStride(x) : x.Strides[0];
        for (int axis = x.Rank - 1; axis >= 0; axis--)
        {
            if (axis == 1 || x.Shape[axis] == 1)
            {
                continue;
            }

            if (x.Strides[axis] != expected)
            {
                return false;
            }

            expected *= x.Shape[axis];
        }

        return true;
    }

    private static nint RowStride(Tensor x)
    {
        for (int axis = x.Rank - 1; axis >= 0; axis--)
        {
            if (axis != 1 && x.Shape[axis] != 1)
            {
                return x.Strides[axis];
            }
        }

        return x.Shape[1];
    }
}

/// <summary>Mean, variance and 1/deviation of each channel of a batch.</summary>
internal sealed class BatchNormStatistics(float[] mean, float[] variance, float[] inverseDeviation, int count)
{
    public float[] Mean { get; } = mean;

    public float[] Variance { get; } = variance;

    public float[] InverseDeviation { get; } = inverseDeviation;

    public int Count { get; } = count;

    /// <summary>The a and b of a·x + b that normalise, scale and shift at once.</summary>
    public void Affine(float[] scale, float[] shift, float[] a, float[] b)
    {
        for (int c = 0; c < a.Length; c++)
        {
            a[c] = scale[c] * InverseDeviation[c];
            b[c] = shift[c] - (Mean[c] * a[c]);
        }
    }
}

/// <summary>Mean and sum of squared deviations from it of each channel, over a growing number of rows.</summary>
/// <remarks>
/// T. F. Chan, G. H. Golub and R. J. LeVeque, "Algorithms for computing the sample variance", The American Statistician 37 (1983):
/// blocks of rows by the corrected two-pass algorithm (equation 1.7), joined by equation 2.1. However far the mean lies from 0, no
/// large numbers are subtracted.
/// </remarks>
internal sealed class ChannelMoments(int channels)
{
    public double Count { get; private set; }

    public double[] Mean { get; } = new double[channels];

    public double[] Squares { get; } = new double[channels];

    /// <summary>Adds rows given by a value near each channel's mean, the sums of deviations from it, and of their squares.</summary>
    public void AddBlock(int rows, float[] sums)
    {
        double share = rows / (Count + rows), weight = Count * share;
        for (int c = 0; c < channels; c++)
        {
            double deviation = sums[channels + c];
            Merge(c, sums[c] + (deviation / rows), sums[(2 * channels) + c] - (deviation * deviation / rows), share, weight);
        }

        Count += rows;
    }

    public void Add(ChannelMoments other)
    {
        double share = other.Count / (Count + other.Count), weight = Count * share;
        for (int c = 0; c < channels; c++)
        {
            Merge(c, other.Mean[c], other.Squares[c], share, weight);
        }

        Count += other.Count;
    }

    /// <summary>Joins each channel with those that repeat it: c with c + channels / joined and so on.</summary>
    public ChannelMoments Folded(int joined)
    {
        if (joined == 1)
        {
            return this;
        }

        int distinct = channels / joined;
        ChannelMoments folded = new(distinct);
        for (int repeat = 0; repeat < joined; repeat++)
        {
            ChannelMoments part = new(distinct) { Count = Count };
            Array.Copy(Mean, repeat * distinct, part.Mean, 0, distinct);
            Array.Copy(Squares, repeat * distinct, part.Squares, 0, distinct);
            folded.Add(part);
        }

        return folded;
    }

    private void Merge(int channel, double mean, double squares, double share, double weight)
    {
        double distance = mean - Mean[channel];
        Mean[channel] += distance * share;
        Squares[channel] += Math.Max(0, squares) + (distance * distance * weight);
    }
}

/// <summary>The passes of batch normalisation over rows of channels, in every vector width.</summary>
internal static unsafe class BatchNormKernels
{
    private const int RowsPerBlock = 256;   // rows summed in float before their sum goes to double
    private const int LeastFloatsPerJob = 16 * 1024;

    public static BatchNormStatistics Measure(Engine engine, ChannelRows x, float epsilon)
    {
        ChannelMoments moments = Moments(engine, x);
        float[] mean = new float[x.Channels], variance = new float[x.Channels], inverse = new float[x.Channels];
        for (int c = 0; c < x.Channels; c++)
        {
            double v = moments.Squares[c] / x.Count;
            mean[c] = (float)moments.Mean[c];
            variance[c] = (float)v;
            inverse[c] = (float)(1 / Math.Sqrt(v + epsilon));
        }

        return new BatchNormStatistics(mean, variance, inverse, x.Count);
    }

    /// <summary>y = rectifier(a·x + b).</summary>
    public static void Apply(Engine engine, ChannelRows x, ChannelRows y, float[] a, float[] b, float slope)
    {
        int joined = x.RowsPerVector == y.RowsPerVector ? x.RowsPerVector : 1;
        (x, y, a, b) = (x.Joined(joined), y.Joined(joined), Repeat(a, joined), Repeat(b, joined));
        int jobs = Jobs(engine, x);
        VectorWidth width = engine.Width;
        engine.Workers.Run(jobs, (job, _) =>
        {
            (int from, int to) = Part(x.Count, job, jobs);
            fixed (float* pa = a, pb = b)
            {
                switch (width)
                {
                    case VectorWidth.Avx512:
                        ApplyRows<Wide512>(x, y, pa, pb, slope, from, to);
                        break;
                    case VectorWidth.Avx2:
                        ApplyRows<Wide256>(x, y, pa, pb, slope, from, to);
                        break;
                    default:
                        ApplyRows<Wide128>(x, y, pa, pb, slope, from, to);
                        break;
                }
            }
        });
    }

    /// <summary>Writes the gradient of x and returns those of scale and shift.</summary>
    public static (float[] Scale, float[] Shift) Backward(
        Engine engine, ChannelRows x, ChannelRows g, ChannelRows dx, BatchNormStatistics statistics, float[] scale, float[] a, float[] b, float slope)
    {
        int channels = x.Channels;
        double[] sums = GradientSums(engine, x, g, statistics.Mean, a, b, slope);
        float[] dScale = new float[channels], dShift = new float[channels];
        float[] kg = new float[channels], kx = new float[channels], k1 = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            // With x̂ = (x − mean)·inv: dx = γ·inv·(g − mean(g) − x̂·mean(g·x̂)), written as kg·g + kx·x + k1.
            double inv = statistics.InverseDeviation[c];
            double sumG = sums[c];
            double sumGx = sums[channels + c] * inv;
            double gain = scale[c] * inv;
            dShift[c] = (float)sumG;
            dScale[c] = (float)sumGx;
            kg[c] = (float)gain;
            kx[c] = (float)(-gain * inv * sumGx / x.Count);
            k1[c] = (float)((-gain * sumG / x.Count) + (gain * inv * statistics.Mean[c] * sumGx / x.Count));
        }

        GradientRows(engine, x, g, dx, a, b, slope, kg, kx, k1);
        return (dScale, dShift);
    }

    /// <summary>Mean and squared deviations of each channel.</summary>
    public static ChannelMoments Moments(Engine engine, ChannelRows x)
    {
        int joined = x.RowsPerVector;
        ChannelRows wide = x.Joined(joined);
        int jobs = Jobs(engine, wide);
        ChannelMoments[] parts = new ChannelMoments[jobs];
        engine.Workers.Run(jobs, (job, _) =>
        {
            (int from, int to) = Part(wide.Count, job, jobs);
            ChannelMoments part = new(wide.Channels);
            float[] block = new float[3 * wide.Channels];
            for (int r = from; r < to; r += RowsPerBlock)
            {
                int end = Math.Min(to, r + RowsPerBlock);
                SumDeviations(engine.Width, wide, r, end, block);
                part.AddBlock(end - r, block);
            }

            parts[job] = part;
        });

        for (int job = 1; job < jobs; job++)
        {
            parts[0].Add(parts[job]);
        }

        return parts[0].Folded(joined);
    }

    /// <summary>Σg and Σg·(x − mean) of each channel, one after the other, g taken behind the rectifier of a·x + b.</summary>
    public static double[] GradientSums(Engine engine, ChannelRows x, ChannelRows g, float[] mean, float[] a, float[] b, float slope)
    {
        int channels = x.Channels, joined = x.RowsPerVector == g.RowsPerVector ? x.RowsPerVector : 1;
        (x, g, mean, a, b) = (x.Joined(joined), g.Joined(joined), Repeat(mean, joined), Repeat(a, joined), Repeat(b, joined));
        return Fold(Reduce(engine, x.Count, x.Channels, (from, to, s) => SumGradientRows(engine.Width, x, g, mean, a, b, slope, from, to, s)), channels, joined);
    }

    /// <summary>dx = kg·g + kx·x + k1, g taken behind the rectifier of a·x + b.</summary>
    public static void GradientRows(
        Engine engine, ChannelRows x, ChannelRows g, ChannelRows dx, float[] a, float[] b, float slope, float[] kg, float[] kx, float[] k1)
    {
        int joined = x.RowsPerVector == g.RowsPerVector && x.RowsPerVector == dx.RowsPerVector ? x.RowsPerVector : 1;
        (x, g, dx) = (x.Joined(joined), g.Joined(joined), dx.Joined(joined));
        (a, b, kg, kx, k1) = (Repeat(a, joined), Repeat(b, joined), Repeat(kg, joined), Repeat(kx, joined), Repeat(k1, joined));
        int jobs = Jobs(engine, x);
        VectorWidth width = engine.Width;
        engine.Workers.Run(jobs, (job, _) =>
        {
            (int from, int to) = Part(x.Count, job, jobs);
            fixed (float* pa = a, pb = b, pg = kg, px = kx, p1 = k1)
            {
                switch (width)
                {
                    case VectorWidth.Avx512:
                        BackwardRows<Wide512>(x, g, dx, pa, pb, slope, pg, px, p1, from, to);
                        break;
                    case VectorWidth.Avx2:
                        BackwardRows<Wide256>(x, g, dx, pa, pb, slope, pg, px, p1, from, to);
                        break;
                    default:
                        BackwardRows<Wide128>(x, g, dx, pa, pb, slope, pg, px, p1, from, to);
                        break;
                }
            }
        });
    }

    private static int Jobs(Engine engine, ChannelRows x) =>
        (int)Math.Clamp((long)x.Count * x.Channels / LeastFloatsPerJob, 1, engine.Workers.Threads * 8);

    private static (int From, int To) Part(int count, int job, int jobs) =>
        ((int)((long)job * count / jobs), (int)((long)(job + 1) * count / jobs));

    private static float[] Repeat(float[] values, int times) =>
        times == 1 ? values : [.. Enumerable.Range(0, values.Length * times).Select(i => values[i % values.Length])];

    /// <summary>Adds up the repeated channels of joined rows.</summary>
    private static double[] Fold(double[] sums, int channels, int joined)
    {
        double[] folded = new double[sums.Length / joined];
        for (int i = 0; i < sums.Length; i++)
        {
            folded[(i / (channels * joined) * channels) + (i % channels)] += sums[i];
        }

        return folded;
    }

    private delegate void RowSums(int from, int to, Span<float> sums);

    /// <summary>Sums over rows: blocks in float, blocks' sums in double, jobs in a fixed order.</summary>
    private static double[] Reduce(Engine engine, int rows, int channels, RowSums sumRows)
    {
        int jobs = (int)Math.Clamp((long)rows * channels / LeastFloatsPerJob, 1, engine.Workers.Threads * 8);
        double[][] parts = new double[jobs][];
        engine.Workers.Run(jobs, (job, _) =>
        {
            (int from, int to) = Part(rows, job, jobs);
            double[] total = new double[2 * channels];
            float[] block = new float[2 * channels];
            for (int r = from; r < to; r += RowsPerBlock)
            {
                Array.Clear(block);
                sumRows(r, Math.Min(to, r + RowsPerBlock), block);
                for (int i = 0; i < total.Length; i++)
                {
                    total[i] += block[i];
                }
            }

            parts[job] = total;
        });

        double[] result = parts[0];
        for (int job = 1; job < jobs; job++)
        {
            for (int i = 0; i < result.Length; i++)
            {
                result[i] += parts[job][i];
            }
        }

        return result;
    }

    private static void SumDeviations(VectorWidth width, ChannelRows x, int from, int to, float[] sums)
    {
        fixed (float* s = sums)
        {
            switch (width)
            {
                case VectorWidth.Avx512:
                    SumDeviations<Wide512>(x, from, to, s);
                    break;
                case VectorWidth.Avx2:
                    SumDeviations<Wide256>(x, from, to, s);
                    break;
                default:
                    SumDeviations<Wide128>(x, from, to, s);
                    break;
            }
        }
    }

    /// <summary>The mean of each channel in float, the sums of the deviations from it, and of their squares.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumDeviations<TV>(ChannelRows x, int from, int to, float* sums)
        where TV : struct, IVector<TV>
    {
        float* last = stackalloc float[RowsPerBlock * TV.Count];
        TV share = TV.Broadcast(1f / (to - from));
        for (int c = 0; c < x.Channels; c += TV.Count)
        {
            int lanes = Math.Min(TV.Count, x.Channels - c);
            float* first = x.Data + (from * x.Stride) + c;
            nint stride = x.Stride;
            if (lanes < TV.Count)
            {
                for (int r = 0; r < to - from; r++)
                {
                    TV.Store(TV.LoadPartial(first + (r * stride), lanes), last + (r * TV.Count));
                }

                first = last;
                stride = TV.Count;
            }

            // Deviations from the first row, then from the mean, while the block is in the first-level cache.
            TV mean = TV.Load(first), s = TV.Zero, q = TV.Zero;
            float* p = first;
            for (int r = from; r < to; r++, p += stride)
            {
                s += TV.Load(p) - mean;
            }

            mean = TV.MultiplyAdd(s, share, mean);
            s = TV.Zero;
            p = first;
            for (int r = from; r < to; r++, p += stride)
            {
                TV d = TV.Load(p) - mean;
                s += d;
                q = TV.MultiplyAdd(d, d, q);
            }

            TV.StorePartial(mean, sums + c, lanes);
            TV.StorePartial(s, sums + x.Channels + c, lanes);
            TV.StorePartial(q, sums + (2 * x.Channels) + c, lanes);
        }
    }

    /// <summary>A slope of 0 is not multiplied with, since 0 · ∞ is not a number.</summary>
    private static void ApplyRows<TV>(ChannelRows x, ChannelRows y, float* a, float* b, float slope, int from, int to)
        where TV : struct, IVector<TV>
    {
        if (slope == 0)
        {
            ApplyRows<TV, Rectifier>(x, y, a, b, slope, from, to);
        }
        else
        {
            ApplyRows<TV, LeakyRectifier>(x, y, a, b, slope, from, to);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ApplyRows<TV, TRectifier>(ChannelRows x, ChannelRows y, float* a, float* b, float slope, int from, int to)
        where TV : struct, IVector<TV>
        where TRectifier : struct, IActivationFunction
    {
        TV s = TV.Broadcast(slope);
        for (int r = from; r < to; r++)
        {
            float* px = x.Data + (r * x.Stride);
            float* py = y.Data + (r * y.Stride);
            int c = 0;
            for (; c <= x.Channels - TV.Count; c += TV.Count)
            {
                TV t = TV.MultiplyAdd(TV.Load(a + c), TV.Load(px + c), TV.Load(b + c));
                TV.Store(TRectifier.Apply(t, s), py + c);
            }

            if (c < x.Channels)
            {
                int lanes = x.Channels - c;
                TV t = TV.MultiplyAdd(TV.LoadPartial(a + c, lanes), TV.LoadPartial(px + c, lanes), TV.LoadPartial(b + c, lanes));
                TV.StorePartial(TRectifier.Apply(t, s), py + c, lanes);
            }
        }
    }

    private static void SumGradientRows(
        VectorWidth width, ChannelRows x, ChannelRows g, float[] mean, float[] a, float[] b, float slope, int from, int to, Span<float> sums)
    {
        fixed (float* s = sums, pm = mean, pa = a, pb = b)
        {
            switch (width)
            {
                case VectorWidth.Avx512:
                    SumGradientRows<Wide512>(x, g, pm, pa, pb, slope, from, to, s, s + x.Channels);
                    break;
                case VectorWidth.Avx2:
                    SumGradientRows<Wide256>(x, g, pm, pa, pb, slope, from, to, s, s + x.Channels);
                    break;
                default:
                    SumGradientRows<Wide128>(x, g, pm, pa, pb, slope, from, to, s, s + x.Channels);
                    break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void SumGradientRows<TV>(
        ChannelRows x, ChannelRows g, float* mean, float* a, float* b, float slope, int from, int to, float* sum, float* products)
        where TV : struct, IVector<TV>
    {
        int c = 0;
        for (; c <= x.Channels - TV.Count; c += TV.Count)
        {
            TV s = TV.Zero, q = TV.Zero, va = TV.Load(a + c), vb = TV.Load(b + c), vm = TV.Load(mean + c), vs = TV.Broadcast(slope);
            float* px = x.Data + (from * x.Stride) + c;
            float* pg = g.Data + (from * g.Stride) + c;
            for (int r = from; r < to; r++, px += x.Stride, pg += g.Stride)
            {
                TV v = TV.Load(px), d = TV.Load(pg);
                d = TV.Select(TV.GreaterThan(TV.MultiplyAdd(va, v, vb), TV.Zero), d, d * vs);
                s += d;
                q = TV.MultiplyAdd(d, v - vm, q);
            }

            TV.Store(s, sum + c);
            TV.Store(q, products + c);
        }

        if (c < x.Channels)
        {
            int lanes = x.Channels - c;
            TV s = TV.Zero, q = TV.Zero, vm = TV.LoadPartial(mean + c, lanes), vs = TV.Broadcast(slope);
            for (int r = from; r < to; r++)
            {
                TV v = TV.LoadPartial(x.Data + (r * x.Stride) + c, lanes), d = TV.LoadPartial(g.Data + (r * g.Stride) + c, lanes);
                TV t = TV.MultiplyAdd(TV.LoadPartial(a + c, lanes), v, TV.LoadPartial(b + c, lanes));
                d = TV.Select(TV.GreaterThan(t, TV.Zero), d, d * vs);
                s += d;
                q = TV.MultiplyAdd(d, v - vm, q);
            }

            TV.StorePartial(s, sum + c, lanes);
            TV.StorePartial(q, products + c, lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRows<TV>(
        ChannelRows x, ChannelRows g, ChannelRows dx, float* a, float* b, float slope, float* kg, float* kx, float* k1, int from, int to)
        where TV : struct, IVector<TV>
    {
        TV vs = TV.Broadcast(slope);
        for (int r = from; r < to; r++)
        {
            float* px = x.Data + (r * x.Stride);
            float* pg = g.Data + (r * g.Stride);
            float* pd = dx.Data + (r * dx.Stride);
            int c = 0;
            for (; c <= x.Channels - TV.Count; c += TV.Count)
            {
                TV v = TV.Load(px + c), d = TV.Load(pg + c);
                d = TV.Select(TV.GreaterThan(TV.MultiplyAdd(TV.Load(a + c), v, TV.Load(b + c)), TV.Zero), d, d * vs);
                TV.Store(TV.MultiplyAdd(TV.Load(kg + c), d, TV.MultiplyAdd(TV.Load(kx + c), v, TV.Load(k1 + c))), pd + c);
            }

            if (c < x.Channels)
            {
                int lanes = x.Channels - c;
                TV v = TV.LoadPartial(px + c, lanes), d = TV.LoadPartial(pg + c, lanes);
                TV t = TV.MultiplyAdd(TV.LoadPartial(a + c, lanes), v, TV.LoadPartial(b + c, lanes));
                d = TV.Select(TV.GreaterThan(t, TV.Zero), d, d * vs);
                TV constant = TV.MultiplyAdd(TV.LoadPartial(kx + c, lanes), v, TV.LoadPartial(k1 + c, lanes));
                TV.StorePartial(TV.MultiplyAdd(TV.LoadPartial(kg + c, lanes), d, constant), pd + c, lanes);
            }
        }
    }
}
