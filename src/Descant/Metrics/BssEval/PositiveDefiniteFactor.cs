using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Descant.Tensors;

namespace Descant.Metrics.BssEval;

/// <summary>
/// Cholesky factor L (A = L·Lᵀ) of a symmetric positive semi-definite matrix in double precision, and the solutions of
/// A·x = b with it.
/// </summary>
/// <remarks>
/// Right-looking and blocked: a diagonal block, the rows below it, then the trailing matrix in tiles of four rows by three
/// vectors. Rows are shared among the threads of the pool; which thread does which never changes a result.
/// A pivot that is not positive (not larger than <see cref="LostPivot"/> times the diagonal it started from) marks an
/// unknown that depends on earlier ones. It is set to zero, which leaves a solution of consistent equations, as the normal
/// equations of a projection always are: the place of the least squares that the reference implementations turn to when
/// their solver meets a singular matrix. Small positive pivots are kept, as LAPACK keeps them.
/// </remarks>
internal sealed class PositiveDefiniteFactor
{
    private const int BlockSize = 128;
    private const int TileRows = 4;
    private const int RowsPerJob = 32;
    private const double LostPivot = 1e-20;

    private readonly int _order;
    private readonly int _stride;
    private readonly double[] _factor;
    private readonly double[] _inversePivots;

    private PositiveDefiniteFactor(int order)
    {
        _order = order;
        _stride = StrideOf(order);
        int rows = (order + TileRows - 1) / TileRows * TileRows;
        _factor = new double[(long)rows * _stride];
        _inversePivots = new double[rows];
    }

    /// <summary>Unknowns that were found to depend on earlier ones and were set to zero.</summary>
    public int DependentUnknowns { get; private set; }

    /// <summary>Factorises the matrix whose lower triangle <paramref name="fill"/> writes.</summary>
    /// <param name="order">Rows of the matrix, at least 1.</param>
    /// <param name="fill">Writes entries 0..row of a row into its span; called once for every row, from several threads.</param>
    /// <param name="pool">The threads to use.</param>
    public static PositiveDefiniteFactor Of(int order, RowFiller fill, WorkerPool pool)
    {
        PositiveDefiniteFactor factor = new(order);
        int jobs = (order + RowsPerJob - 1) / RowsPerJob;
        pool.Run(jobs, (job, _) =>
        {
            int end = Math.Min((job + 1) * RowsPerJob, order);
            for (int row = job * RowsPerJob; row < end; row++)
            {
                fill(row, factor._factor.AsSpan(row * factor._stride, row + 1));
            }
        });
        if (Vector512.IsHardwareAccelerated)
        {
            factor.Factorise<DoubleVector512>(pool);
        }
        else
        {
            factor.Factorise<DoubleVector256>(pool);
        }

        return factor;
    }

