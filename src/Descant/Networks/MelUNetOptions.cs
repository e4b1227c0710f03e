using Descant.Nn;

namespace Descant.Networks;

/// <summary>Everything that defines a <see cref="MelUNet"/>.</summary>
public sealed record MelUNetOptions : MelMaskingOptions
{
    /// <summary>Feature maps by level, five of them (unet_model.py; S4 counts the levels only).</summary>
    public IReadOnlyList<int> Widths { get; init; } = [64, 128, 256, 512, 512];

    /// <summary>Dropout at the bottom and on the first two levels up (S4 §V.A: 0.5; its code has none).</summary>
    public float Dropout { get; init; } = 0.5f;

    /// <summary>The network of the code: only every second level down halves the image, and what grows too large on the way up is cut.</summary>
    public bool IsLegacy { get; init; }

    /// <inheritdoc/>
    public override Network Build(Initializer init) => new MelUNet(this, init);
}
