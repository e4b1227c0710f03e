namespace Descant.Separation;

/// <summary>What happens in integer output where a stem exceeds full scale.</summary>
public enum ClipPolicy
{
    /// <summary>All stems of the song get one gain below 1, so that they still sum to the song at that gain.</summary>
    CommonGain,

    /// <summary>The level stays; what a stem cannot hold is moved into the last stem.</summary>
    Clamp,
}
