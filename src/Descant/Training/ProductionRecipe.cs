namespace Descant.Training;

/// <summary>How dry voices are made to sound like records. All values are probabilities, those of the effects given that a voice is produced.</summary>
/// <remarks>Networks that heard only dry voices do not recognise doubled, compressed, reverberant ones: the largest gain found before training began here.</remarks>
public sealed record ProductionRecipe
{
    /// <summary>A voice is produced at all.</summary>
    public double Probability { get; init; } = 0.85;

    /// <summary>Three peaking filters of up to ±8 dB.</summary>
    public double Equalizer { get; init; } = 0.6;

    /// <summary>Level differences evened out.</summary>
    public double Compression { get; init; } = 0.4;

    /// <summary>Harmonic distortion, from warm to torn.</summary>
    public double Saturation { get; init; } = 0.4;

    /// <summary>One to four detuned, late copies across the stereo field.</summary>
    public double Doubling { get; init; } = 0.45;

    /// <summary>Three echoes, sometimes from side to side.</summary>
    public double Echo { get; init; } = 0.25;

    /// <summary>Reverberation of 0.25 to 2.5 s.</summary>
    public double Reverberation { get; init; } = 0.7;

    /// <summary>No production.</summary>
    public static ProductionRecipe None { get; } = new() { Probability = 0 };
}
