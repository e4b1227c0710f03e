namespace Descant.Training;

/// <summary>How often and on how much the network is validated.</summary>
public sealed record ValidationRecipe
{
    /// <summary>Steps between two validations; 0 validates by the clock alone.</summary>
    public int EverySteps { get; init; }

    /// <summary>Minutes between two validations; 0 validates by steps alone.</summary>
    public double EveryMinutes { get; init; } = 10;

    /// <summary>Longest stretch of a song that is separated, from its middle; of music without vocals a quarter of it.</summary>
    public double MostSeconds { get; init; } = 40;

    /// <summary>At most this many tracks of one group (a singer, a folder), spread evenly.</summary>
    public int MostTracksPerGroup { get; init; } = 4;
}
