namespace Descant.Tensors.Kernels;

/// <summary>
/// The weights of a convolution in the order in which its kernels read them, for one direction and one vector width.
/// </summary>
/// <remarks>
/// Per phase (row phases outer, column phases inner) panels of two vectors of output channels, [panel][tap row][tap
/// column][input channel][output channel]. Transposed and unit-stride convolutions to very few channels instead hold
/// [input channel][tap row][tap column][output channel]; see <see cref="ThinConvolution"/>. For minimal filtering the weights
/// are transformed; see <see cref="WinogradConvolution"/>.
/// </remarks>
internal sealed unsafe class PackedFilters
{
    // Input channels whose taps are packed together: their source lines stay in the first-level cache meanwhile.
    private const int ChannelBlock = 16;

    private readonly ScratchBuffers _memory = new();

    private PackedFilters(
        VectorWidth width, int outputs, int inputs, ConvolutionGeometry geometry, ConvolutionDirection direction, bool minimal)
    {
        Width = width;
        Outputs = outputs;
        Inputs = inputs;
        Geometry = geometry;
        Direction = direction;
        RowPhases = AxisPhase.Of(direction, geometry.KernelHeight, geometry.StrideHeight, geometry.PadTop, geometry.DilationHeight);
        ColumnPhases = AxisPhase.Of(direction, geometry.KernelWidth, geometry.StrideWidth, geometry.PadLeft, geometry.DilationWidth);
        Winograd = minimal ? WinogradPlan.Of(geometry, direction) : null;
        IsThin = !minimal && ThinConvolution.Suits(width, outputs, geometry, direction);
    }

    public VectorWidth Width { get; }

    public int Outputs { get; }

    public int Inputs { get; }

    public ConvolutionGeometry Geometry { get; }

    public ConvolutionDirection Direction { get; }

    internal AxisPhase[] RowPhases { get; }

    internal AxisPhase[] ColumnPhases { get; }

    internal bool IsThin { get; }

    /// <summary>How the convolution is done by minimal filtering; null where it is summed directly.</summary>
    internal WinogradPlan? Winograd { get; }

    /// <summary>Pinned for the life of this object.</summary>
    internal float* Data { get; private set; }

    /// <param name="pool">Does the packing.</param>
    /// <param name="width">Of the kernels that will read the weights.</param>
    /// <param name="weights">To be packed.</param>
    /// <param name="geometry">Of the convolution.</param>
    /// <param name="direction">As it is to be run.</param>
    /// <param name="minimal">For minimal filtering, which the geometry must have.</param>
    public static PackedFilters Pack(
        WorkerPool pool, VectorWidth width, FilterBank weights, ConvolutionGeometry geometry, ConvolutionDirection direction,
        bool minimal = false)
    {
        PackedFilters packed = new(width, weights.Outputs, weights.Inputs, geometry, direction, minimal);
        packed.Repack(pool, weights);
        return packed;
    }

    /// <summary>Takes over new values of the same shape, in the same memory.</summary>
    public void Repack(WorkerPool pool, FilterBank weights)
    {
        if (weights.Outputs != Outputs || weights.Inputs != Inputs)
        {
            throw new ArgumentException(
                $"repack: expected {Outputs} outputs of {Inputs} inputs, got {weights.Outputs} of {weights.Inputs}; pack new filters instead.");
        }

        switch (Width)
        {
            case VectorWidth.Avx512:
                Fill<Wide512>(pool, weights);
                break;
            case VectorWidth.Avx2:
                Fill<Wide256>(pool, weights);
                break;
            default:
                Fill<Wide128>(pool, weights);
                break;
        }
    }

    /// <summary>Where the panels of a phase begin.</summary>
    internal float* PhaseData<TV>(int rowPhase, int columnPhase)
        where TV : struct, IVector<TV> => Data + PhaseOffset<TV>(rowPhase, columnPhase);

    private long PhaseOffset<TV>(int rowPhase, int columnPhase)
        where TV : struct, IVector<TV>
    {
        long taps = 0;
        for (int row = 0; row <= rowPhase; row++)
        {
            for (int column = 0; column < (row == rowPhase ? columnPhase : ColumnPhases.Length); column++)
            {
                taps += RowPhases[row].Taps * ColumnPhases[column].Taps;
            }
        }

        return taps * Panels<TV>.Size(Inputs, Outputs);
    }

    private void Fill<TV>(WorkerPool pool, FilterBank weights)
        where TV : struct, IVector<TV>
    {
        int taps = Geometry.KernelHeight * Geometry.KernelWidth;
        if (IsThin)
        {
            Data = _memory.Get(0, (long)Inputs * taps * Outputs);
            ThinConvolution.Pack(weights, Geometry, Data);
            return;
        }

        if (Winograd is { } plan)
        {
            Data = _memory.Get(0, Panels<TV>.Size(Inputs, Outputs) * plan.Elements);
            pool.Run(Panels<TV>.CountFor(Outputs), (panel, worker) =>
                WinogradConvolution.PackPanel<TV>(this, weights, plan, panel, pool.Scratch(worker)));
            return;
        }

        // Every tap belongs to exactly one phase.
        Data = _memory.Get(0, Panels<TV>.Size(Inputs, Outputs) * taps);
        int panels = Panels<TV>.CountFor(Outputs);
        int phases = RowPhases.Length * ColumnPhases.Length;
        int jobs = phases * panels;
        if ((long)Inputs * Outputs * taps < 16_384)
        {
            for (int job = 0; job < jobs; job++)
            {
                FillPanel<TV>(weights, job / panels, job % panels);
            }
        }
        else
        {
            pool.Run(jobs, (job, _) => FillPanel<TV>(weights, job / panels, job % panels));
        }
    }

    private void FillPanel<TV>(FilterBank weights, int phase, int panel)
        where TV : struct, IVector<TV>
    {
        int rowPhase = phase / ColumnPhases.Length;
        int columnPhase = phase % ColumnPhases.Length;
        AxisPhase rows = RowPhases[rowPhase];
        AxisPhase columns = ColumnPhases[columnPhase];
        int depth = rows.Taps * columns.Taps * Inputs;
        int output = panel * Panels<TV>.Width;
        int width = Panels<TV>.Vectors(Outputs, panel) * TV.Count;
        float* target = Panels<TV>.At(PhaseData<TV>(rowPhase, columnPhase), depth, Outputs, panel, 0);
        bool contiguous = weights.OutputStride == 1 || weights.InputStride == 1;
        int block = contiguous ? Inputs : ChannelBlock;
        for (int channel = 0; channel < Inputs; channel += block)
        {
            for (int tap = 0; tap < rows.Taps * columns.Taps; tap++)
            {
                int ky = rows.FirstTap + (tap / columns.Taps * rows.TapDirection);
                int kx = columns.FirstTap + (tap % columns.Taps * columns.TapDirection);
                float* source = weights.Data + (output * weights.OutputStride) + (channel * weights.InputStride)
                    + (ky * weights.RowStride) + (kx * weights.ColumnStride);
                Packing.Copy<TV>(
                    source, weights.InputStride, weights.OutputStride, Math.Min(block, Inputs - channel),
                    Math.Min(width, Outputs - output), target + ((((nint)tap * Inputs) + channel) * width), width, width);
            }
        }
    }
}
