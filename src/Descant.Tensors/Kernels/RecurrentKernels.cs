using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>
/// Recurrent layers over whole sequences. The input's share of the gates is one large product that the caller has done before; what is
/// left per step is the hidden state times a weight that stays in a core's second-level cache, and the cell.
/// </summary>
/// <remarks>
/// A job is one direction of some batch entries over all frames: directions and batch entries do not depend on each other, so nothing
/// waits within a sequence. The sum of every product has one order, whatever the number of threads.
/// </remarks>
internal static unsafe class RecurrentKernels
{
    // Batch entries below which splitting a direction among threads makes its tiles too low to be fast.
    private const int LeastRowsPerJob = 4;

    // Rows of the weight per sweep of the backward product: 256 rows of a panel are 32 KiB, which stay in the first-level cache
    // while all batch entries use them.
    private const int DepthBlock = 256;

    // Rows of scratch memory are a cache line longer than a power of two could be, so that they do not share cache sets.
    private const int Gap = 16;

    private const int SlotProducts = 0;
    private const int SlotHidden = 1;
    private const int SlotCell = 2;

    /// <summary>Runs the sequences forward.</summary>
    public static void Forward<TCell>(WorkerPool pool, VectorWidth width, RecurrentPass[] passes)
        where TCell : struct, IRecurrentCell => Dispatch<TCell>(pool, width, passes, isBackward: false);

    /// <summary>Runs them backward, from gradients of the outputs to gradients of the gates.</summary>
    public static void Backward<TCell>(WorkerPool pool, VectorWidth width, RecurrentPass[] passes)
        where TCell : struct, IRecurrentCell => Dispatch<TCell>(pool, width, passes, isBackward: true);

    private static void Dispatch<TCell>(WorkerPool pool, VectorWidth width, RecurrentPass[] passes, bool isBackward)
        where TCell : struct, IRecurrentCell
    {
        switch (width)
        {
            case VectorWidth.Avx512:
                Run<Wide512, TCell>(pool, passes, isBackward);
                break;
            case VectorWidth.Avx2:
                Run<Wide256, TCell>(pool, passes, isBackward);
                break;
            default:
                Run<Wide128, TCell>(pool, passes, isBackward);
                break;
        }
    }

    private static void Run<TV, TCell>(WorkerPool pool, RecurrentPass[] passes, bool isBackward)
        where TV : struct, IVector<TV>
        where TCell : struct, IRecurrentCell
    {
        int batch = passes[0].Batch;
        int parts = Math.Clamp(pool.Threads / passes.Length, 1, Math.Max(1, batch / LeastRowsPerJob));
        pool.Run(passes.Length * parts, (job, worker) =>
        {
            RecurrentPass pass = passes[job % passes.Length];
            int part = job / passes.Length;
            int first = part * batch / parts, end = (part + 1) * batch / parts;
            if (isBackward)
            {
                BackwardRows<TV, TCell>(pool.Scratch(worker), pass, first, end - first);
            }
            else
            {
                ForwardRows<TV, TCell>(pool.Scratch(worker), pass, first, end - first);
            }
        });
    }

