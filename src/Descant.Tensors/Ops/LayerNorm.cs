using System.Runtime.CompilerServices;
using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>Normalises the last axes of each entry by their mean and variance, then scales and shifts each element.</summary>
    /// <param name="scale">γ; its shape says how many last axes are normalised together.</param>
    /// <param name="shift">β, the same shape.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <returns>Same shape.</returns>
    /// <remarks>Ba et al., "Layer normalization", 2016, equation 4; biased variance, as in PyTorch.</remarks>
    public unsafe Tensor LayerNorm(Tensor scale, Tensor shift, float epsilon)
    {
        int rank = scale.Rank;
        if (rank < 1 || rank > Rank || !scale.Shape.SequenceEqual(Shape[(Rank - rank)..]) || !scale.Shape.SequenceEqual(shift.Shape))
        {
            throw new ArgumentException($"layer_norm: expects the last axes of {this} to be the shape of scale and shift, got {scale} and {shift}.");
        }

        int length = scale.ElementCount, rows = length == 0 ? 0 : ElementCount / length;
        Tensor x = AsRowMajor(), gamma = scale.AsRowMajor(), beta = shift.AsRowMajor();
        Tensor y = Engine.Of(this, scale, shift).Allocate(_shape);
        float[] means = new float[rows], inverses = new float[rows];
        LayerNormKernels.Forward(y.Engine, new LayerRows(x.Pointer(), gamma.Pointer(), beta.Pointer(), rows, length), y.Pointer(), means, inverses, epsilon);
        return Engine.Record(y, [this, scale, shift], g =>
        {
            Tensor gradient = g.AsRowMajor();
            Tensor dx = g.Engine.Allocate(_shape), dScale = g.Engine.Zeros(scale.Shape), dShift = g.Engine.Zeros(scale.Shape);
            LayerNormKernels.Backward(
                g.Engine, new LayerRows(x.Pointer(), gamma.Pointer(), null, rows, length), gradient.Pointer(), dx.Pointer(), dScale.Pointer(), dShift.Pointer(), means, inverses);
            return [dx, dScale, dShift];
        });
    }
}

/// <summary>The operands of layer normalisation: rows of one length that lie one after another.</summary>
internal readonly unsafe struct LayerRows(float* x, float* scale, float* shift, int count, int length)
{
    public readonly float* X = x;
    public readonly float* Scale = scale;
    public readonly float* Shift = shift;
    public readonly int Count = count;
    public readonly int Length = length;
}

/// <summary>Layer normalisation in every vector width: each row in two passes (mean, then squared deviations), so a large mean costs no precision.</summary>
internal static unsafe class LayerNormKernels
{
    private const int LeastFloatsPerJob = 16 * 1024;

    public static void Forward(Engine engine, LayerRows rows, float* y, float[] means, float[] inverses, float epsilon)
    {
        VectorWidth width = engine.Width;
        int jobs = Jobs(engine, rows);
        engine.Workers.Run(jobs, (job, _) =>
        {
            for (int r = From(rows, job, jobs); r < From(rows, job + 1, jobs); r++)
            {
                switch (width)
                {
                    case VectorWidth.Avx512:
                        ForwardRow<Wide512>(rows, y, r, means, inverses, epsilon);
                        break;
                    case VectorWidth.Avx2:
                        ForwardRow<Wide256>(rows, y, r, means, inverses, epsilon);
                        break;
                    default:
                        ForwardRow<Wide128>(rows, y, r, means, inverses, epsilon);
                        break;
                }
            }
        });
    }

    /// <summary>Writes dx and adds to <paramref name="dScale"/> and <paramref name="dShift"/>, rows in order within a job and jobs in order.</summary>
    public static void Backward(Engine engine, LayerRows rows, float* g, float* dx, float* dScale, float* dShift, float[] means, float[] inverses)
    {
        VectorWidth width = engine.Width;
        int jobs = Jobs(engine, rows), length = rows.Length;
        float[][] sums = new float[jobs][];
        engine.Workers.Run(jobs, (job, _) =>
        {
            float[] own = sums[job] = new float[2 * length];
            fixed (float* s = own)
            {
                for (int r = From(rows, job, jobs); r < From(rows, job + 1, jobs); r++)
                {
                    switch (width)
                    {
                        case VectorWidth.Avx512:
                            BackwardRow<Wide512>(rows, g, dx, s, s + length, r, means[r], inverses[r]);
                            break;
                        case VectorWidth.Avx2:
                            BackwardRow<Wide256>(rows, g, dx, s, s + length, r, means[r], inverses[r]);
                            break;
                        default:
                            BackwardRow<Wide128>(rows, g, dx, s, s + length, r, means[r], inverses[r]);
                            break;
                    }
                }
            }
        });
        foreach (float[] own in sums)
        {
            for (int i = 0; i < length; i++)
            {
                dScale[i] += own[i];
                dShift[i] += own[length + i];
            }
        }
    }

