namespace Descant.Tensors.Kernels;

/// <summary>
/// How a two-dimensional convolution is made of minimal filters F(2 × 2, 3 × 3): every 2 × 2 outputs of a filter take 16
/// products per pair of channels instead of 36.
/// </summary>
/// <remarks>
/// S. Winograd, "Arithmetic complexity of computations" (1980); A. Lavin and S. Gray, "Fast algorithms for convolutional
/// neural networks", CVPR 2016, §4. A strided convolution is the sum of ordinary ones over the residues of its input, a
/// transposed one an ordinary one per residue of its output. A residue's filter of two taps is one of three with a zero at
/// its end or its beginning, which saves the point ∞ or 0 of {0, 1, -1, ∞}. So all residues share one transform: a
/// convolution's that of the outputs, where it is applied to their sum, a transposed one's that of the inputs.
/// </remarks>
internal sealed class WinogradPlan
{
    /// <summary>Points along one axis.</summary>
    public const int AxisPoints = 4;

    /// <summary>Points of a tile.</summary>
    public const int Points = AxisPoints * AxisPoints;

    /// <summary>Outputs of a tile along one axis.</summary>
    public const int TileSize = 2;

    private const int ShortestFilter = 2;
    private const int LongestFilter = 3;

    // Vectors along channels must be nearly full, and a tile's products must outweigh its transforms.
    private const int FewestChannels = 16;

    // Transforming costs about a quarter of what direct summing costs; the rest must be worth packing twice the weights.
    private const double LeastGain = 1.4;

    // Transformed weights are about twice as many as the weights: fewer tiles than this would wait for memory.
    private const int FewestTiles = 28;

    private WinogradPlan(ConvolutionDirection direction, WinogradPhase[] phases)
    {
        Phases = phases;
        foreach (WinogradPhase phase in phases)
        {
            for (int point = 0; point < Points; point++)
            {
                phase.Slots[point] = phase.Has(point) ? Counts[point]++ : -1;
            }
        }

        for (int point = 0; point < Points; point++)
        {
            Starts[point] = Elements;
            Elements += Counts[point];
        }

        if (direction == ConvolutionDirection.Forward)
        {
            InputCounts = Counts;
            Windows = phases;
        }
        else
        {
            InputCounts = [.. Enumerable.Repeat(1, Points)];
            Windows = [new WinogradPhase(phases[0].Rows.Whole, phases[0].Columns.Whole)];
        }
    }

    /// <summary>The residues, of rows outer, of columns inner.</summary>
    public WinogradPhase[] Phases { get; }

    /// <summary>Phases that have each point.</summary>
    public int[] Counts { get; } = new int[Points];

    /// <summary>Sums of <see cref="Counts"/> over the points before.</summary>
    public int[] Starts { get; } = new int[Points];

    /// <summary>Products per tile and pair of channels.</summary>
    public int Elements { get; }

    /// <summary>What inputs are transformed: a convolution's phases, or the one window that a transposed one's share.</summary>
    public WinogradPhase[] Windows { get; }

    /// <summary>Windows that have each point.</summary>
    public int[] InputCounts { get; }

    /// <summary>Whether a plan exists and is faster than direct summing. Decided by sizes alone.</summary>
    /// <param name="geometry">Of the convolution.</param>
    /// <param name="direction">As it is to be run.</param>
    /// <param name="outputs">Channels of the result.</param>
    /// <param name="inputs">Channels of the argument.</param>
    /// <param name="batch">Images.</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="width">Columns of the result.</param>
    public static bool Suits(
        ConvolutionGeometry geometry, ConvolutionDirection direction, int outputs, int inputs, int batch, int height, int width)
    {
        if (outputs < FewestChannels || inputs < FewestChannels || !Exists(geometry))
        {
            return false;
        }

        bool forward = direction == ConvolutionDirection.Forward;
        int rows = forward ? height : (height + geometry.StrideHeight - 1) / geometry.StrideHeight;
        int columns = forward ? width : (width + geometry.StrideWidth - 1) / geometry.StrideWidth;
        long tiles = (long)batch * Tiles(rows) * Tiles(columns);

        // The residues of a kernel have all its taps together, and one point more than taps each.
        long elements = ((long)geometry.KernelHeight + geometry.StrideHeight) * (geometry.KernelWidth + geometry.StrideWidth);
        double direct = (double)batch * rows * columns * geometry.KernelHeight * geometry.KernelWidth;
        return tiles >= FewestTiles && direct >= LeastGain * tiles * elements;
    }

