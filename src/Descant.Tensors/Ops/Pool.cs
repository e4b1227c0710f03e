using System.Runtime.CompilerServices;
using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>The largest element of each window of samples, by channel; NaN where the window has one.</summary>
    /// <param name="kernel">Window length.</param>
    /// <param name="stride">From one window to the next; 0 for the window length.</param>
    /// <param name="padding">Positions added on both sides that never win, at most half a window.</param>
    /// <returns>[batch, channels, ⌊(samples + 2·padding − kernel) / stride⌋ + 1].</returns>
    public Tensor MaxPool1d(int kernel, int stride = 0, int padding = 0) => Pool("max_pool1d", PoolWindow.Along(kernel, stride, padding), isMaximum: true);

    /// <summary>The largest element of each square window, by channel; NaN where the window has one.</summary>
    /// <param name="kernel">Window length along both axes.</param>
    /// <param name="stride">From one window to the next; 0 for the window length.</param>
    /// <param name="padding">Positions added on all sides that never win, at most half a window.</param>
    /// <returns>[batch, channels, …], each spatial axis ⌊(size + 2·padding − kernel) / stride⌋ + 1. Of equal elements the first takes the gradient, as in PyTorch.</returns>
    public Tensor MaxPool2d(int kernel, int stride = 0, int padding = 0) => Pool("max_pool2d", PoolWindow.Square(kernel, stride, padding), isMaximum: true);

    /// <summary>The mean of each window of samples, by channel; padding counts as zeros, as in PyTorch.</summary>
    /// <param name="kernel">Window length.</param>
    /// <param name="stride">From one window to the next; 0 for the window length.</param>
    /// <param name="padding">Zeros added on both sides, at most half a window.</param>
    /// <returns>[batch, channels, ⌊(samples + 2·padding − kernel) / stride⌋ + 1].</returns>
    public Tensor AvgPool1d(int kernel, int stride = 0, int padding = 0) => Pool("avg_pool1d", PoolWindow.Along(kernel, stride, padding), isMaximum: false);

    /// <summary>The mean of each square window, by channel; padding counts as zeros, as in PyTorch.</summary>
    /// <param name="kernel">Window length along both axes.</param>
    /// <param name="stride">From one window to the next; 0 for the window length.</param>
    /// <param name="padding">Zeros added on all sides, at most half a window.</param>
    /// <returns>[batch, channels, …], each spatial axis ⌊(size + 2·padding − kernel) / stride⌋ + 1.</returns>
    public Tensor AvgPool2d(int kernel, int stride = 0, int padding = 0) => Pool("avg_pool2d", PoolWindow.Square(kernel, stride, padding), isMaximum: false);

    private Tensor Pool(string operation, PoolWindow window, bool isMaximum)
    {
        int rank = window.KernelHeight == 1 && window.Along1d ? 3 : 4;
        if (Rank != rank)
        {
            throw new ArgumentException($"{operation}: expects {rank} axes, got {this}.");
        }

        if (window.KernelWidth < 1 || window.StrideWidth < 1 || window.PaddingWidth < 0 || window.PaddingWidth > window.KernelWidth / 2)
        {
            throw new ArgumentException($"{operation}: expects a kernel and stride of at least 1 and a padding of at most half the kernel, got {window.KernelWidth}, {window.StrideWidth} and {window.PaddingWidth}.");
        }

        Tensor x = ChannelsLast();
        PoolGrid input = new(x);
        int height = window.Height(input.Height), width = window.Width(input.Width);
        if (height < 1 || width < 1)
        {
            throw new ArgumentException($"{operation}: a window of {window.KernelWidth} does not fit {this} with a padding of {window.PaddingWidth}.");
        }

        int[] shape = rank == 3 ? [_shape[0], _shape[1], width] : [_shape[0], _shape[1], height, width];
        Tensor y = Engine.Allocate(shape, Layout.ChannelsLast(shape));
        PoolKernels.Forward(Engine, input, new PoolGrid(y), window, isMaximum);
        return Engine.Record(y, [this], g =>
        {
            Tensor gradient = g.ChannelsLast();
            Tensor dx = g.Engine.Allocate(x.Shape, Layout.ChannelsLast(x.Shape));
            dx.DenseSpan().Clear();
            PoolKernels.Backward(g.Engine, new PoolGrid(x), new PoolGrid(y), new PoolGrid(gradient), new PoolGrid(dx), window, isMaximum);
            return [dx];
        });
    }
}

