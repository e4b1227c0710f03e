namespace Descant.Dsp;

/// <summary>How frequencies are spread over mel bands.</summary>
public enum MelScale
{
    /// <summary>Linear below 1 kHz, logarithmic above (Slaney's Auditory Toolbox; librosa's default).</summary>
    Slaney,

    /// <summary>2595·log10(1 + f/700) (the HTK book).</summary>
    Htk,
}
