using Descant.Nn;

namespace Descant.Networks;

/// <summary>Everything that defines a <see cref="UhNet"/>.</summary>
public sealed record UhNetOptions : MelMaskingOptions
{
    /// <summary>The clustering part's units of a recurrent layer in each direction.</summary>
    public int Hidden { get; init; } = 500;

    /// <summary>The clustering part's recurrent layers.</summary>
    public int Layers { get; init; } = 4;

    /// <summary>The clustering part's values of a direction.</summary>
    public int Dimensions { get; init; } = 20;

    /// <summary>The U-Net's feature maps by level.</summary>
    public IReadOnlyList<int> Widths { get; init; } = [64, 128, 256, 512, 512];

    /// <summary>Dropout in both parts.</summary>
    public float Dropout { get; init; } = 0.5f;

    /// <summary>Whether the clustering part stays as it was pre-trained (<c>train --from</c>).</summary>
    public bool FreezeReference { get; init; }

    /// <summary>Weight of the clustering part's own losses; 0 leaves it to the U-Net's cross-entropy, as the code does after pre-training it.</summary>
    public float ReferenceWeight { get; init; } = 1;

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new UhNet(this, init);
}