/// <summary>Size, distance and padding of pooling windows along both spatial axes.</summary>
internal readonly record struct PoolWindow(int KernelHeight, int KernelWidth, int StrideHeight, int StrideWidth, int PaddingHeight, int PaddingWidth, bool Along1d)
{
    public static PoolWindow Square(int kernel, int stride, int padding)
    {
        int step = stride == 0 ? kernel : stride;
        return new PoolWindow(kernel, kernel, step, step, padding, padding, Along1d: false);
    }

    public static PoolWindow Along(int kernel, int stride, int padding) => new(1, kernel, 1, stride == 0 ? kernel : stride, 0, padding, Along1d: true);

    public int Height(int input) => Steps(input, KernelHeight, StrideHeight, PaddingHeight);

    public int Width(int input) => Steps(input, KernelWidth, StrideWidth, PaddingWidth);

    private static int Steps(int input, int kernel, int stride, int padding) =>
        input + (2L * padding) < kernel ? 0 : (int)((input + (2L * padding) - kernel) / stride) + 1;
}

/// <summary>A tensor whose channels lie side by side, with its strides; one sample axis counts as a height of 1.</summary>
internal readonly unsafe struct PoolGrid(Tensor x)
{
    public readonly float* Data = x.Pointer();
    public readonly int Batch = x.Shape[0];
    public readonly int Channels = x.Shape[1];
    public readonly int Height = x.Rank == 4 ? x.Shape[2] : 1;
    public readonly int Width = x.Shape[^1];

    /// <summary>From one column to the next.</summary>
    public readonly nint ColumnStride = x.Strides[^1];

    private readonly nint _batchStride = x.Strides[0];
    private readonly nint _rowStride = x.Rank == 4 ? x.Strides[2] : 0;
    /// <summary>Rows and columns of all batch entries, counted on.</summary>
    public int Positions => Batch * Height * Width;

    /// <summary>The first position of a job.</summary>
    public int First(int job, int jobs) => (int)((long)job * Positions / jobs);

    public (int Batch, int Row, int Column) Place(int position) => (position / (Height * Width), position / Width % Height, position % Width);

    public float* At(int batch, int row, int column) => Data + (batch * _batchStride) + (row * _rowStride) + (column * ColumnStride);
}

/// <summary>Pooling over channels-last memory: each vector holds neighbouring channels of one position, so no lane ever mixes positions.</summary>
internal static unsafe class PoolKernels
{
    private const int LeastFloatsPerJob = 16 * 1024;

    public static void Forward(Engine engine, PoolGrid x, PoolGrid y, PoolWindow window, bool isMaximum)
    {
        VectorWidth width = engine.Width;
        int jobs = Jobs(engine, y, window);
        engine.Workers.Run(jobs, (job, _) =>
        {
            (int from, int to) = (y.First(job, jobs), y.First(job + 1, jobs));
            switch (width)
            {
                case VectorWidth.Avx512:
                    Forward<Wide512>(x, y, window, isMaximum, from, to);
                    break;
                case VectorWidth.Avx2:
                    Forward<Wide256>(x, y, window, isMaximum, from, to);
                    break;
                default:
                    Forward<Wide128>(x, y, window, isMaximum, from, to);
                    break;
            }
        });
    }

    /// <summary>Adds to <paramref name="dx"/>, which holds zeros.</summary>
    public static void Backward(Engine engine, PoolGrid x, PoolGrid y, PoolGrid g, PoolGrid dx, PoolWindow window, bool isMaximum)
    {
        // Windows that overlap write to the same places of dx: those of one batch entry stay in one job, in order.
        bool overlaps = window.StrideHeight < window.KernelHeight || window.StrideWidth < window.KernelWidth;
        VectorWidth width = engine.Width;
        int jobs = overlaps ? y.Batch : Jobs(engine, y, window);
        engine.Workers.Run(jobs, (job, _) =>
        {
            (int from, int to) = (y.First(job, jobs), y.First(job + 1, jobs));
            switch (width)
            {
                case VectorWidth.Avx512:
                    Backward<Wide512>(x, y, g, dx, window, isMaximum, from, to);
                    break;
                case VectorWidth.Avx2:
                    Backward<Wide256>(x, y, g, dx, window, isMaximum, from, to);
                    break;
                default:
                    Backward<Wide128>(x, y, g, dx, window, isMaximum, from, to);
                    break;
            }
        });
    }

