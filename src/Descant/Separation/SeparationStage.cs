namespace Descant.Separation;

/// <summary>The two passes over a song.</summary>
public enum SeparationStage
{
    /// <summary>Decoding and the network.</summary>
    Separate,

    /// <summary>Writing the stems, once the gain that is common to them is known.</summary>
    Write,
}
