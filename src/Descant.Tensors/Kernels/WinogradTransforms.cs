using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>The transforms of F(2 × 2, 3 × 3) around the products, over vectors of channels.</summary>
/// <remarks>Lavin and Gray, CVPR 2016, §4.1: Bᵀ·d·B of the inputs, Aᵀ·m·A of the products and its adjoint A·y·Aᵀ.</remarks>
internal static unsafe class WinogradTransforms
{
    /// <summary>
    /// Transforms the window under one tile: pixel (y, x) at source[y · rowStride + x · pixelStride], point p of channel c
    /// to targets[p][first + c]. A window of <paramref name="rows"/> or <paramref name="columns"/> = 3 lacks the point ∞.
    /// </summary>
    public static void Input<TV>(
        float* source, nint rowStride, nint pixelStride, int channels, int rows, int columns, float** targets, nint first)
        where TV : struct, IVector<TV>
    {
        switch (rows, columns)
        {
            case (4, 4):
                Input<TV, All, All>(source, rowStride, pixelStride, channels, targets, first);
                break;
            case (4, 3):
                Input<TV, All, Head>(source, rowStride, pixelStride, channels, targets, first);
                break;
            case (3, 4):
                Input<TV, Head, All>(source, rowStride, pixelStride, channels, targets, first);
                break;
            default:
                Input<TV, Head, Head>(source, rowStride, pixelStride, channels, targets, first);
                break;
        }
    }

    /// <summary>
    /// Sums the products of a phase's tile to outputs: point p of channel c at products[p][offset + c], output (j, i) to
    /// target[j · down + i · right], where <paramref name="rows"/> and <paramref name="columns"/> (1 or 2) say which exist.
    /// </summary>
    public static void Output<TV>(
        WinogradPhase phase, float** products, nint offset, int channels, float* target, nint down, nint right, int rows, int columns)
        where TV : struct, IVector<TV>
    {
        switch (phase.Rows.FirstPoint, phase.Rows.LastPoint)
        {
            case (0, 3):
                Output<TV, All>(phase, products, offset, channels, target, down, right, rows, columns);
                break;
            case (0, 2):
                Output<TV, Head>(phase, products, offset, channels, target, down, right, rows, columns);
                break;
            default:
                Output<TV, Tail>(phase, products, offset, channels, target, down, right, rows, columns);
                break;
        }
    }

