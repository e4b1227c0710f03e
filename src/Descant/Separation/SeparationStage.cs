namespace Descant.Separation;

/// <summary>The passes over a song.</summary>
public enum SeparationStage
{
    /// <summary>Looking for the stretch with the most singing.</summary>
    Preview,

    /// <summary>Decoding and the network.</summary>
    Separate,

    /// <summary>Writing the stems, once the gain that is common to them is known.</summary>
    Write,
}
