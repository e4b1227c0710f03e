using System.Numerics;
using System.Runtime.CompilerServices;

namespace Descant.Tensors.Fourier;

/// <summary>Constants at an address that never moves and starts on a cache line.</summary>
internal sealed unsafe class FixedTable<T>
    where T : unmanaged
{
    private const int Line = 64;
    private readonly T[] _storage;

    public FixedTable(int length)
    {
        _storage = GC.AllocateArray<T>(length + (Line / sizeof(T)), pinned: true);
        Pointer = Align((T*)Unsafe.AsPointer(ref _storage[0]));
    }

    public T* Pointer { get; }

    /// <summary>The next address on a cache line.</summary>
    public static T* Align(T* pointer) => (T*)(((nuint)pointer + (Line - 1)) & ~(nuint)(Line - 1));
}
