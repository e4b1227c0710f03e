using System.Runtime.InteropServices;

namespace Descant.Tensors;

/// <summary>The memory behind one or more tensors: an ordinary managed array that never moves, aligned for the widest vectors.</summary>
/// <remarks>
/// Pinned-heap arrays were chosen over native memory so that a forgotten tensor costs time, never memory:
/// the garbage collector frees what no scope returned, without finalizers.
/// </remarks>
internal sealed unsafe class Storage
{
    private const int AlignmentFloats = 16; // one cache line: a wider load never straddles two

    private readonly string _origin;
    private float* _pointer;
    private float[]? _array;

    public Storage(float[] array, int capacity, string origin)
    {
        _array = array;
        Capacity = capacity;
        _origin = origin;
        nint address = Marshal.UnsafeAddrOfPinnedArrayElement(array, 0);
        nint lineBytes = AlignmentFloats * sizeof(float);
        _pointer = (float*)((address + lineBytes - 1) & ~(lineBytes - 1));
    }

    /// <summary>Floats available from <see cref="Pointer"/>.</summary>
    public int Capacity { get; }

    /// <summary>Counts in-place changes, so that what was derived from the values (packed weights) knows when it is stale.</summary>
    public int Version { get; private set; }

    /// <summary>Values derived from this storage and kept until it changes.</summary>
    public DerivedValues Derived { get; } = new();

    /// <summary>The first float, aligned to 64 bytes.</summary>
    /// <exception cref="InvalidOperationException">The scope that owned this memory was disposed.</exception>
    public float* Pointer => _pointer is not null ? _pointer : throw new InvalidOperationException(
        $"A tensor from {_origin} was read after the scope that computed it was disposed. Copy the values out before, or compute it on an outer engine.");

    public static float[] AllocateArray(int capacity) =>
        GC.AllocateUninitializedArray<float>(checked(capacity + AlignmentFloats), pinned: true);

    public void MarkChanged() => Version++;

    /// <summary>Takes the memory away from every tensor that still refers to it, and returns it for reuse.</summary>
    public float[]? Detach()
    {
        _pointer = null;
        return Interlocked.Exchange(ref _array, null);
    }
}
