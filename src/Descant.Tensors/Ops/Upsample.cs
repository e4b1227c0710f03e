using System.Runtime.CompilerServices;
using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed unsafe partial class Tensor
{
    /// <summary>One axis stretched by repeating its elements: element i is the input's ⌊i · size / length⌋.</summary>
    /// <param name="axis">The axis; negative counts from the end.</param>
    /// <param name="length">Its new length.</param>
    public Tensor UpsampleNearest(int axis, int length) => Interpolate("upsample_nearest", axis, length, Interpolation.Nearest);

    /// <summary>One axis resampled by straight lines between its elements; for two axes, apply it to each.</summary>
    /// <param name="axis">The axis; negative counts from the end.</param>
    /// <param name="length">Its new length.</param>
    /// <param name="alignCorners">
    /// True maps the first and last elements onto each other; false maps the axis' outer edges (each element covers a unit interval), and holds
    /// the end values beyond the first and last centres. PyTorch's option of this name.
    /// </param>
    public Tensor UpsampleLinear(int axis, int length, bool alignCorners) =>
        Interpolate("upsample_linear", axis, length, (from, to) => Interpolation.Linear(from, to, alignCorners));

    private Tensor Interpolate(string operation, int axis, int length, Func<int, int, Interpolation> table)
    {
        int a = Axis(axis);
        if (length < 1 || _shape[a] < 1)
        {
            throw new ArgumentException($"{operation}: expects a length of at least 1 from an axis that is not empty, got {length} from axis {a} of {this}.");
        }

        int[] shape = [.. _shape];
        shape[a] = Layout.Size(operation, $"axis {a} of {this} at length {length}", length);
        Interpolation interpolation = table(_shape[a], length);

        // Convolutional activations keep their channels innermost, so that a step of the axis is a run of channels.
        bool keepsChannelsLast = Rank > 2 && a > 1 && IsContiguousAs(Layout.ChannelsLast(_shape));
        int[] Strides(ReadOnlySpan<int> sizes) => keepsChannelsLast ? Layout.ChannelsLast(sizes) : Layout.RowMajor(sizes);
        int inner = keepsChannelsLast ? _shape[1] : 1;
        foreach (int size in _shape.AsSpan((a + 1)..))
        {
            inner *= size;
        }

        Tensor x = WithStrides(Strides(_shape));
        Tensor y = Engine.Allocate(shape, Strides(shape));
        interpolation.Apply(Engine, x.Pointer(), y.Pointer(), y.ElementCount, inner);
        return Engine.Record(y, [this], g =>
        {
            Tensor dx = g.Engine.Allocate(_shape, Strides(_shape));
            interpolation.ApplyTransposed(g.Engine, g.WithStrides(Strides(shape)).Pointer(), dx.Pointer(), dx.ElementCount, inner);
            return [dx];
        });
    }

    /// <summary>The same values in the given dense memory order, copied only when they lie otherwise.</summary>
    private Tensor WithStrides(int[] strides)
    {
        if (IsContiguousAs(strides))
        {
            return this;
        }

        Tensor copy = Engine.Allocate(_shape, strides);
        CopyInto(copy);
        return copy;
    }
}

/// <summary>For each element of a stretched axis, the two elements it lies between and how far.</summary>
internal sealed unsafe class Interpolation
{
    private const int LeastFloatsPerJob = 16 * 1024;

    private readonly int _inputs;
    private readonly int[] _left;
    private readonly float[] _weight;   // of the right neighbour, _left + 1; 0 where there is none
    private readonly int[] _firstOutput;

    private Interpolation(int inputs, int[] left, float[] weight)
    {
        (_inputs, _left, _weight) = (inputs, left, weight);

        // Outputs that involve input j lie between the first whose left neighbour is j − 1 or more and the first whose left is more than j.
        _firstOutput = new int[inputs + 2];
        for (int j = 0, i = 0; j < _firstOutput.Length; j++)
        {
            while (i < left.Length && left[i] < j)
            {
                i++;
            }

            _firstOutput[j] = i;
        }
    }

    public static Interpolation Nearest(int inputs, int outputs) =>
        new(inputs, [.. Enumerable.Range(0, outputs).Select(i => (int)((long)i * inputs / outputs))], new float[outputs]);

