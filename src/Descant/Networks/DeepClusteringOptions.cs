using Descant.Nn;

namespace Descant.Networks;

/// <summary>Which of its answers a hybrid separates with.</summary>
public enum ClusteringAnswer
{
    /// <summary>The binary mask of the cluster that is the voice.</summary>
    Clusters,

    /// <summary>The soft mask of the second head.</summary>
    Head,
}

/// <summary>Everything that defines a <see cref="DeepClustering"/>.</summary>
public sealed record DeepClusteringOptions : MelMaskingOptions
{
    /// <summary>Units of a recurrent layer in each direction (cluster_model.py; Luo et al. 2017).</summary>
    public int Hidden { get; init; } = 500;

    /// <summary>Recurrent layers (S4 §IV.A).</summary>
    public int Layers { get; init; } = 4;

    /// <summary>D, values of a direction (S4 §IV.A).</summary>
    public int Dimensions { get; init; } = 20;

    /// <summary>Dropout between recurrent layers (S4 §V.A); 0 also switches that of the mask head off.</summary>
    public float Dropout { get; init; } = 0.5f;

    /// <summary>Whether a second head estimates the voice's share: the hybrid (S4 §IV.A, HDC).</summary>
    public bool HasMaskHead { get; init; }

    /// <summary>Weight of the affinity loss beside the mask head's cross-entropy.</summary>
    public float AffinityWeight { get; init; } = 1;

    /// <summary>Labels of one column as S4 §V.A prints them: 1 for the voice, 0 else. Pairs of background bins then have nothing to agree with; one column per source is the default.</summary>
    public bool SingleColumnLabels { get; init; }

    /// <summary>Whether loud bins count more: weights in proportion to magnitude (Wang et al. 2018).</summary>
    public bool MagnitudeWeights { get; init; }

    /// <summary>Which answer of a hybrid is separated with.</summary>
    public ClusteringAnswer Answer { get; init; } = ClusteringAnswer.Clusters;

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new DeepClustering(this, init);
}
