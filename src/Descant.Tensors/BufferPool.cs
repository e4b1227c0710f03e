using System.Collections.Concurrent;
using System.Numerics;

namespace Descant.Tensors;

/// <summary>Buffers to use again, by size class. Forgetting to return one costs time, never memory.</summary>
internal sealed class BufferPool
{
    private readonly ConcurrentDictionary<int, ConcurrentBag<float[]>> _free = new();
    private long _allocatedBytes;

    /// <summary>Bytes of all buffers ever made here: constant once a repeated computation has warmed up.</summary>
    public long AllocatedBytes => Interlocked.Read(ref _allocatedBytes);

    /// <summary>A storage of at least <paramref name="floats"/> floats with unspecified content.</summary>
    public Storage Rent(int floats, string origin)
    {
        int capacity = SizeClass(floats);
        if (!_free.TryGetValue(capacity, out ConcurrentBag<float[]>? bag) || !bag.TryTake(out float[]? array))
        {
            array = Storage.AllocateArray(capacity);
            Interlocked.Add(ref _allocatedBytes, (long)array.Length * sizeof(float));
        }

        return new Storage(array, capacity, origin);
    }

    public void Return(Storage storage)
    {
        if (storage.Detach() is { } array)
        {
            _free.GetOrAdd(storage.Capacity, _ => []).Add(array);
        }
    }

    /// <summary>Rounds up to a quarter of a power of two: at most a quarter is wasted, and nearby lengths share buffers.</summary>
    private static int SizeClass(int floats)
    {
        int n = Math.Max(64, floats);
        int step = 1 << Math.Max(4, BitOperations.Log2((uint)n) - 2);
        return checked((n + step - 1) / step * step);
    }
}
