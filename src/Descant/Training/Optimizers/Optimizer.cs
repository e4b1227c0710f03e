using Descant.Nn;
using Descant.Tensors;

namespace Descant.Training.Optimizers;

/// <summary>Changes parameters in place along their gradients, keeping values (moments) per parameter from step to step.</summary>
/// <remarks>
/// What is kept is read with <see cref="State"/> and put back with <see cref="Restore"/>; a run resumed from both the parameters and
/// the state continues bit for bit. Results do not depend on the number of threads.
/// </remarks>
public abstract class Optimizer
{
    private const int ChunkElements = 16 * 1024;   // 64 KiB of each array per job: enough jobs for balance, few enough to be free
    private const long LowSteps = 1 << 20;         // a count of steps is stored as two floats below 2^20 and is exact up to 2^44

    private readonly Dictionary<string, Slots> _slots = new(StringComparer.Ordinal);
    private readonly List<Chunk> _chunks = [];

    private protected Optimizer(double learningRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(learningRate);
        LearningRate = learningRate;
    }

    /// <summary>The length of the next step; a schedule sets it.</summary>
    public double LearningRate { get; set; }

    /// <summary>
    /// Everything kept, by key: <c>parameter name</c> + <c>.</c> + what it is, and <c>.steps</c> for the number of updates.
    /// The arrays are the live ones: copy or write them before the next step.
    /// </summary>
    public IEnumerable<KeyValuePair<string, float[]>> State
    {
        get
        {
            foreach ((string name, Slots slots) in _slots)
            {
                yield return new($"{name}.steps", [slots.Steps / LowSteps, slots.Steps % LowSteps]);
                for (int i = 0; i < KeptNames.Count; i++)
                {
                    yield return new($"{name}.{KeptNames[i]}", slots.Kept[i]);
                }
            }
        }
    }

    /// <summary>What is kept for each parameter, at most three arrays of its size; PyTorch's names.</summary>
    private protected abstract IReadOnlyList<string> KeptNames { get; }

    /// <summary>One update of every trained parameter that has a gradient.</summary>
    /// <param name="parameters">The network's parameters; those that are not trained are left alone.</param>
    /// <param name="gradients">Derivatives of the loss.</param>
    /// <param name="gradientScale">Factor of every gradient, from <see cref="GradientNorm.ClipScale"/>.</param>
    public void Step(IEnumerable<Parameter> parameters, Gradients gradients, float gradientScale = 1)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        ArgumentNullException.ThrowIfNull(gradients);
        _chunks.Clear();
        Engine? engine = null;
        foreach (Parameter parameter in parameters)
        {
            if (!parameter.IsTrained || gradients[parameter.Value] is not { } gradient)
            {
                continue;
            }

            Tensor value = parameter.Value;
            engine ??= value.Engine;
            Tensor dense = gradient.IsRowMajor ? gradient : gradient.RowMajorCopy();
            Slots slots = SlotsFor(parameter.Name, value.ElementCount);
            slots.Steps++;
            for (int start = 0; start < value.ElementCount; start += ChunkElements)
            {
                _chunks.Add(new Chunk(slots, value, dense, start, Math.Min(ChunkElements, value.ElementCount - start)));
            }
        }

        engine?.Workers.Run(_chunks.Count, (job, _) =>
        {
            Chunk c = _chunks[job];
            Update(c.Parameter.DenseSpan().Slice(c.Start, c.Length), c.Gradient.DenseSpan().Slice(c.Start, c.Length), gradientScale, c.Slots, c.Start);
        });
        foreach (Chunk chunk in _chunks)
        {
            chunk.Parameter.Storage.MarkChanged();
        }

        _chunks.Clear();
    }

    /// <summary>Puts back what <see cref="State"/> gave, so that the next step continues where it was read.</summary>
    /// <exception cref="InvalidDataException">A key is missing, or an array has the wrong length.</exception>
    public void Restore(IReadOnlyDictionary<string, float[]> state)
    {
        ArgumentNullException.ThrowIfNull(state);
        _slots.Clear();
        foreach ((string key, float[] steps) in state)
        {
            if (!key.EndsWith(".steps", StringComparison.Ordinal))
            {
                continue;
            }

            string name = key[..^".steps".Length];
            var kept = new float[KeptNames.Count][];
            for (int i = 0; i < kept.Length; i++)
            {
                string wanted = $"{name}.{KeptNames[i]}";
                kept[i] = state.TryGetValue(wanted, out float[]? values)
                    ? [.. values]
                    : throw new InvalidDataException($"optimizer state: expected '{wanted}' beside '{key}', got none. Was it saved by another optimiser than {GetType().Name}?");
            }

            if (steps.Length != 2 || kept.Any(k => k.Length != kept[0].Length))
            {
                throw new InvalidDataException($"optimizer state: '{name}' expects a step count of two numbers and arrays of one length, got {steps.Length} and {string.Join(", ", kept.Select(k => k.Length))}.");
            }

            _slots.Add(name, new Slots(kept) { Steps = ((long)steps[0] * LowSteps) + (long)steps[1] });
        }
    }

    /// <summary>Updates one stretch of a parameter.</summary>
    private protected abstract void Update(Span<float> parameter, ReadOnlySpan<float> gradient, float gradientScale, Slots slots, int start);

    private Slots SlotsFor(string name, int elements)
    {
        if (!_slots.TryGetValue(name, out Slots? slots))
        {
            _slots.Add(name, slots = new Slots([.. KeptNames.Select(_ => new float[elements])]));
        }

        foreach (float[] kept in slots.Kept)
        {
            if (kept.Length != elements)
            {
                throw new InvalidDataException($"optimizer step: '{name}' has {elements} values, its kept state {kept.Length}. The checkpoint belongs to another model.");
            }
        }

        return slots;
    }

    /// <summary>What is kept for one parameter.</summary>
    private protected sealed class Slots(float[][] kept)
    {
        public float[][] Kept { get; } = kept;

        /// <summary>Updates so far, the present one included.</summary>
        public long Steps { get; set; }

        public Span<float> Span(int slot, int start, int length) => slot < Kept.Length ? Kept[slot].AsSpan(start, length) : [];
    }

    private readonly record struct Chunk(Slots Slots, Tensor Parameter, Tensor Gradient, int Start, int Length);
}
