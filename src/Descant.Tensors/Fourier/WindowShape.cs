namespace Descant.Tensors.Fourier;

/// <summary>Shape of an analysis window, always periodic: sample n of W is taken at n/W, so that w[0] occurs once.</summary>
public enum WindowShape
{
    /// <summary>0.5 − 0.5·cos(2πn/W).</summary>
    Hann,

    /// <summary>0.54 − 0.46·cos(2πn/W).</summary>
    Hamming,

    /// <summary>1.</summary>
    Rectangular,
}
