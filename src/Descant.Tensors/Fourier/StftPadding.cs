namespace Descant.Tensors.Fourier;

/// <summary>What lies beyond the ends of the samples of a centred transform.</summary>
public enum StftPadding
{
    /// <summary>The samples mirrored at the first and at the last, which are not repeated: torch, older librosa.</summary>
    Reflect,

    /// <summary>Silence: librosa from 0.10 on.</summary>
    Zero,
}
