namespace Descant.Tensors.Kernels;

/// <summary>
/// Work memory of one worker: a few independent slots, each growing to the largest request and then reused.
/// Pinned managed arrays, so nothing leaks when a pool is forgotten.
/// </summary>
internal sealed unsafe class ScratchBuffers
{
    /// <summary>Slots per worker.</summary>
    public const int Slots = 8;

    private const int Alignment = 64;

    private readonly float[]?[] _buffers = new float[]?[Slots];

    /// <summary>
    /// At least <paramref name="floats"/> floats on a cache-line boundary, contents undefined. Valid until the next request
    /// for the same slot.
    /// </summary>
    public float* Get(int slot, long floats)
    {
        float[]? buffer = _buffers[slot];
        const int Spare = Alignment / sizeof(float);
        if (buffer is null || buffer.Length < floats + Spare)
        {
            // From the second request on a quarter more than asked for, so that slowly growing ones do not allocate each time.
            long more = buffer is null ? 0 : floats / 4;
            buffer = GC.AllocateUninitializedArray<float>(checked((int)(floats + more + Spare)), pinned: true);
            _buffers[slot] = buffer;
        }

        fixed (float* start = buffer)
        {
            return (float*)(((nint)start + Alignment - 1) & ~(nint)(Alignment - 1));
        }
    }
}
