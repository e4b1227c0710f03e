using Descant.Tensors;

namespace Descant.Networks;

/// <summary>What S4's networks are told about a batch of chunks; all [batch, frames, bands].</summary>
/// <param name="Features">What the network sees, on the tape.</param>
/// <param name="Mixture">Power of the mixture.</param>
/// <param name="Vocals">Power of the voice.</param>
/// <param name="Accompaniment">Power of everything else.</param>
/// <param name="Known">1 for bands below the chunks' bandwidth, 0 above; [batch, 1, bands].</param>
internal sealed record MelTargets(Tensor Features, Tensor Mixture, Tensor Vocals, Tensor Accompaniment, Tensor Known)
{
    private const float Smallest = 1e-12f;

    /// <summary>1 where the voice is louder than the accompaniment, else 0 (S4 §III.B: the binary mask).</summary>
    public Tensor Binary()
    {
        float[] vocals = Vocals.ToArray(), accompaniment = Accompaniment.ToArray();
        return Vocals.Engine.Tensor([.. vocals.Zip(accompaniment, (v, a) => v > a ? 1f : 0f)], Vocals.Shape);
    }

    /// <summary>The voice's share of the power (S4 §III.B: the proportion mask); 0 in silence.</summary>
    public Tensor Proportion() => Vocals / (Vocals + Accompaniment + Smallest);

    /// <summary>Mean binary cross-entropy of a mask, given as logits, against the proportion mask, over the known bands.</summary>
    /// <remarks>Less the entropy of the proportions themselves, below which no mask can get: the gradient is the same, and a perfect mask has 0.</remarks>
    public Tensor CrossEntropy(Tensor logits)
    {
        Tensor share = Proportion(), least = share.Engine.Full(Smallest, 1);
        Tensor negativeEntropy = (share * Tensor.Maximum(share, least).Log()) + ((1f - share) * Tensor.Maximum(1f - share, least).Log());
        return ((logits.Softplus() - (logits * share) + negativeEntropy) * Known).Mean();
    }
}
