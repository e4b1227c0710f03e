using Descant.Tensors;

namespace Descant.Nn;

/// <summary>Batch normalisation by channel over all other axes, of any rank, with an optional leaky rectifier in the same pass.</summary>
/// <remarks>
/// Ioffe and Szegedy, ICML 2015. Trains while a tape records (batch statistics, running ones updated), else uses the running ones.
/// The rectifier belongs here because normalising and rectifying in one pass halves the memory traffic of training.
/// </remarks>
public sealed class BatchNorm : Module
{
    private readonly float _epsilon;
    private readonly float _momentum;
    private readonly float _slope;

    /// <param name="channels">Size of axis 1.</param>
    /// <param name="init">Where parameters come from.</param>
    /// <param name="epsilon">Added to the variance: 1e-5 in PyTorch, 2e-5 in Chainer, 1e-3 in TensorFlow 1.</param>
    /// <param name="momentum">Share of the new batch in the running statistics (PyTorch's convention).</param>
    /// <param name="slope">Slope below 0 of the rectifier that follows: 1 for none, 0 for ReLU.</param>
    public BatchNorm(int channels, Initializer init, float epsilon = 1e-5f, float momentum = 0.1f, float slope = 1)
    {
        (_epsilon, _momentum, _slope) = (epsilon, momentum, slope);
        Weight = Learn("weight", init.Full(1, channels));
        Bias = Learn("bias", init.Full(0, channels));
        RunningMean = Keep("running_mean", init.Kept(0, channels));
        RunningVariance = Keep("running_var", init.Kept(1, channels));
    }

    internal Tensor Weight { get; }

    internal Tensor Bias { get; }

    internal Tensor RunningMean { get; }

    internal Tensor RunningVariance { get; }

    internal float Slope => _slope;

    /// <param name="x">[batch, channels, …].</param>
    /// <returns>Same shape.</returns>
    public Tensor Forward(Tensor x) => Forward(x, offset: null);

    /// <param name="x">[batch, channels, …].</param>
    /// <param name="offset">A constant per channel that x lacks; only the running mean notices it.</param>
    internal Tensor Forward(Tensor x, Tensor? offset)
    {
        if (!x.IsRecorded)
        {
            x = offset is null ? x : x + offset.Reshape(Enumerable.Range(0, x.Rank).Select(axis => axis == 1 ? x.Size(1) : 1).ToArray());
            (Tensor scale, Tensor shift) = Fixed();
            return x.ChannelAffine(scale, shift, _slope);
        }

        return Train(x, Weight, Bias, offset);
    }

    /// <summary>The recorded pass with other scales and shifts: this layer's, into which the caller has drawn an affine map that follows.</summary>
    internal Tensor Train(Tensor x, Tensor weight, Tensor bias, Tensor? offset = null)
    {
        Tensor y = x.BatchNorm(weight, bias, _epsilon, _slope, out (float[] Mean, float[] Variance) batch);
        int count = x.ElementCount / x.Size(1);
        float unbiased = count > 1 ? count / (count - 1f) : 1; // PyTorch keeps the unbiased variance
        float[] mean = offset is null ? batch.Mean : [.. batch.Mean.Zip(offset.ToArray(), (m, o) => m + o)];
        Update(RunningMean, mean, 1);
        Update(RunningVariance, batch.Variance, unbiased);
        return y;
    }

    /// <summary>The scale and shift per channel that this layer is once its statistics are fixed; computed again only after they change.</summary>
    internal (Tensor Scale, Tensor Shift) Fixed()
    {
        FixedAffine value = Weight.Storage.Derived.Get<FixedAffine>(this, Version, _ => ComputeFixed());
        return (value.Scale, value.Shift);
    }

    /// <summary>Moves whenever something that <see cref="Fixed"/> depends on changes.</summary>
    internal long Version => (long)Weight.Storage.Version + Bias.Storage.Version + RunningMean.Storage.Version + RunningVariance.Storage.Version;

    private FixedAffine ComputeFixed()
    {
        float[] weight = Weight.ToArray(), bias = Bias.ToArray(), mean = RunningMean.ToArray(), variance = RunningVariance.ToArray();
        float[] scale = new float[weight.Length], shift = new float[weight.Length];
        for (int c = 0; c < weight.Length; c++)
        {
            double s = weight[c] / Math.Sqrt(variance[c] + (double)_epsilon);
            scale[c] = (float)s;
            shift[c] = (float)(bias[c] - (mean[c] * s));
        }

        return new FixedAffine(Weight.Engine.Tensor(scale, scale.Length), Weight.Engine.Tensor(shift, shift.Length));
    }

    private void Update(Tensor running, float[] batch, float factor)
    {
        float[] values = running.ToArray();
        for (int c = 0; c < values.Length; c++)
        {
            // A batch that overflows is passed over by the trainer; one infinity here would stay for good.
            float next = values[c] + (_momentum * ((batch[c] * factor) - values[c]));
            values[c] = float.IsFinite(next) ? next : values[c];
        }

        running.Assign(values);
    }

    private sealed record FixedAffine(Tensor Scale, Tensor Shift);
}