    /// <summary>Solves A·X = B in place.</summary>
    /// <param name="columns">The right-hand sides, each of the matrix's order; replaced by the solutions.</param>
    /// <param name="pool">The threads to use.</param>
    public void Solve(double[][] columns, WorkerPool pool)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            SolveGroups<DoubleVector512>(columns, pool);
        }
        else
        {
            SolveGroups<DoubleVector256>(columns, pool);
        }
    }

    /// <summary>Writes entries 0..row of one row of a symmetric matrix.</summary>
    internal delegate void RowFiller(int row, Span<double> entries);

    // Room for the last tile to reach beyond the diagonal, and an odd number of cache lines so that a column does not fall
    // into a single set of the cache.
    private static int StrideOf(int order) => ((order + 24 + 7) / 16 * 16) + 24;

    private void Factorise<TVector>(WorkerPool pool)
        where TVector : struct, IDoubleVector<TVector>
    {
        double[] diagonal = new double[_order];
        for (int i = 0; i < _order; i++)
        {
            diagonal[i] = _factor[(i * _stride) + i];
        }

        int width = 3 * TVector.Count;
        double[] panels = new double[((_order + width - 1) / width) * width * BlockSize];
        for (int start = 0; start < _order; start += BlockSize)
        {
            int size = Math.Min(BlockSize, _order - start);
            FactoriseDiagonalBlock<TVector>(start, size, diagonal);
            int below = start + size;
            int panelCount = (_order - below + width - 1) / width;
            if (panelCount == 0)
            {
                break;
            }

            int first = start;
            pool.Run(panelCount, (panel, _) => SolvePanel<TVector>(first, size, below + (panel * width), PanelAt(panels, panel, width)));
            int rowJobs = (_order - below + RowsPerJob - 1) / RowsPerJob;
            // The last rows are the longest: they go first so that no thread is left with one at the end.
            pool.Run(rowJobs, (job, _) => UpdateRows<TVector>(first, size, below, (rowJobs - 1 - job) * RowsPerJob, panels));
        }
    }

    private static Span<double> PanelAt(double[] panels, int panel, int width) =>
        panels.AsSpan(panel * width * BlockSize, width * BlockSize);

    private void FactoriseDiagonalBlock<TVector>(int start, int size, double[] diagonal)
        where TVector : struct, IDoubleVector<TVector>
    {
        for (int i = start; i < start + size; i++)
        {
            Span<double> row = _factor.AsSpan((i * _stride) + start, size);
            for (int j = start; j < i; j++)
            {
                ReadOnlySpan<double> other = _factor.AsSpan((j * _stride) + start, size);
                double sum = row[j - start] - Dot<TVector>(row, other, j - start);
                row[j - start] = sum * _inversePivots[j];
            }

            double pivot = row[i - start] - Dot<TVector>(row, row, i - start);
            if (pivot <= LostPivot * diagonal[i])
            {
                DependentUnknowns++;
                row[i - start] = 1;
                _inversePivots[i] = 0;
            }
            else
            {
                double root = Math.Sqrt(pivot);
                row[i - start] = root;
                _inversePivots[i] = 1 / root;
            }
        }
    }

    private static double Dot<TVector>(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int count)
        where TVector : struct, IDoubleVector<TVector>
    {
        ref double first = ref MemoryMarshal.GetReference(a);
        ref double second = ref MemoryMarshal.GetReference(b);
        TVector sums = TVector.Zero;
        int i = 0;
        for (; i <= count - TVector.Count; i += TVector.Count)
        {
            sums = TVector.MultiplyAdd(TVector.Load(ref first, i), TVector.Load(ref second, i), sums);
        }

        double sum = TVector.Sum(sums);
        for (; i < count; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }

    /// <summary>
    /// Solves X·L₁₁ᵀ = A₂₁ for the <c>3·Count</c> rows from <paramref name="row"/>, and keeps them transposed in
    /// <paramref name="panel"/> for the update of the trailing matrix.
    /// </summary>
    private void SolvePanel<TVector>(int start, int size, int row, Span<double> panel)
        where TVector : struct, IDoubleVector<TVector>
    {
        int width = 3 * TVector.Count;
        int rows = Math.Min(width, _order - row);
        panel.Clear();
        for (int r = 0; r < rows; r++)
        {
            ReadOnlySpan<double> source = _factor.AsSpan(((row + r) * _stride) + start, size);
            for (int k = 0; k < size; k++)
            {
                panel[(k * width) + r] = source[k];
            }
        }

        ref double solved = ref MemoryMarshal.GetReference(panel);
        ref double factor = ref MemoryMarshal.GetArrayDataReference(_factor);
        for (int k = 0; k < size; k += TileRows)
        {
            ref double target = ref Unsafe.Add(ref solved, k * width);
            ref double left = ref Unsafe.Add(ref factor, ((start + k) * _stride) + start);
            SubtractProduct<TVector>(ref target, width, ref left, _stride, ref solved, k);
            for (int i = k; i < Math.Min(k + TileRows, size); i++)
            {
                for (int v = 0; v < width; v += TVector.Count)
                {
                    TVector value = TVector.Load(ref solved, (i * width) + v);
                    for (int j = k; j < i; j++)
                    {
                        TVector entry = TVector.Broadcast(_factor[((start + i) * _stride) + start + j]);
                        value = TVector.MultiplySubtract(entry, TVector.Load(ref solved, (j * width) + v), value);
                    }

                    value = TVector.Multiply(value, TVector.Broadcast(_inversePivots[start + i]));
                    TVector.Store(value, ref solved, (i * width) + v);
                }
            }
        }

        for (int r = 0; r < rows; r++)
        {
            Span<double> destination = _factor.AsSpan(((row + r) * _stride) + start, size);
            for (int k = 0; k < size; k++)
            {
                destination[k] = panel[(k * width) + r];
            }
        }
    }

    private void UpdateRows<TVector>(int start, int size, int below, int offset, double[] panels)
        where TVector : struct, IDoubleVector<TVector>
    {
        int width = 3 * TVector.Count;
        int firstRow = below + offset;
        int endRow = Math.Min(firstRow + RowsPerJob, _order);
        ref double factor = ref MemoryMarshal.GetArrayDataReference(_factor);
        ref double allPanels = ref MemoryMarshal.GetArrayDataReference(panels);
        for (int panel = 0; below + (panel * width) < endRow; panel++)
        {
            int column = below + (panel * width);
            ref double right = ref Unsafe.Add(ref allPanels, panel * width * BlockSize);
            for (int row = firstRow; row < endRow; row += TileRows)
            {
                if (column >= row + TileRows)
                {
                    continue;
                }

                ref double target = ref Unsafe.Add(ref factor, (row * _stride) + column);
                ref double left = ref Unsafe.Add(ref factor, (row * _stride) + start);
                SubtractProduct<TVector>(ref target, _stride, ref left, _stride, ref right, size);
            }
        }
    }

    /// <summary>Four rows by three vectors of target −= left·right, over <paramref name="depth"/> products.</summary>
    private static void SubtractProduct<TVector>(
        ref double target, int targetStride, ref double left, int leftStride, ref double right, int depth)
        where TVector : struct, IDoubleVector<TVector>
    {
        TVector s00 = TVector.Zero, s01 = TVector.Zero, s02 = TVector.Zero;
        TVector s10 = TVector.Zero, s11 = TVector.Zero, s12 = TVector.Zero;
        TVector s20 = TVector.Zero, s21 = TVector.Zero, s22 = TVector.Zero;
        TVector s30 = TVector.Zero, s31 = TVector.Zero, s32 = TVector.Zero;
        ref double row0 = ref left;
        ref double row1 = ref Unsafe.Add(ref left, leftStride);
        ref double row2 = ref Unsafe.Add(ref left, 2 * leftStride);
        ref double row3 = ref Unsafe.Add(ref left, 3 * leftStride);
        int offset = 0;
        for (int k = 0; k < depth; k++)
        {
            TVector b0 = TVector.Load(ref right, offset);
            TVector b1 = TVector.Load(ref right, offset + TVector.Count);
            TVector b2 = TVector.Load(ref right, offset + (2 * TVector.Count));
            offset += 3 * TVector.Count;
            TVector a = TVector.Broadcast(Unsafe.Add(ref row0, k));
            s00 = TVector.MultiplyAdd(a, b0, s00);
            s01 = TVector.MultiplyAdd(a, b1, s01);
            s02 = TVector.MultiplyAdd(a, b2, s02);
            a = TVector.Broadcast(Unsafe.Add(ref row1, k));
            s10 = TVector.MultiplyAdd(a, b0, s10);
            s11 = TVector.MultiplyAdd(a, b1, s11);
            s12 = TVector.MultiplyAdd(a, b2, s12);
            a = TVector.Broadcast(Unsafe.Add(ref row2, k));
            s20 = TVector.MultiplyAdd(a, b0, s20);
            s21 = TVector.MultiplyAdd(a, b1, s21);
            s22 = TVector.MultiplyAdd(a, b2, s22);
            a = TVector.Broadcast(Unsafe.Add(ref row3, k));
            s30 = TVector.MultiplyAdd(a, b0, s30);
            s31 = TVector.MultiplyAdd(a, b1, s31);
            s32 = TVector.MultiplyAdd(a, b2, s32);
        }

        Subtract3(s00, s01, s02, ref target);
        Subtract3(s10, s11, s12, ref Unsafe.Add(ref target, targetStride));
        Subtract3(s20, s21, s22, ref Unsafe.Add(ref target, 2 * targetStride));
        Subtract3(s30, s31, s32, ref Unsafe.Add(ref target, 3 * targetStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Subtract3<TVector>(TVector s0, TVector s1, TVector s2, ref double target)
        where TVector : struct, IDoubleVector<TVector>
    {
        TVector.Store(TVector.Subtract(TVector.Load(ref target, 0), s0), ref target, 0);
        TVector.Store(TVector.Subtract(TVector.Load(ref target, TVector.Count), s1), ref target, TVector.Count);
        TVector.Store(TVector.Subtract(TVector.Load(ref target, 2 * TVector.Count), s2), ref target, 2 * TVector.Count);
    }

    private void SolveGroups<TVector>(double[][] columns, WorkerPool pool)
        where TVector : struct, IDoubleVector<TVector>
    {
        int groups = (columns.Length + TVector.Count - 1) / TVector.Count;
        pool.Run(groups, (group, _) =>
        {
            int first = group * TVector.Count;
            int count = Math.Min(TVector.Count, columns.Length - first);
            double[] lanes = new double[_order * TVector.Count];
            for (int c = 0; c < count; c++)
            {
                double[] column = columns[first + c];
                for (int i = 0; i < _order; i++)
                {
                    lanes[(i * TVector.Count) + c] = column[i];
                }
            }

            SolveLanes<TVector>(ref MemoryMarshal.GetArrayDataReference(lanes));
            for (int c = 0; c < count; c++)
            {
                double[] column = columns[first + c];
                for (int i = 0; i < _order; i++)
                {
                    column[i] = lanes[(i * TVector.Count) + c];
                }
            }
        });
    }

    private void SolveLanes<TVector>(ref double lanes)
        where TVector : struct, IDoubleVector<TVector>
    {
        for (int i = 0; i < _order; i++)
        {
            ReadOnlySpan<double> row = _factor.AsSpan(i * _stride, i);
            TVector even = TVector.Load(ref lanes, i * TVector.Count);
            TVector odd = TVector.Zero;
            int k = 0;
            for (; k + 1 < row.Length; k += 2)
            {
                even = TVector.MultiplySubtract(
                    TVector.Broadcast(row[k]), TVector.Load(ref lanes, k * TVector.Count), even);
                odd = TVector.MultiplyAdd(
                    TVector.Broadcast(row[k + 1]), TVector.Load(ref lanes, (k + 1) * TVector.Count), odd);
            }

            if (k < row.Length)
            {
                odd = TVector.MultiplyAdd(TVector.Broadcast(row[k]), TVector.Load(ref lanes, k * TVector.Count), odd);
            }

            TVector value = TVector.Multiply(TVector.Subtract(even, odd), TVector.Broadcast(_inversePivots[i]));
            TVector.Store(value, ref lanes, i * TVector.Count);
        }

        for (int i = _order - 1; i >= 0; i--)
        {
            ReadOnlySpan<double> row = _factor.AsSpan(i * _stride, i);
            TVector value = TVector.Multiply(
                TVector.Load(ref lanes, i * TVector.Count), TVector.Broadcast(_inversePivots[i]));
            TVector.Store(value, ref lanes, i * TVector.Count);
            for (int k = 0; k < row.Length; k++)
            {
                TVector other = TVector.Load(ref lanes, k * TVector.Count);
                TVector.Store(
                    TVector.MultiplySubtract(TVector.Broadcast(row[k]), value, other), ref lanes, k * TVector.Count);
            }
        }
    }
}
