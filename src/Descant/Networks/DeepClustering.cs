using Descant.Nn;
using Descant.Tensors;

namespace Descant.Networks;

/// <summary>S4's deep clustering and its hybrid: bins get directions, k-means divides the directions, one cluster is the voice.</summary>
/// <remarks>
/// S4 §IV.A and §V.A. The hybrid learns a soft mask beside the directions, and the voice is the cluster that agrees with it; without
/// it the cluster with the bass, more than half of the bins below 200 Hz, is the accompaniment (Luo et al., ICASSP 2017).
/// </remarks>
public sealed class DeepClustering : MelMaskingNetwork
{
    private const float BassHz = 200;

    private readonly DeepClusteringOptions _options;
    private readonly EmbeddingBody _body;

    /// <summary>Builds the network with fresh weights.</summary>
    public DeepClustering(DeepClusteringOptions options, Initializer init)
        : base(options, init)
    {
        _options = options;
        _body = Child("clustering", new EmbeddingBody(
            options.Bands, options.Hidden, options.Layers, options.Dimensions, options.Dropout, options.HasMaskHead, init));
    }

    /// <summary>Directions of all bins.</summary>
    /// <param name="features">[batch, frames, bands].</param>
    /// <returns>[batch, frames · bands, D], of length 1.</returns>
    public Tensor Embed(Tensor features) => _body.Forward(features).Directions;

    private protected override Tensor VocalMask(Tensor features)
    {
        (Tensor directions, Tensor? logits) = _body.Forward(features);
        if (logits is not null && _options.Answer == ClusteringAnswer.Head)
        {
            return logits.Sigmoid();
        }

        int bins = directions.Size(1);
        float[] mask = new float[features.ElementCount];
        for (int item = 0; item < features.Size(0); item++)
        {
            int[] clusters = new KMeans().Divide(directions.Select(0, item).ToArray(), _options.Dimensions);
            int voice = logits is null ? VoiceByBass(clusters) : VoiceByHead(clusters, logits.Select(0, item).ToArray());
            for (int bin = 0; bin < bins; bin++)
            {
                mask[(item * bins) + bin] = clusters[bin] == voice ? 1 : 0;
            }
        }

        return features.Engine.Tensor(mask, features.Shape);
    }

    private protected override Tensor Loss(MelTargets targets)
    {
        (Tensor directions, Tensor? logits) = _body.Forward(targets.Features);
        Tensor affinity = EmbeddingBody.AffinityLoss(directions, Labels(targets, _options.SingleColumnLabels), Weights(targets, _options.MagnitudeWeights));
        return logits is null ? affinity : (affinity * _options.AffinityWeight) + targets.CrossEntropy(logits).Reshape();
    }

    /// <summary>The binary mask as labels, [batch, bins, 2], or [batch, bins, 1] of the voice alone.</summary>
    internal static Tensor Labels(MelTargets targets, bool singleColumn)
    {
        Tensor voice = targets.Binary().Reshape(targets.Features.Size(0), -1);
        return singleColumn ? voice.Unsqueeze(2) : Tensor.Stack(2, voice, 1f - voice);
    }

    /// <summary>How much each bin counts, [batch, bins, 1]: 0 where its band is unknown.</summary>
    internal static Tensor Weights(MelTargets targets, bool byMagnitude)
    {
        Tensor known = targets.Known.BroadcastTo(targets.Mixture.Shape);
        return (byMagnitude ? targets.Mixture.Sqrt() * known : known).Reshape(targets.Features.Size(0), -1, 1);
    }

    /// <summary>The other cluster than the one with more than half of the low bins.</summary>
    internal int VoiceByBass(int[] clusters)
    {
        int low = Mel.BandHz.Count(hz => hz < BassHz), first = 0, all = 0;
        for (int bin = 0; bin < clusters.Length; bin++)
        {
            if (bin % _options.Bands < low)
            {
                all++;
                first += clusters[bin] == 0 ? 1 : 0;
            }
        }

        return 2 * first > all ? 1 : 0;
    }

    /// <summary>The cluster whose mask has the smaller cross-entropy against the head's: Σ m·z is larger for it than for its complement.</summary>
    internal static int VoiceByHead(int[] clusters, float[] logits)
    {
        double agreement = 0;
        for (int bin = 0; bin < clusters.Length; bin++)
        {
            agreement += clusters[bin] == 0 ? logits[bin] : -logits[bin];
        }

        return agreement >= 0 ? 0 : 1;
    }
}