    /// <summary>
    /// The adjoint of the output transform: what the products contribute to gradients of 2 × 2 outputs. Channels beyond
    /// <paramref name="channels"/> up to <paramref name="padded"/> become zero.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OutputGradient<TV>(
        float* source, nint rowStride, nint pixelStride, int channels, int padded, float* target, nint pointStride)
        where TV : struct, IVector<TV>
    {
        for (int c = 0; c < padded; c += TV.Count, source += TV.Count, target += TV.Count)
        {
            int lanes = Math.Clamp(channels - c, 0, TV.Count);
            TV y00, y01, y10, y11;
            if (lanes == TV.Count)
            {
                y00 = TV.Load(source);
                y01 = TV.Load(source + pixelStride);
                y10 = TV.Load(source + rowStride);
                y11 = TV.Load(source + rowStride + pixelStride);
            }
            else
            {
                y00 = TV.LoadPartial(source, lanes);
                y01 = TV.LoadPartial(source + pixelStride, lanes);
                y10 = TV.LoadPartial(source + rowStride, lanes);
                y11 = TV.LoadPartial(source + rowStride + pixelStride, lanes);
            }

            GradientLine(y00, y01, target, pointStride);
            GradientLine(y00 + y10, y01 + y11, target + (4 * pointStride), pointStride);
            GradientLine(y00 - y10, y01 - y11, target + (8 * pointStride), pointStride);
            GradientLine(-y10, -y11, target + (12 * pointStride), pointStride);
        }
    }

    /// <summary>
    /// G·g·Gᵀ of the taps of a phase: tap (y, x) at taps[y · down + x · right], point p to targets[p], vectors up to
    /// <paramref name="width"/> floats. Points that the phase lacks are not written.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Filter<TV>(WinogradPhase phase, float* taps, nint down, nint right, int width, float** targets)
        where TV : struct, IVector<TV>
    {
        bool top = phase.Rows.FirstPoint == 0, bottom = phase.Rows.LastPoint == 3;
        bool left = phase.Columns.FirstPoint == 0, last = phase.Columns.LastPoint == 3;

        // The place of tap (0, 0) of the filter of three by three taps, whose missing ones are zero.
        taps -= (phase.Rows.Shift * down) + (phase.Columns.Shift * right);
        TV half = TV.Broadcast(0.5f);
        for (nint at = 0; at < width; at += TV.Count, taps += TV.Count)
        {
            TV a0 = TV.Zero, a1 = TV.Zero, a2 = TV.Zero, c0 = TV.Zero, c1 = TV.Zero, c2 = TV.Zero;
            if (left)
            {
                a0 = top ? TV.Load(taps) : TV.Zero;
                a1 = TV.Load(taps + down);
                a2 = bottom ? TV.Load(taps + (2 * down)) : TV.Zero;
            }

            TV b0 = top ? TV.Load(taps + right) : TV.Zero, b1 = TV.Load(taps + down + right);
            TV b2 = bottom ? TV.Load(taps + (2 * down) + right) : TV.Zero;
            if (last)
            {
                c0 = top ? TV.Load(taps + (2 * right)) : TV.Zero;
                c1 = TV.Load(taps + down + (2 * right));
                c2 = bottom ? TV.Load(taps + (2 * down) + (2 * right)) : TV.Zero;
            }

            if (top)
            {
                FilterLine(a0, b0, c0, half, left, last, targets, at);
            }

            TV a = half * (a0 + a2), b = half * (b0 + b2), c = half * (c0 + c2);
            (a1, b1, c1) = (half * a1, half * b1, half * c1);
            FilterLine(a + a1, b + b1, c + c1, half, left, last, targets + 4, at);
            FilterLine(a - a1, b - b1, c - c1, half, left, last, targets + 8, at);
            if (bottom)
            {
                FilterLine(a2, b2, c2, half, left, last, targets + 12, at);
            }
        }
    }

    /// <summary>
    /// Gᵀ·m·G of sums m at the points of a phase, the adjoint of transforming its filter: point p at sums[p], tap (y, x) to
    /// taps[y · down + x · right], for one vector of channels.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FilterGradient<TV>(WinogradPhase phase, float** sums, nint offset, float* taps, nint down, nint right)
        where TV : struct, IVector<TV>
    {
        // Down the columns of points, kept as [tap][point], then across; taps that are zero by definition are left out.
        float* half = stackalloc float[3 * WinogradPlan.AxisPoints * TV.Count];
        nint line = WinogradPlan.AxisPoints * TV.Count;
        for (int x = phase.Columns.FirstPoint; x <= phase.Columns.LastPoint; x++)
        {
            float** column = sums + x;
            TV m0 = phase.Rows.FirstPoint == 0 ? TV.Load(column[0] + offset) : TV.Zero;
            TV m1 = TV.Load(column[4] + offset), m2 = TV.Load(column[8] + offset);
            TV m3 = phase.Rows.LastPoint == 3 ? TV.Load(column[12] + offset) : TV.Zero;
            TV mean = TV.Broadcast(0.5f) * (m1 + m2);
            float* target = half + (x * TV.Count);
            TV.Store(m0 + mean, target);
            TV.Store(TV.Broadcast(0.5f) * (m1 - m2), target + line);
            TV.Store(mean + m3, target + (2 * line));
        }

        for (int y = 0; y < phase.Rows.Taps; y++)
        {
            float* m = half + ((phase.Rows.Shift + y) * line);
            TV m1 = TV.Load(m + TV.Count), m2 = TV.Load(m + (2 * TV.Count));
            TV mean = TV.Broadcast(0.5f) * (m1 + m2);
            for (int x = 0; x < phase.Columns.Taps; x++)
            {
                TV value = (phase.Columns.Shift + x) switch
                {
                    0 => TV.Load(m) + mean,
                    1 => TV.Broadcast(0.5f) * (m1 - m2),
                    _ => mean + TV.Load(m + (3 * TV.Count)),
                };
                TV.Store(value, taps + (y * down) + (x * right));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void FilterLine<TV>(TV x0, TV x1, TV x2, TV half, bool left, bool last, float** targets, nint at)
        where TV : struct, IVector<TV>
    {
        if (left)
        {
            TV.Store(x0, targets[0] + at);
        }

        TV outer = half * (x0 + x2), middle = half * x1;
        TV.Store(outer + middle, targets[1] + at);
        TV.Store(outer - middle, targets[2] + at);
        if (last)
        {
            TV.Store(x2, targets[3] + at);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void GradientLine<TV>(TV left, TV right, float* target, nint pointStride)
        where TV : struct, IVector<TV>
    {
        TV.Store(left, target);
        TV.Store(left + right, target + pointStride);
        TV.Store(left - right, target + (2 * pointStride));
        TV.Store(-right, target + (3 * pointStride));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Input<TV, TRows, TColumns>(
        float* source, nint rowStride, nint pixelStride, int channels, float** targets, nint first)
        where TV : struct, IVector<TV>
        where TRows : struct, ISupport
        where TColumns : struct, ISupport
    {
        int c = 0;
        for (; c + TV.Count <= channels; c += TV.Count)
        {
            InputVector<TV, TRows, TColumns, Whole>(source + c, rowStride, pixelStride, TV.Count, targets, first + c);
        }

        if (c < channels)
        {
            InputVector<TV, TRows, TColumns, Part>(source + c, rowStride, pixelStride, channels - c, targets, first + c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputVector<TV, TRows, TColumns, TAccess>(
        float* s, nint rowStride, nint pixelStride, int lanes, float** targets, nint c)
        where TV : struct, IVector<TV>
        where TRows : struct, ISupport
        where TColumns : struct, ISupport
        where TAccess : struct, IAccess
    {
        // Down each column of the window first; pixels that only the point ∞ needs are not read without it.
        TV x0 = TAccess.Load<TV>(s, lanes), x1 = TAccess.Load<TV>(s + rowStride, lanes), x2 = TAccess.Load<TV>(s + (2 * rowStride), lanes);
        TV x3 = TRows.Last == 3 ? TAccess.Load<TV>(s + (3 * rowStride), lanes) : TV.Zero;
        TV a0 = x0 - x2, a1 = x1 + x2, a2 = x2 - x1, a3 = x1 - x3;
        s += pixelStride;
        (x0, x1, x2) = (TAccess.Load<TV>(s, lanes), TAccess.Load<TV>(s + rowStride, lanes), TAccess.Load<TV>(s + (2 * rowStride), lanes));
        x3 = TRows.Last == 3 ? TAccess.Load<TV>(s + (3 * rowStride), lanes) : TV.Zero;
        TV b0 = x0 - x2, b1 = x1 + x2, b2 = x2 - x1, b3 = x1 - x3;
        s += pixelStride;
        (x0, x1, x2) = (TAccess.Load<TV>(s, lanes), TAccess.Load<TV>(s + rowStride, lanes), TAccess.Load<TV>(s + (2 * rowStride), lanes));
        x3 = TRows.Last == 3 ? TAccess.Load<TV>(s + (3 * rowStride), lanes) : TV.Zero;
        TV c0 = x0 - x2, c1 = x1 + x2, c2 = x2 - x1, c3 = x1 - x3;
        TV d0 = TV.Zero, d1 = TV.Zero, d2 = TV.Zero, d3 = TV.Zero;
        if (TColumns.Last == 3)
        {
            s += pixelStride;
            (x0, x1, x2) = (TAccess.Load<TV>(s, lanes), TAccess.Load<TV>(s + rowStride, lanes), TAccess.Load<TV>(s + (2 * rowStride), lanes));
            x3 = TRows.Last == 3 ? TAccess.Load<TV>(s + (3 * rowStride), lanes) : TV.Zero;
            (d0, d1, d2, d3) = (x0 - x2, x1 + x2, x2 - x1, x1 - x3);
        }

        InputLine<TV, TColumns, TAccess>(a0, b0, c0, d0, lanes, targets, c);
        InputLine<TV, TColumns, TAccess>(a1, b1, c1, d1, lanes, targets + 4, c);
        InputLine<TV, TColumns, TAccess>(a2, b2, c2, d2, lanes, targets + 8, c);
        if (TRows.Last == 3)
        {
            InputLine<TV, TColumns, TAccess>(a3, b3, c3, d3, lanes, targets + 12, c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void InputLine<TV, TColumns, TAccess>(TV x0, TV x1, TV x2, TV x3, int lanes, float** targets, nint c)
        where TV : struct, IVector<TV>
        where TColumns : struct, ISupport
        where TAccess : struct, IAccess
    {
        TAccess.Store(x0 - x2, targets[0] + c, lanes);
        TAccess.Store(x1 + x2, targets[1] + c, lanes);
        TAccess.Store(x2 - x1, targets[2] + c, lanes);
        if (TColumns.Last == 3)
        {
            TAccess.Store(x1 - x3, targets[3] + c, lanes);
        }
    }

    private static void Output<TV, TRows>(
        WinogradPhase phase, float** products, nint offset, int channels, float* target, nint down, nint right, int rows, int columns)
        where TV : struct, IVector<TV>
        where TRows : struct, ISupport
    {
        switch (phase.Columns.FirstPoint, phase.Columns.LastPoint)
        {
            case (0, 3):
                Output<TV, TRows, All>(products, offset, channels, target, down, right, rows, columns);
                break;
            case (0, 2):
                Output<TV, TRows, Head>(products, offset, channels, target, down, right, rows, columns);
                break;
            default:
                Output<TV, TRows, Tail>(products, offset, channels, target, down, right, rows, columns);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Output<TV, TRows, TColumns>(
        float** products, nint offset, int channels, float* target, nint down, nint right, int rows, int columns)
        where TV : struct, IVector<TV>
        where TRows : struct, ISupport
        where TColumns : struct, ISupport
    {
        int c = 0;
        for (; c + TV.Count <= channels; c += TV.Count)
        {
            OutputVector<TV, TRows, TColumns, Whole>(products, offset + c, target + c, down, right, rows, columns, TV.Count);
        }

        if (c < channels)
        {
            OutputVector<TV, TRows, TColumns, Part>(products, offset + c, target + c, down, right, rows, columns, channels - c);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OutputVector<TV, TRows, TColumns, TAccess>(
        float** m, nint at, float* target, nint down, nint right, int rows, int columns, int lanes)
        where TV : struct, IVector<TV>
        where TRows : struct, ISupport
        where TColumns : struct, ISupport
        where TAccess : struct, IAccess
    {
        // The products' rows are padded to whole vectors: only results are partial.
        TV a0 = TV.Zero, a1 = TV.Zero, d0 = TV.Zero, d1 = TV.Zero;
        if (TColumns.First == 0)
        {
            a0 = Upper<TV, TRows>(m, at);
            a1 = Lower<TV, TRows>(m, at);
        }

        TV b0 = Upper<TV, TRows>(m + 1, at), b1 = Lower<TV, TRows>(m + 1, at);
        TV c0 = Upper<TV, TRows>(m + 2, at), c1 = Lower<TV, TRows>(m + 2, at);
        if (TColumns.Last == 3)
        {
            d0 = Upper<TV, TRows>(m + 3, at);
            d1 = Lower<TV, TRows>(m + 3, at);
        }

        TAccess.Store(a0 + b0 + c0, target, lanes);
        if (columns > 1)
        {
            TAccess.Store(b0 - c0 - d0, target + right, lanes);
        }

        if (rows > 1)
        {
            TAccess.Store(a1 + b1 + c1, target + down, lanes);
            if (columns > 1)
            {
                TAccess.Store(b1 - c1 - d1, target + down + right, lanes);
            }
        }
    }

    /// <summary>The upper output of a column of points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Upper<TV, TRows>(float** m, nint at)
        where TV : struct, IVector<TV>
        where TRows : struct, ISupport
    {
        TV middle = TV.Load(m[4] + at) + TV.Load(m[8] + at);
        return TRows.First == 0 ? TV.Load(m[0] + at) + middle : middle;
    }

    /// <summary>The lower output of a column of points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TV Lower<TV, TRows>(float** m, nint at)
        where TV : struct, IVector<TV>
        where TRows : struct, ISupport
    {
        TV middle = TV.Load(m[4] + at) - TV.Load(m[8] + at);
        return TRows.Last == 3 ? middle - TV.Load(m[12] + at) : middle;
    }

    /// <summary>Which of the points 0, 1, -1, ∞ a filter has along an axis, by index.</summary>
    private interface ISupport
    {
        public static abstract int First { get; }

        public static abstract int Last { get; }
    }

    private readonly struct All : ISupport
    {
        public static int First => 0;

        public static int Last => 3;
    }

    /// <summary>The last tap is zero.</summary>
    private readonly struct Head : ISupport
    {
        public static int First => 0;

        public static int Last => 2;
    }

    /// <summary>The first tap is zero.</summary>
    private readonly struct Tail : ISupport
    {
        public static int First => 1;

        public static int Last => 3;
    }

    private interface IAccess
    {
        public static abstract TV Load<TV>(float* source, int lanes)
            where TV : struct, IVector<TV>;

        public static abstract void Store<TV>(TV value, float* target, int lanes)
            where TV : struct, IVector<TV>;
    }

    private readonly struct Whole : IAccess
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TV Load<TV>(float* source, int lanes)
            where TV : struct, IVector<TV> => TV.Load(source);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store<TV>(TV value, float* target, int lanes)
            where TV : struct, IVector<TV> => TV.Store(value, target);
    }

    private readonly struct Part : IAccess
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static TV Load<TV>(float* source, int lanes)
            where TV : struct, IVector<TV> => TV.LoadPartial(source, lanes);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Store<TV>(TV value, float* target, int lanes)
            where TV : struct, IVector<TV> => TV.StorePartial(value, target, lanes);
    }
}