    /// <summary>Whether the geometry has a plan.</summary>
    public static bool Exists(ConvolutionGeometry geometry) =>
        Exists(geometry.KernelHeight, geometry.StrideHeight, geometry.PadTop, geometry.DilationHeight)
        && Exists(geometry.KernelWidth, geometry.StrideWidth, geometry.PadLeft, geometry.DilationWidth);

    /// <summary>Tiles that so many positions along an axis take.</summary>
    public static int Tiles(int positions) => (positions + TileSize - 1) / TileSize;

    /// <summary>The plan of a geometry that has one.</summary>
    public static WinogradPlan Of(ConvolutionGeometry geometry, ConvolutionDirection direction)
    {
        WinogradAxis[] rows = Axis(direction, geometry.KernelHeight, geometry.StrideHeight, geometry.PadTop);
        WinogradAxis[] columns = Axis(direction, geometry.KernelWidth, geometry.StrideWidth, geometry.PadLeft);
        return new WinogradPlan(direction, [.. rows.SelectMany(_ => columns, (row, column) => new WinogradPhase(row, column))]);
    }

    private static bool Exists(int kernel, int stride, int pad, int dilation)
    {
        if (dilation != 1 || kernel < ShortestFilter * stride || kernel > LongestFilter * stride)
        {
            return false;
        }

        // All residues of the transposed convolution must fit one window.
        AxisPhase[] phases = AxisPhase.Of(ConvolutionDirection.Transposed, kernel, stride, pad, dilation);
        int first = phases.Min(phase => phase.Offset);
        return Array.TrueForAll(phases, phase => phase.Offset - first + phase.Taps <= LongestFilter);
    }

    private static WinogradAxis[] Axis(ConvolutionDirection direction, int kernel, int stride, int pad)
    {
        if (direction == ConvolutionDirection.Forward)
        {
            return [.. Enumerable.Range(0, stride).Select(residue => new WinogradAxis(
                0, 1, stride, residue - pad, 0, (kernel - residue + stride - 1) / stride, residue, stride))];
        }

        AxisPhase[] phases = AxisPhase.Of(direction, kernel, stride, pad, 1);
        int first = phases.Min(phase => phase.Offset);
        return [.. phases.Select(phase => new WinogradAxis(
            phase.First, phase.Step, 1, first, phase.Offset - first, phase.Taps, phase.FirstTap, phase.TapDirection))];
    }
}

/// <summary>
/// One residue along one axis: outputs First + i · Step of a filter whose tap Shift + t, t in [0, Taps), reads the input
/// (i + Shift + t) · InputStride + Offset and is the kernel's tap FirstTap + t · TapStep; its other taps of three are zero.
/// </summary>
internal readonly record struct WinogradAxis(int First, int Step, int InputStride, int Offset, int Shift, int Taps, int FirstTap, int TapStep)
{
    /// <summary>The window of three taps that this one is part of.</summary>
    public WinogradAxis Whole => this with { Shift = 0, Taps = 3 };

    /// <summary>Inputs under a tile.</summary>
    public int Window => Shift + Taps + WinogradPlan.TileSize - 1;

    /// <summary>The first point: 0, or 1 where the first tap is zero.</summary>
    public int FirstPoint => Shift;

    /// <summary>The last point: infinity, or -1 where the last tap is zero.</summary>
    public int LastPoint => Shift + Taps;

    /// <summary>The first input under a tile.</summary>
    public int Input(int tile) => (WinogradPlan.TileSize * tile * InputStride) + Offset;

    /// <summary>Outputs of this residue in a result of <paramref name="size"/>.</summary>
    public int Count(int size) => Math.Max(0, (size - First + Step - 1) / Step);
}

/// <summary>One residue along both axes.</summary>
internal sealed class WinogradPhase(WinogradAxis rows, WinogradAxis columns)
{
    public WinogradAxis Rows { get; } = rows;

    public WinogradAxis Columns { get; } = columns;

    /// <summary>Place of this phase among those that have the point; -1 for points that it lacks.</summary>
    public int[] Slots { get; } = new int[WinogradPlan.Points];

    public bool Has(int point) =>
        point / WinogradPlan.AxisPoints >= Rows.FirstPoint && point / WinogradPlan.AxisPoints <= Rows.LastPoint
        && point % WinogradPlan.AxisPoints >= Columns.FirstPoint && point % WinogradPlan.AxisPoints <= Columns.LastPoint;
}