    /// <summary>All frames of <paramref name="rows"/> batch entries.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ForwardRows<TV, TCell>(ScratchBuffers scratch, RecurrentPass pass, int first, int rows)
        where TV : struct, IVector<TV>
        where TCell : struct, IRecurrentCell
    {
        int units = pass.Units, gates = TCell.Gates * units;
        nint productStride = Padded<TV>(gates), stateStride = Padded<TV>(units);
        float* products = scratch.Get(SlotProducts, rows * productStride);
        float* hidden = scratch.Get(SlotHidden, rows * stateStride);
        float* cell = scratch.Get(SlotCell, rows * stateStride);
        Start(hidden, stateStride, pass.InitialHidden, first, rows, units);
        Start(cell, stateStride, pass.InitialCell, first, rows, units);
        for (int step = 0; step < pass.Frames; step++)
        {
            Product<TV>(hidden, stateStride, rows, pass.Batch, pass.Weight, products, productStride, carries: false, step % 2 == 1);
            nint row = ((nint)pass.FrameAt(step) * pass.Batch) + first;
            for (int r = 0; r < rows; r++, row++)
            {
                TCell.Forward<TV>(
                    units, products + (r * productStride), pass.Gates + (row * gates), pass.InnerBias, hidden + (r * stateStride),
                    cell + (r * stateStride), pass.Kept is null ? null : pass.Kept + (row * units), pass.Output + (row * pass.OutputStride));
            }
        }

        if (pass.FinalCell is not null)
        {
            Copy(cell, stateStride, pass.FinalCell + (first * pass.FinalCellStride), pass.FinalCellStride, rows, units);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BackwardRows<TV, TCell>(ScratchBuffers scratch, RecurrentPass pass, int first, int rows)
        where TV : struct, IVector<TV>
        where TCell : struct, IRecurrentCell
    {
        int units = pass.Units, gates = TCell.Gates * units;
        nint productStride = Padded<TV>(gates), stateStride = Padded<TV>(units);
        float* products = scratch.Get(SlotProducts, rows * productStride);
        float* hidden = scratch.Get(SlotHidden, rows * stateStride);
        float* cell = scratch.Get(SlotCell, rows * stateStride);
        new Span<float>(hidden, (int)(rows * stateStride)).Clear();
        new Span<float>(cell, (int)(rows * stateStride)).Clear();
        if (pass.FinalCellGradient is not null)
        {
            Copy(pass.FinalCellGradient + (first * pass.FinalCellStride), pass.FinalCellStride, cell, stateStride, rows, units);
        }

        for (int step = pass.Frames - 1; step >= 0; step--)
        {
            nint row = ((nint)pass.FrameAt(step) * pass.Batch) + first;
            nint previous = step == 0 ? first : ((nint)pass.FrameAt(step - 1) * pass.Batch) + first;
            float* previousKept = step == 0 ? pass.InitialCell : pass.Kept;
            float* previousOutput = step == 0 ? pass.InitialHidden : pass.Output;
            nint previousStride = step == 0 ? units : pass.OutputStride;
            for (int r = 0; r < rows; r++, row++, previous++)
            {
                TCell.Backward<TV>(
                    units, pass.Gates + (row * gates), pass.Kept + (row * units),
                    previousKept is null ? null : previousKept + (previous * units),
                    previousOutput is null ? null : previousOutput + (previous * previousStride),
                    pass.OutputGradient + (row * pass.OutputStride), hidden + (r * stateStride), cell + (r * stateStride),
                    products + (r * productStride));
            }

            Product<TV>(products, productStride, rows, pass.Batch, pass.Weight, hidden, stateStride, TCell.CarriesHidden, step % 2 == 1);
        }

        if (pass.InitialHiddenGradient is not null)
        {
            Copy(hidden, stateStride, pass.InitialHiddenGradient + ((nint)first * units), units, rows, units);
        }

        if (pass.InitialCellGradient is not null)
        {
            Copy(cell, stateStride, pass.InitialCellGradient + ((nint)first * units), units, rows, units);
        }
    }

    /// <summary>c (+)= a · weight. Whole panels of c are written, whose columns beyond the weight's become 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Product<TV>(
        float* a, nint aStride, int rows, int batch, PackedMatrix weight, float* c, nint cStride, bool carries, bool descending)
        where TV : struct, IVector<TV>
    {
        if (batch == 1)
        {
            VectorProduct<TV>(a, weight, c, carries, descending);
            return;
        }

        int depth = weight.Rows, panels = Panels<TV>.CountFor(weight.Columns);
        int blocks = (depth + DepthBlock - 1) / DepthBlock;
        int tiles = (rows + TV.TileRows - 1) / TV.TileRows;
        for (int block = 0; block < blocks; block++)
        {
            int k = (int)((long)block * depth / blocks), length = (int)((block + 1L) * depth / blocks) - k;
            for (int panel = 0; panel < panels; panel++)
            {
                float* b = Panels<TV>.At(weight.Data, depth, weight.Columns, panel, k);
                for (int tile = 0; tile < tiles; tile++)
                {
                    int row = tile * rows / tiles;
                    MicroKernels.Strided<TV>(
                        ((tile + 1) * rows / tiles) - row, Panels<TV>.Vectors(weight.Columns, panel), length, a + (row * aStride) + k, aStride,
                        1, 0, 1, 0, b, c + (row * cStride) + (panel * Panels<TV>.Width), cStride, carries || block > 0);
                }
            }
        }
    }

    /// <summary>
    /// One row times the weight: bound by the second-level cache, which the weight streams from, with four rows of it under way to
    /// hide the latency of the additions. Every other step goes through the panels backwards: where the cache is a little too small
    /// for the weight, most of it is then still there.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void VectorProduct<TV>(float* a, PackedMatrix weight, float* products, bool carries, bool descending)
        where TV : struct, IVector<TV>
    {
        int depth = weight.Rows, panels = Panels<TV>.CountFor(weight.Columns);
        for (int i = 0; i < panels; i++)
        {
            int panel = descending ? panels - 1 - i : i;
            float* b = Panels<TV>.At(weight.Data, depth, weight.Columns, panel, 0);
            float* c = products + (panel * Panels<TV>.Width);
            if (Panels<TV>.Vectors(weight.Columns, panel) == 1)
            {
                MicroKernels.Strided<TV>(1, 1, depth, a, 0, 1, 0, 1, 0, b, c, 0, carries);
                continue;
            }

            TV p0 = TV.Zero, p1 = TV.Zero, p2 = TV.Zero, p3 = TV.Zero, q0 = TV.Zero, q1 = TV.Zero, q2 = TV.Zero, q3 = TV.Zero;
            int k = 0;
            for (; k <= depth - 4; k += 4, b += 8 * TV.Count)
            {
                TV a0 = TV.Broadcast(a[k]), a1 = TV.Broadcast(a[k + 1]), a2 = TV.Broadcast(a[k + 2]), a3 = TV.Broadcast(a[k + 3]);
                p0 = TV.MultiplyAdd(a0, TV.Load(b), p0);
                q0 = TV.MultiplyAdd(a0, TV.Load(b + TV.Count), q0);
                p1 = TV.MultiplyAdd(a1, TV.Load(b + (2 * TV.Count)), p1);
                q1 = TV.MultiplyAdd(a1, TV.Load(b + (3 * TV.Count)), q1);
                p2 = TV.MultiplyAdd(a2, TV.Load(b + (4 * TV.Count)), p2);
                q2 = TV.MultiplyAdd(a2, TV.Load(b + (5 * TV.Count)), q2);
                p3 = TV.MultiplyAdd(a3, TV.Load(b + (6 * TV.Count)), p3);
                q3 = TV.MultiplyAdd(a3, TV.Load(b + (7 * TV.Count)), q3);
            }

            for (; k < depth; k++, b += 2 * TV.Count)
            {
                p0 = TV.MultiplyAdd(TV.Broadcast(a[k]), TV.Load(b), p0);
                q0 = TV.MultiplyAdd(TV.Broadcast(a[k]), TV.Load(b + TV.Count), q0);
            }

            TV p = p0 + p1 + (p2 + p3), q = q0 + q1 + (q2 + q3);
            TV.Store(carries ? TV.Load(c) + p : p, c);
            TV.Store(carries ? TV.Load(c + TV.Count) + q : q, c + TV.Count);
        }
    }

    private static nint Padded<TV>(int columns)
        where TV : struct, IVector<TV> => ((columns + Panels<TV>.Width - 1) / Panels<TV>.Width * Panels<TV>.Width) + Gap;

    private static void Start(float* state, nint stride, float* initial, int first, int rows, int units)
    {
        new Span<float>(state, (int)(rows * stride)).Clear();
        if (initial is not null)
        {
            Copy(initial + ((nint)first * units), units, state, stride, rows, units);
        }
    }

    private static void Copy(float* source, nint sourceStride, float* destination, nint destinationStride, int rows, int columns)
    {
        for (int r = 0; r < rows; r++, source += sourceStride, destination += destinationStride)
        {
            new ReadOnlySpan<float>(source, columns).CopyTo(new Span<float>(destination, columns));
        }
    }
}