    private static int Jobs(Engine engine, PoolGrid y, PoolWindow window) => (int)Math.Clamp(
        (long)y.Positions * y.Channels * window.KernelHeight * window.KernelWidth / LeastFloatsPerJob, 1, Math.Max(1, Math.Min(y.Positions, engine.Workers.Threads * 8)));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Forward<TV>(PoolGrid x, PoolGrid y, PoolWindow window, bool isMaximum, int from, int to)
        where TV : struct, IVector<TV>
    {
        TV share = TV.Broadcast(1f / ((float)window.KernelHeight * window.KernelWidth));
        for (int position = from; position < to; position++)
        {
            (int n, int row, int column) = y.Place(position);
            (int top, int bottom) = Extent(row, window.StrideHeight, window.PaddingHeight, window.KernelHeight, x.Height);
            (int left, int right) = Extent(column, window.StrideWidth, window.PaddingWidth, window.KernelWidth, x.Width);
            float* result = y.At(n, row, column);
            for (int c = 0; c < y.Channels; c += TV.Count)
            {
                int lanes = y.Channels - c;
                TV value = isMaximum ? TV.Broadcast(float.NegativeInfinity) : TV.Zero;
                for (int h = top; h < bottom; h++)
                {
                    float* source = x.At(n, h, left) + c;
                    int w = left;
                    if (isMaximum && lanes >= TV.Count)
                    {
                        for (; w < right; w++, source += x.ColumnStride)
                        {
                            value = VectorMath.MaxOrNaN(value, TV.Load(source));
                        }
                    }

                    for (; w < right; w++, source += x.ColumnStride)
                    {
                        TV element = Load<TV>(source, lanes);
                        value = isMaximum ? VectorMath.MaxOrNaN(value, element) : value + element;
                    }
                }

                Store(isMaximum ? value : value * share, result + c, lanes);
            }
        }
    }

    private static void Backward<TV>(PoolGrid x, PoolGrid y, PoolGrid g, PoolGrid dx, PoolWindow window, bool isMaximum, int from, int to)
        where TV : struct, IVector<TV>
    {
        TV share = TV.Broadcast(1f / ((float)window.KernelHeight * window.KernelWidth));
        for (int position = from; position < to; position++)
        {
            (int n, int row, int column) = y.Place(position);
            (int top, int bottom) = Extent(row, window.StrideHeight, window.PaddingHeight, window.KernelHeight, x.Height);
            (int left, int right) = Extent(column, window.StrideWidth, window.PaddingWidth, window.KernelWidth, x.Width);
            for (int c = 0; c < y.Channels; c += TV.Count)
            {
                int lanes = y.Channels - c;
                TV gradient = Load<TV>(g.At(n, row, column) + c, lanes);
                TV largest = Load<TV>(y.At(n, row, column) + c, lanes);
                for (int h = top; h < bottom; h++)
                {
                    for (int w = left; w < right; w++)
                    {
                        float* target = dx.At(n, h, w) + c;
                        TV old = Load<TV>(target, lanes);
                        if (!isMaximum)
                        {
                            Store(TV.MultiplyAdd(gradient, share, old), target, lanes);
                            continue;
                        }

                        // The first element that equals the maximum takes the whole gradient and leaves zero to the others.
                        TV wins = TV.EqualTo(Load<TV>(x.At(n, h, w) + c, lanes), largest);
                        Store(old + TV.Select(wins, gradient, TV.Zero), target, lanes);
                        gradient = TV.Select(wins, TV.Zero, gradient);
                    }
                }
            }
        }
    }

    /// <summary>The part of a window that lies inside the input.</summary>
    private static (int From, int To) Extent(int step, int stride, int padding, int kernel, int size)
    {
        int start = (step * stride) - padding;
        return (Math.Max(0, start), Math.Min(size, start + kernel));
    }

    private static TV Load<TV>(float* source, int lanes)
        where TV : struct, IVector<TV> => lanes >= TV.Count ? TV.Load(source) : TV.LoadPartial(source, lanes);

    private static void Store<TV>(TV value, float* target, int lanes)
        where TV : struct, IVector<TV>
    {
        if (lanes >= TV.Count)
        {
            TV.Store(value, target);
        }
        else
        {
            TV.StorePartial(value, target, lanes);
        }
    }
}