    private static int Jobs(Engine engine, LayerRows rows) =>
        (int)Math.Clamp((long)rows.Count * rows.Length / LeastFloatsPerJob, 1, Math.Max(1, Math.Min(rows.Count, engine.Workers.Threads * 4)));

    private static int From(LayerRows rows, int job, int jobs) => (int)((long)job * rows.Count / jobs);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardRow<TV>(LayerRows rows, float* y, int row, float[] means, float[] inverses, float epsilon)
        where TV : struct, IVector<TV>
    {
        int n = rows.Length;
        float* x = rows.X + ((nint)row * n);
        float* target = y + ((nint)row * n);
        TV sum = TV.Zero;
        for (int i = 0; i < n; i += TV.Count)
        {
            sum += TV.LoadPartial(x + i, Math.Min(TV.Count, n - i));
        }

        float mean = TV.Sum(sum) / n;
        TV squares = TV.Zero, m = TV.Broadcast(mean);
        int whole = n - (n % TV.Count);
        for (int i = 0; i < whole; i += TV.Count)
        {
            TV d = TV.Load(x + i) - m;
            squares = TV.MultiplyAdd(d, d, squares);
        }

        float variance = TV.Sum(squares);
        for (int i = whole; i < n; i++)
        {
            variance += (x[i] - mean) * (x[i] - mean);
        }

        float inverse = 1 / MathF.Sqrt((variance / n) + epsilon);
        (means[row], inverses[row]) = (mean, inverse);
        TV scale = TV.Broadcast(inverse);
        for (int i = 0; i < n; i += TV.Count)
        {
            int lanes = Math.Min(TV.Count, n - i);
            TV normal = (TV.LoadPartial(x + i, lanes) - m) * scale;
            TV.StorePartial(TV.MultiplyAdd(normal, TV.LoadPartial(rows.Scale + i, lanes), TV.LoadPartial(rows.Shift + i, lanes)), target + i, lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRow<TV>(LayerRows rows, float* gradients, float* results, float* dScale, float* dShift, int row, float mean, float inverse)
        where TV : struct, IVector<TV>
    {
        int n = rows.Length;
        float* x = rows.X + ((nint)row * n);
        float* g = gradients + ((nint)row * n);
        float* dx = results + ((nint)row * n);
        TV m = TV.Broadcast(mean), inv = TV.Broadcast(inverse), sumH = TV.Zero, sumHx = TV.Zero;
        for (int i = 0; i < n; i += TV.Count)
        {
            int lanes = Math.Min(TV.Count, n - i);
            TV d = TV.LoadPartial(g + i, lanes), normal = (TV.LoadPartial(x + i, lanes) - m) * inv;
            TV h = d * TV.LoadPartial(rows.Scale + i, lanes);   // zero beyond the row, so the tail adds nothing
            sumH += h;
            sumHx = TV.MultiplyAdd(h, normal, sumHx);
            TV.StorePartial(TV.MultiplyAdd(d, normal, TV.LoadPartial(dScale + i, lanes)), dScale + i, lanes);
            TV.StorePartial(d + TV.LoadPartial(dShift + i, lanes), dShift + i, lanes);
        }

        TV meanH = TV.Broadcast(TV.Sum(sumH) / n), meanHx = TV.Broadcast(TV.Sum(sumHx) / n);
        for (int i = 0; i < n; i += TV.Count)
        {
            int lanes = Math.Min(TV.Count, n - i);
            TV normal = (TV.LoadPartial(x + i, lanes) - m) * inv;
            TV h = TV.LoadPartial(g + i, lanes) * TV.LoadPartial(rows.Scale + i, lanes);
            TV.StorePartial((h - meanH - (normal * meanHx)) * inv, dx + i, lanes);
        }
    }
}
