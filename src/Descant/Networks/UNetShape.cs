namespace Descant.Networks;

/// <summary>Sizes of a <see cref="SpectrogramUNet"/>.</summary>
/// <param name="Channels">Audio channels of input and mask, 1 or 2.</param>
/// <param name="Widths">Feature maps of each encoder level, outermost first.</param>
/// <param name="Kernel">Side of the square kernels: 4 (S0's code, padding 1) or 5 (Jansson, 'same').</param>
/// <param name="Dropout">Rate on the first decoder levels.</param>
/// <param name="DropoutLevels">How many decoder levels drop.</param>
/// <param name="Epsilon">Added to the variance in batch normalisation.</param>
public sealed record UNetShape(
    int Channels, IReadOnlyList<int> Widths, int Kernel, float Dropout = 0.5f, int DropoutLevels = 3, float Epsilon = 1e-5f);
