namespace Descant.Tensors;

/// <summary>An n-dimensional array of floats: a shape, strides over a buffer, and the engine that computes with it.</summary>
/// <remarks>
/// Values never change once computed (only an optimiser writes parameters in place). Axis order is a law of the project:
/// audio is [batch, channels, samples], spectra are [batch, channels, bins, frames]. The physical order is the tensor's own matter:
/// convolutions keep channels innermost in memory, and views (slices, permutations) copy nothing.
/// </remarks>
public sealed partial class Tensor
{
    private readonly int[] _shape;
    private readonly int[] _strides;

    internal Tensor(Storage storage, int offset, int[] shape, int[] strides, Engine engine)
    {
        Storage = storage;
        Offset = offset;
        _shape = shape;
        _strides = strides;
        Engine = engine;
        ElementCount = Layout.Count(shape);
    }

    /// <summary>Sizes of the axes, outermost first; empty for a scalar.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>Number of axes.</summary>
    public int Rank => _shape.Length;

    /// <summary>Product of the shape.</summary>
    public int ElementCount { get; }

    /// <summary>Where operations on this tensor run; results inherit it.</summary>
    public Engine Engine { get; }

    /// <summary>True while a tape records operations on this tensor; batch normalisation and dropout train then.</summary>
    public bool IsRecorded => Engine.Tape is { IsOpen: true };

    /// <summary>True for parameters: gradients are computed for it, and through its views.</summary>
    public bool RequiresGradient { get; internal set; }

    internal Storage Storage { get; }

    internal int Offset { get; }

    internal ReadOnlySpan<int> Strides => _strides;

    /// <summary>Whether the tape has recorded how this tensor was computed.</summary>
    internal bool IsComputedOnTape { get; set; }

    /// <summary>Whether it was computed from parameters outside any recording, by more than views: a recording that takes it as an operand would lose their gradients.</summary>
    internal bool IsUnrecorded { get; set; }

    internal bool IsTracked => IsComputedOnTape || RequiresGradient || Origin is not null;

    /// <summary>For a view of a parameter taken outside any recording: what it is a view of, and how its gradient becomes that one's.</summary>
    internal (Tensor Source, Func<Tensor, Tensor> Adjoint)? Origin { get; private set; }

    internal bool IsRowMajor => IsContiguousAs(Layout.RowMajor(_shape));

    internal bool IsDense => Layout.IsDense(_shape, _strides);

    /// <summary>Size of an axis; negative counts from the end.</summary>
    public int Size(int axis) => _shape[Axis(axis)];

    /// <summary>The value of a tensor with one element.</summary>
    public unsafe float Item() => ElementCount == 1
        ? *Pointer()
        : throw new InvalidOperationException($"item: expects a tensor of one element, got {this}. Reduce it first.");

    /// <summary>The values in row-major order of the shape.</summary>
    public float[] ToArray()
    {
        float[] values = new float[ElementCount];
        CopyTo(values);
        return values;
    }

    /// <summary>Writes the values in row-major order of the shape.</summary>
    public void CopyTo(Span<float> destination)
    {
        if (destination.Length < ElementCount)
        {
            throw new ArgumentException($"copy: {this} has {ElementCount} values, the destination room for {destination.Length}.");
        }

        (IsRowMajor ? this : RowMajorCopy()).DenseSpan().CopyTo(destination);
    }

    /// <summary>Overwrites the values in place, in row-major order; for parameters and buffers outside any recording.</summary>
    public void Assign(ReadOnlySpan<float> values)
    {
        if (values.Length != ElementCount || !IsRowMajor)
        {
            throw new ArgumentException($"assign: {this} expects {ElementCount} values in a row-major tensor, got {values.Length}.");
        }

        values.CopyTo(DenseSpan());
        Storage.MarkChanged();
    }

    /// <summary>Shape as text, e.g. [2, 1, 512, 128].</summary>
    public override string ToString() => Describe(_shape);

    internal static string Describe(ReadOnlySpan<int> shape) => $"[{string.Join(", ", shape.ToArray())}]";

    /// <summary>The same memory seen from another engine (a scope, a recording).</summary>
    internal Tensor On(Engine engine) => new(Storage, Offset, _shape, _strides, engine) { RequiresGradient = RequiresGradient, Origin = Origin };

    /// <summary>The same memory, seen by the tape: operations on the result are recorded. What was computed before counts as data, without a history.</summary>
    public Tensor On(GradientTape tape) => On(tape.Engine);

    /// <summary>
    /// What <paramref name="compute"/> makes of this tensor, with everything in between recycled at once: for the steps of a long
    /// inference, whose intermediate results would else all live until the scope around it ends. While a tape records, which needs
    /// them, it is the function alone.
    /// </summary>
    public Tensor Recycling(Func<Tensor, Tensor> compute)
    {
        ArgumentNullException.ThrowIfNull(compute);
        if (IsRecorded)
        {
            return compute(this);
        }

        using Engine scope = Engine.Scope();
        return scope.Release(compute(On(scope)));
    }

    /// <summary>The first element. Valid while this tensor lives, and for the length of one operation after it was asked for.</summary>
    internal unsafe float* Pointer()
    {
        Engine.KeepAlive(Storage);
        return Storage.Pointer + Offset;
    }

    /// <summary>The elements in memory order; only for dense tensors.</summary>
    internal unsafe Span<float> DenseSpan() => new(Pointer(), ElementCount);

    internal int Axis(int axis) => axis >= -Rank && axis < Rank ? (axis + Rank) % Rank : throw new ArgumentOutOfRangeException(
        nameof(axis), axis, $"Axis expects -{Rank} to {Rank - 1} for {this}, got {axis}.");

    private bool IsContiguousAs(ReadOnlySpan<int> strides)
    {
        for (int axis = 0; axis < Rank; axis++)
        {
            if (_shape[axis] != 1 && _strides[axis] != strides[axis])
            {
                return ElementCount == 0;
            }
        }

        return true;
    }
}