    public static Interpolation Linear(int inputs, int outputs, bool alignCorners)
    {
        int[] left = new int[outputs];
        float[] weight = new float[outputs];
        for (int i = 0; i < outputs; i++)
        {
            double position = alignCorners
                ? outputs == 1 ? 0 : (double)i * (inputs - 1) / (outputs - 1)
                : Math.Max(0, ((i + 0.5) * inputs / outputs) - 0.5);
            left[i] = Math.Min((int)position, inputs - 1);
            weight[i] = left[i] + 1 < inputs ? (float)(position - left[i]) : 0;
        }

        return new Interpolation(inputs, left, weight);
    }

    /// <summary>y[o, i, :] = (1 − w) · x[o, left, :] + w · x[o, left + 1, :], with <paramref name="inner"/> floats behind each step.</summary>
    public void Apply(Engine engine, float* x, float* y, int elements, int inner)
    {
        int outputs = _left.Length;
        ForRows(engine, elements / Math.Max(1, inner), inner, (from, to) =>
        {
            for (int row = from; row < to; row++)
            {
                int i = row % outputs;
                float* a = x + ((((nint)(row / outputs) * _inputs) + _left[i]) * inner);
                Blend(engine.Width, y + ((nint)row * inner), a, 1 - _weight[i], _weight[i] == 0 ? a : a + inner, _weight[i], inner, accumulate: false);
            }
        });
    }

    /// <summary>dx[o, j, :] = Σ over the outputs i that use input j of its weight there · g[o, i, :], in the order of i.</summary>
    public void ApplyTransposed(Engine engine, float* g, float* dx, int elements, int inner)
    {
        int outputs = _left.Length;
        ForRows(engine, elements / Math.Max(1, inner), inner, (from, to) =>
        {
            for (int row = from; row < to; row++)
            {
                int j = row % _inputs;
                float* target = dx + ((nint)row * inner);
                float* gradients = g + ((nint)(row / _inputs) * outputs * inner);
                new Span<float>(target, inner).Clear();
                for (int i = _firstOutput[Math.Max(0, j - 1)]; i < _firstOutput[j + 1]; i++)
                {
                    float weight = _left[i] == j ? 1 - _weight[i] : _weight[i];
                    if (weight != 0)
                    {
                        Blend(engine.Width, target, gradients + ((nint)i * inner), weight, gradients, 0, inner, accumulate: true);
                    }
                }
            }
        });
    }

    private static void ForRows(Engine engine, int rows, int inner, Action<int, int> body)
    {
        if (rows == 0)
        {
            return;
        }

        int jobs = (int)Math.Clamp((long)rows * inner / LeastFloatsPerJob, 1, Math.Min(rows, engine.Workers.Threads * 8));
        engine.Workers.Run(jobs, (job, _) => body((int)((long)job * rows / jobs), (int)((long)(job + 1) * rows / jobs)));
    }

    private static void Blend(VectorWidth width, float* y, float* a, float wa, float* b, float wb, int n, bool accumulate)
    {
        if (n < 4)
        {
            for (int i = 0; i < n; i++)
            {
                float blended = wb == 0 ? wa * a[i] : (wa * a[i]) + (wb * b[i]);
                y[i] = accumulate ? y[i] + blended : blended;
            }

            return;
        }

        switch (width)
        {
            case VectorWidth.Avx512:
                Blend<Wide512>(y, a, wa, b, wb, n, accumulate);
                break;
            case VectorWidth.Avx2:
                Blend<Wide256>(y, a, wa, b, wb, n, accumulate);
                break;
            default:
                Blend<Wide128>(y, a, wa, b, wb, n, accumulate);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Blend<TV>(float* y, float* a, float wa, float* b, float wb, int n, bool accumulate)
        where TV : struct, IVector<TV>
    {
        TV va = TV.Broadcast(wa), vb = TV.Broadcast(wb);
        for (int i = 0; i < n; i += TV.Count)
        {
            int lanes = Math.Min(TV.Count, n - i);
            TV value = va * TV.LoadPartial(a + i, lanes);
            value = wb == 0 ? value : TV.MultiplyAdd(vb, TV.LoadPartial(b + i, lanes), value);
            value = accumulate ? value + TV.LoadPartial(y + i, lanes) : value;
            TV.StorePartial(value, y + i, lanes);
        }
    }
}
