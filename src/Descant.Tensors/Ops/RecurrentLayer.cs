using Descant.Tensors.Kernels;

namespace Descant.Tensors;

internal static class RecurrentLayer
{
    /// <summary>The hidden state that each direction computed last, [directions, batch, units].</summary>
    public static Tensor LastStates(Tensor y, int units)
    {
        Tensor last = y.Slice(0, y.Size(0) - 1, 1).Slice(2, 0, units);
        return y.Size(2) == units ? last : Tensor.Concat(0, last, y.Slice(0, 0, 1).Slice(2, units, units));
    }
}

/// <summary>
/// One recurrent layer in one or two directions: the input's share of all gates as one product, then the sequence, and for the
/// gradients the sequence backwards, then weight and input gradients as products over all frames at once.
/// </summary>
internal sealed unsafe class RecurrentLayer<TCell>
    where TCell : struct, IRecurrentCell
{
    private readonly Tensor _x;
    private readonly RecurrentWeights[] _weights;
    private readonly Tensor? _hidden;
    private readonly Tensor? _cell;
    private readonly Tensor?[] _inputs;
    private readonly int _frames;
    private readonly int _batch;
    private readonly int _inputSize;
    private readonly int _units;
    private readonly int _gates;

    public RecurrentLayer(string operation, Tensor x, RecurrentWeights forward, RecurrentWeights? reverse, Tensor? hidden, Tensor? cell)
    {
        _x = x;
        _weights = reverse is null ? [forward] : [forward, reverse];
        _hidden = hidden;
        _cell = cell;
        _units = forward.Hidden.Size(-1);
        _gates = TCell.Gates * _units;
        Check(operation);
        (_frames, _batch, _inputSize) = (x.Shape[0], x.Shape[1], x.Shape[2]);
        _inputs = [x, .. _weights.SelectMany(w => new[] { w.Input, w.Hidden, w.InputBias, w.HiddenBias }), hidden, cell];
    }

    private int Rows => _frames * _batch;

    private int OutputStride => _weights.Length * _units;

    /// <summary>Hidden states [frames, batch, directions · units], with the last cell states as one more frame when asked for.</summary>
    public Tensor Run(bool givesCell)
    {
        Engine engine = Engine.Of(_inputs);
        bool records = engine.Tape is { IsOpen: true };
        Tensor x = _x.AsRowMajor();
        Tensor y = engine.Allocate([_frames + (givesCell ? 1 : 0), _batch, OutputStride]);
        Tensor? hidden = _hidden?.AsRowMajor(), cell = _cell?.AsRowMajor();
        Storage[] work = new Storage[_weights.Length];
        Tensor[] gates = new Tensor[_weights.Length], kept = new Tensor[_weights.Length], innerBias = new Tensor[_weights.Length];
        RecurrentPass[] passes = new RecurrentPass[_weights.Length];
        for (int d = 0; d < passes.Length; d++)
        {
            RecurrentWeights weights = _weights[d];
            if (records)
            {
                gates[d] = engine.Allocate([Rows, _gates]);
                kept[d] = engine.Allocate([Rows, _units]);
            }
            else
            {
                // Nothing is kept in inference: the gates' memory goes straight back and serves the next layer while still in a cache.
                work[d] = engine.Buffers.Rent(Rows * _gates, "the gates of a recurrent layer");
                gates[d] = new Tensor(work[d], 0, [Rows, _gates], [_gates, 1], engine);
            }

            Tensor bias = Biases(weights, engine, out innerBias[d]);
            Gemm.Multiply(
                engine.Workers, Matrix.RowMajor(x.Pointer(), Rows, _inputSize), PackTransposed(weights.Input, engine), gates[d].Pointer(),
                _gates, accumulate: false, new Epilogue(bias.Pointer()));
            GC.KeepAlive((bias, x, weights)); // the kernels saw only their addresses
            passes[d] = new RecurrentPass
            {
                Frames = _frames,
                Batch = _batch,
                Units = _units,
                IsReverse = d == 1,
                Gates = gates[d].Pointer(),
                Kept = records ? kept[d].Pointer() : null,
                Output = y.Pointer() + (d * _units),
                OutputStride = OutputStride,
                Weight = PackTransposed(weights.Hidden, engine),
                InnerBias = innerBias[d].Pointer(),
                InitialHidden = State(hidden, d),
                InitialCell = State(cell, d),
                FinalCell = givesCell ? y.Pointer() + ((nint)Rows * OutputStride) + (d * _units) : null,
                FinalCellStride = OutputStride,
            };
        }

        engine.Count((long)Rows * _gates * (_inputSize + _units) * passes.Length);
        RecurrentKernels.Forward<TCell>(engine.Workers, engine.Width, passes);
        GC.KeepAlive((x, y, hidden, cell, innerBias, gates, kept));
        GC.KeepAlive(passes); // they hold the packed weights
        if (!records)
        {
            Array.ForEach(work, engine.Buffers.Return);
            return y;
        }

        return Engine.Record(y, _inputs, g => Backward(g.AsRowMajor(), x, y, hidden, cell, gates, kept, givesCell));
    }

    private Tensor?[] Backward(Tensor g, Tensor x, Tensor y, Tensor? hidden, Tensor? cell, Tensor[] gates, Tensor[] kept, bool givesCell)
    {
        Engine engine = g.Engine;
        Tensor? dHidden = hidden is null ? null : engine.Allocate(hidden.Shape);
        Tensor? dCell = cell is null ? null : engine.Allocate(cell.Shape);
        RecurrentPass[] passes = new RecurrentPass[_weights.Length];
        for (int d = 0; d < passes.Length; d++)
        {
            Tensor weight = _weights[d].Hidden;
            passes[d] = new RecurrentPass
            {
                Frames = _frames,
                Batch = _batch,
                Units = _units,
                IsReverse = d == 1,
                Gates = gates[d].Pointer(),
                Kept = kept[d].Pointer(),
                Output = y.Pointer() + (d * _units),
                OutputStride = OutputStride,
                Weight = Pack(weight, engine, nameof(Backward), new(weight.Pointer(), _gates, _units, weight.Strides[0], weight.Strides[1])),
                InitialHidden = State(hidden, d),
                InitialCell = State(cell, d),
                OutputGradient = g.Pointer() + (d * _units),
                FinalCellGradient = givesCell ? g.Pointer() + ((nint)Rows * OutputStride) + (d * _units) : null,
                FinalCellStride = OutputStride,
                InitialHiddenGradient = State(dHidden, d),
                InitialCellGradient = State(dCell, d),
            };
        }

        RecurrentKernels.Backward<TCell>(engine.Workers, engine.Width, passes);
        GC.KeepAlive((g, y, hidden, cell, gates, kept, dHidden, dCell));
        GC.KeepAlive(passes);

        List<Tensor?> gradients = [_x.IsTracked ? InputGradient(engine, gates) : null];
        for (int d = 0; d < _weights.Length; d++)
        {
            RecurrentWeights weights = _weights[d];
            gradients.Add(weights.Input.IsTracked ? InputWeightGradient(engine, x, gates[d]) : null);
            gradients.Add(weights.Hidden.IsTracked ? HiddenWeightGradient(engine, y, hidden, gates[d], kept[d], d) : null);
            Tensor? sum = weights.InputBias is { IsTracked: true } || weights.HiddenBias is { IsTracked: true }
                ? gates[d].Sum(0).Reshape(_gates)
                : null;
            gradients.Add(sum);
            gradients.Add(TCell.CarriesHidden && sum is not null
                ? Tensor.Concat(0, sum.Slice(0, 0, _gates - _units), kept[d].Sum(0).Reshape(_units))
                : sum);
        }

        gradients.Add(dHidden);
        gradients.Add(dCell);
        return [.. gradients];
    }

    private Tensor InputGradient(Engine engine, Tensor[] gates)
    {
        Tensor dx = engine.Allocate([_frames, _batch, _inputSize]);
        for (int d = 0; d < gates.Length; d++)
        {
            Tensor weight = _weights[d].Input;
            Gemm.Multiply(
                engine.Workers, engine.Width, Matrix.RowMajor(gates[d].Pointer(), Rows, _gates),
                new Matrix(weight.Pointer(), _gates, _inputSize, weight.Strides[0], weight.Strides[1]), dx.Pointer(), _inputSize, accumulate: d > 0);
            GC.KeepAlive((gates[d], weight, dx));
        }

        return dx;
    }

    private Tensor InputWeightGradient(Engine engine, Tensor x, Tensor gates)
    {
        Tensor dw = engine.Allocate([_gates, _inputSize]);
        Gemm.Multiply(
            engine.Workers, engine.Width, Matrix.RowMajor(gates.Pointer(), Rows, _gates).Transposed,
            Matrix.RowMajor(x.Pointer(), Rows, _inputSize), dw.Pointer(), _inputSize);
        GC.KeepAlive((x, gates, dw));
        return dw;
    }

    private Tensor HiddenWeightGradient(Engine engine, Tensor y, Tensor? hidden, Tensor gates, Tensor kept, int direction)
    {
        // The gradients of the products: the gates' own, but for the candidate of a gated recurrent unit, which has them in Kept.
        Tensor dw = engine.Zeros(_gates, _units);
        int shared = TCell.CarriesHidden ? _gates - _units : _gates;
        AddHiddenWeightGradient(engine, y, hidden, gates.Pointer(), _gates, shared, dw.Pointer(), direction);
        if (shared < _gates)
        {
            AddHiddenWeightGradient(engine, y, hidden, kept.Pointer(), _units, _units, dw.Pointer() + ((nint)shared * _units), direction);
        }

        GC.KeepAlive((y, hidden, gates, kept, dw));
        return dw;
    }

    private void AddHiddenWeightGradient(
        Engine engine, Tensor y, Tensor? hidden, float* gradient, int stride, int count, float* dw, int direction)
    {
        bool isReverse = direction == 1;
        int rows = Rows - _batch;
        if (rows > 0)
        {
            float* from = gradient + (isReverse ? 0 : (nint)_batch * stride);
            float* previous = y.Pointer() + (direction * _units) + (isReverse ? (nint)_batch * OutputStride : 0);
            Gemm.Multiply(
                engine.Workers, engine.Width, new Matrix(from, count, rows, 1, stride),
                new Matrix(previous, rows, _units, OutputStride, 1), dw, _units, accumulate: true);
        }

        if (hidden is not null)
        {
            float* first = gradient + (isReverse ? (nint)rows * stride : 0);
            Gemm.Multiply(
                engine.Workers, engine.Width, new Matrix(first, count, _batch, 1, stride),
                Matrix.RowMajor(State(hidden, direction), _batch, _units), dw, _units, accumulate: true);
        }
    }

    /// <summary>The sum of the biases that are added outside the cell, and the one inside it (zeros where there is none).</summary>
    private Tensor Biases(RecurrentWeights weights, Engine engine, out Tensor inner)
    {
        Tensor outside = engine.Zeros(_gates);
        inner = engine.Zeros(_units);
        Span<float> sum = outside.DenseSpan();
        float[] input = weights.InputBias?.ToArray() ?? [], hidden = weights.HiddenBias?.ToArray() ?? [];
        int shared = TCell.CarriesHidden ? _gates - _units : _gates;
        for (int i = 0; i < input.Length; i++)
        {
            sum[i] = input[i];
        }

        for (int i = 0; i < hidden.Length; i++)
        {
            if (i < shared)
            {
                sum[i] += hidden[i];
            }
            else
            {
                inner.DenseSpan()[i - shared] = hidden[i];
            }
        }

        return outside;
    }

    private float* State(Tensor? states, int direction) => states is null ? null : states.Pointer() + ((nint)direction * _batch * _units);

    private static PackedMatrix PackTransposed(Tensor weight, Engine engine) =>
        Pack(weight, engine, nameof(PackTransposed), new(weight.Pointer(), weight.Shape[1], weight.Shape[0], weight.Strides[1], weight.Strides[0]));

    /// <summary>A weight as the kernels read it; a parameter's is kept until an optimiser changes it.</summary>
    private static PackedMatrix Pack(Tensor weight, Engine engine, string use, Matrix matrix)
    {
        if (!weight.RequiresGradient)
        {
            return PackedMatrix.Pack(engine.Workers, engine.Width, matrix);
        }

        object key = (nameof(RecurrentLayer), use, weight.Offset, weight.ToString(), engine.Width);
        return weight.Storage.Derived.Get<PackedMatrix>(key, weight.Storage.Version, stale =>
        {
            if (stale is null)
            {
                return PackedMatrix.Pack(engine.Workers, engine.Width, matrix);
            }

            stale.Repack(engine.Workers, matrix);
            return stale;
        });
    }

    private void Check(string operation)
    {
        if (_x.Rank != 3)
        {
            throw new ArgumentException($"{operation}: expects [frames, batch, inputs], got {_x}.");
        }

        foreach (RecurrentWeights w in _weights)
        {
            bool matches = w.Input.Rank == 2 && w.Hidden.Rank == 2 && w.Input.Shape[0] == _gates && w.Hidden.Shape[0] == _gates
                && w.Hidden.Shape[1] == _units && w.Input.Shape[1] == _x.Shape[2]
                && (w.InputBias is null || w.InputBias.ElementCount == _gates) && (w.HiddenBias is null || w.HiddenBias.ElementCount == _gates);
            if (!matches)
            {
                throw new ArgumentException(
                    $"{operation}: for {_x} and {_units} units expects weights [{_gates}, {_x.Shape[2]}] and [{_gates}, {_units}] with biases of {_gates}, got {w.Input} and {w.Hidden} with biases {w.InputBias} and {w.HiddenBias}.");
            }
        }

        foreach (Tensor? state in new[] { _hidden, _cell })
        {
            if (state is not null && !state.Shape.SequenceEqual([_weights.Length, _x.Shape[1], _units]))
            {
                throw new ArgumentException($"{operation}: for {_x} expects states [{_weights.Length}, {_x.Shape[1]}, {_units}], got {state}.");
            }
        }
    }
}
