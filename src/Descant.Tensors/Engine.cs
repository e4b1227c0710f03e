using Descant.Tensors.Kernels;

namespace Descant.Tensors;

/// <summary>Where tensors live and compute: worker threads, vector width and recycled buffers. A scope is the same engine with a list of buffers to return.</summary>
/// <remarks>
/// Nothing here is ambient. A tensor knows its engine, results inherit it, and of two operands' engines the inner one (the scope,
/// the recording) wins; so a scope follows the data across threads and awaits.
/// </remarks>
public sealed class Engine : IDisposable
{
    /// <summary>Buffers whose addresses were last given out, more than any one operation asks for.</summary>
    private const int RecentBuffers = 128;

    private readonly List<Storage>? _owned;
    private readonly Storage?[] _recent;
    private readonly int[] _recentCount; // one counter shared by the views of an engine
    private readonly long[] _multiplyAdds; // likewise
    private readonly int _depth;

    /// <summary>Starts an engine.</summary>
    /// <param name="threads">Threads to compute with, the caller's included; 0 takes one per processor.</param>
    public Engine(int threads = 0)
        : this(threads, VectorWidths.Best)
    {
    }

    internal Engine(int threads, VectorWidth width)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(threads);
        Workers = new WorkerPool(threads == 0 ? Environment.ProcessorCount : threads);
        Width = width;
        Buffers = new BufferPool();
        _recent = new Storage?[RecentBuffers];
        _recentCount = new int[1];
        _multiplyAdds = new long[1];
    }

    private Engine(Engine outer, List<Storage>? owned, GradientTape? tape)
    {
        Outer = outer;
        Workers = outer.Workers;
        Width = outer.Width;
        Buffers = outer.Buffers;
        _owned = owned;
        Tape = tape;
        _depth = outer._depth + 1;
        _recent = outer._recent;
        _recentCount = outer._recentCount;
        _multiplyAdds = outer._multiplyAdds;
    }

    /// <summary>Threads that compute, the caller's included.</summary>
    public int Threads => Workers.Threads;

    /// <summary>Bytes of all buffers this engine ever made; stays constant while a warmed-up computation repeats.</summary>
    public long AllocatedBytes => Buffers.AllocatedBytes;

    /// <summary>Multiply-adds of all convolutions, linear layers, matrix products and recurrent layers computed so far; their gradients and everything elementwise are not counted.</summary>
    public long MultiplyAdds => Interlocked.Read(ref _multiplyAdds[0]);

    internal Engine? Outer { get; }

    internal WorkerPool Workers { get; }

    internal VectorWidth Width { get; }

    internal BufferPool Buffers { get; }

    internal GradientTape? Tape { get; }

    /// <summary>Opens a scope: every tensor computed from data on it is recycled when it is disposed.</summary>
    public Engine Scope() => new(this, [], tape: null);

    /// <summary>Disposes a scope's tensors, or on the outermost engine the worker threads.</summary>
    public void Dispose()
    {
        if (Outer is null)
        {
            Workers.Dispose();
            return;
        }

        if (_owned is null || Tape is not null)
        {
            return;
        }

        lock (_owned)
        {
            foreach (Storage storage in _owned)
            {
                Buffers.Return(storage);
            }

            _owned.Clear();
        }
    }

    /// <summary>Hands a tensor of this scope, which ends next, to the engine around it.</summary>
    internal Tensor Release(Tensor tensor)
    {
        Engine outer = Outer!; // only scopes release
        bool owned;
        lock (_owned!)
        {
            owned = _owned.Remove(tensor.Storage);
        }

        if (owned && outer._owned is { } list)
        {
            lock (list)
            {
                list.Add(tensor.Storage);
            }
        }

        return tensor.On(outer);
    }

    /// <summary>A tensor with the given values.</summary>
    /// <param name="values">In row-major order of <paramref name="shape"/>.</param>
    /// <param name="shape">Sizes of the axes, outermost first; empty for a scalar.</param>
    /// <exception cref="ArgumentException">The number of values is not the product of the shape.</exception>
    public Tensor Tensor(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Allocate(shape);
        if (values.Length != tensor.ElementCount)
        {
            throw new ArgumentException($"tensor: shape {tensor} expects {tensor.ElementCount} values, got {values.Length}.");
        }

        values.CopyTo(tensor.DenseSpan());
        return tensor;
    }

    /// <summary>A tensor of one repeated value.</summary>
    public Tensor Full(float value, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Allocate(shape);
        tensor.DenseSpan().Fill(value);
        return tensor;
    }

    /// <summary>A tensor of zeros.</summary>
    public Tensor Zeros(params ReadOnlySpan<int> shape) => Full(0, shape);

    /// <summary>A tensor that training changes: gradients are computed for it.</summary>
    public Tensor Parameter(ReadOnlySpan<float> values, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Tensor(values, shape);
        tensor.RequiresGradient = true;
        return tensor;
    }

    /// <summary>Starts recording: what is computed from tensors put on the tape can be differentiated.</summary>
    /// <param name="seed">Decides what dropout drops.</param>
    public GradientTape Record(ulong seed = 0) => new(this, seed);

    /// <summary>The engine on which a result of these operands belongs.</summary>
    internal static Engine Of(Tensor a, Tensor b)
    {
        Engine inner = a.Engine._depth >= b.Engine._depth ? a.Engine : b.Engine;
        Engine outer = ReferenceEquals(inner, a.Engine) ? b.Engine : a.Engine;
        return ReferenceEquals(inner.Workers, outer.Workers)
            ? inner
            : throw new InvalidOperationException($"Operands {a} and {b} live on different engines. Create both on the same one.");
    }

    internal static Engine Of(params ReadOnlySpan<Tensor?> operands)
    {
        Tensor? chosen = null;
        foreach (Tensor? operand in operands)
        {
            if (operand is not null && (chosen is null || ReferenceEquals(Of(chosen, operand), operand.Engine)))
            {
                chosen = operand;
            }
        }

        return chosen!.Engine;
    }

    /// <summary>Keeps a buffer from the garbage collector while an operation computes with its address.</summary>
    /// <remarks>
    /// A kernel sees addresses only, and the last tensor over a buffer may be unreachable before the kernel ends. A scope holds its
    /// buffers anyway; outside one the last <see cref="RecentBuffers"/> are held. Compute from several threads at once in scopes.
    /// </remarks>
    internal void KeepAlive(Storage storage)
    {
        if (_owned is null)
        {
            _recent[(Interlocked.Increment(ref _recentCount[0]) & int.MaxValue) % RecentBuffers] = storage;
        }
    }

    /// <summary>Adds to <see cref="MultiplyAdds"/>.</summary>
    internal void Count(long multiplyAdds) => Interlocked.Add(ref _multiplyAdds[0], multiplyAdds);

    /// <summary>The same engine and buffers, recording on <paramref name="tape"/>.</summary>
    internal Engine With(GradientTape tape) => new(this, _owned, tape);

    /// <summary>A row-major tensor with unspecified content.</summary>
    internal Tensor Allocate(ReadOnlySpan<int> shape) => Allocate(shape, Layout.RowMajor(shape));

    /// <summary>A spectrum with unspecified content: row-major but for its last two axes, bins and frames, which stand the other way round in memory.</summary>
    internal Tensor AllocateFrameMajor(ReadOnlySpan<int> leading, int bins, int frames)
    {
        int[] shape = [.. leading, bins, frames];
        int[] strides = Layout.RowMajor(shape);
        strides[^2] = 1;
        strides[^1] = bins;
        return Allocate(shape, strides);
    }

    /// <summary>A tensor with unspecified content and the given dense strides.</summary>
    internal Tensor Allocate(ReadOnlySpan<int> shape, int[] strides)
    {
        int count = Layout.Count(shape);
        Storage storage = Buffers.Rent(count, Tensors.Tensor.Describe(shape));
        if (_owned is not null)
        {
            lock (_owned)
            {
                _owned.Add(storage);
            }
        }

        return new Tensor(storage, 0, shape.ToArray(), strides, this);
    }

    /// <summary>Puts an operation on the tape when one is running and an input is tracked; without a tape it is noted that a gradient would be lost.</summary>
    internal static Tensor Record(Tensor output, ReadOnlySpan<Tensor?> inputs, Func<Tensor, Tensor?[]> vectorJacobian)
    {
        if (output.Engine.Tape is { } tape)
        {
            tape.Add(output, inputs, vectorJacobian);
            return output;
        }

        foreach (Tensor? input in inputs)
        {
            output.IsUnrecorded |= input is { IsTracked: true } or { IsUnrecorded: true };
        }

        return output;
    }
}
