namespace Descant.Training;

/// <summary>How examples are put together from recordings. Levels in dB; what is not said otherwise is a probability.</summary>
public sealed record MixingRecipe
{
    /// <summary>Voice and accompaniment of one song at one time, as recorded.</summary>
    public double Aligned { get; init; } = 0.3;

    /// <summary>A second, unrelated voice.</summary>
    public double SecondVoice { get; init; } = 0.25;

    /// <summary>A second, unrelated band.</summary>
    public double SecondBand { get; init; } = 0.3;

    /// <summary>No voice at all: the network must learn to answer with silence.</summary>
    public double WithoutVocals { get; init; } = 0.08;

    /// <summary>A voice with nothing else.</summary>
    public double VocalsAlone { get; init; } = 0.02;

    /// <summary>How often an excerpt of a voice is drawn until one is not silent (below −50 dB over the excerpt); 1 takes what comes.</summary>
    public int VoiceAttempts { get; init; } = 6;

    /// <summary>Lowest level of the voice relative to the accompaniment, by root mean square over the excerpt.</summary>
    public double LowestVocalDb { get; init; } = -12;

    /// <summary>Highest level of the voice relative to the accompaniment.</summary>
    public double HighestVocalDb { get; init; } = 4;

    /// <summary>Whether voice and accompaniment are brought to a random level at all; without it a mix keeps the levels as recorded, times a gain.</summary>
    public bool RandomLevels { get; init; } = true;

    /// <summary>Whether voice and accompaniment of one song nevertheless keep their levels where those of other mixes are random.</summary>
    public bool AlignedKeepLevels { get; init; }

    /// <summary>Lowest factor of each source where levels are not random.</summary>
    public double LowestGain { get; init; } = 1;

    /// <summary>Highest factor of each source where levels are not random.</summary>
    public double HighestGain { get; init; } = 1;

    /// <summary>Lowest level of a mixture, root mean square, 1 being full scale.</summary>
    public double LowestLevel { get; init; } = 0.02;

    /// <summary>Highest level of a mixture.</summary>
    public double HighestLevel { get; init; } = 0.3;

    /// <summary>Left and right exchanged, for voice and band independently.</summary>
    public double ChannelSwap { get; init; } = 0.5;

    /// <summary>A recording played faster or slower, which moves pitch and tempo together.</summary>
    public double SpeedChange { get; init; } = 0.3;

    /// <summary>Largest change of speed, as a share.</summary>
    public double LargestSpeedChange { get; init; } = 0.08;

    /// <summary>A recording played at another pitch and its own tempo.</summary>
    public double PitchChange { get; init; }

    /// <summary>Largest change of pitch, in semitones up or down.</summary>
    public double MostSemitones { get; init; } = 2;

    /// <summary>A recording played at another tempo and its own pitch.</summary>
    public double TempoChange { get; init; }

    /// <summary>Largest change of tempo, as a share.</summary>
    public double LargestTempoChange { get; init; } = 0.1;

    /// <summary>Stereo width of a band changed; a mono band spread over the channels.</summary>
    public double Width { get; init; } = 0.4;

    /// <summary>A mono voice placed beside the middle.</summary>
    public double Pan { get; init; } = 0.3;

    /// <summary>Tone of the band changed by two gentle filters.</summary>
    public double BandEqualizer { get; init; } = 0.3;

    /// <summary>The finished mixture compressed like a loud master, its sources by the same gain.</summary>
    public double Master { get; init; } = 0.25;

    /// <summary>Everything off: examples are excerpts of songs as they were recorded.</summary>
    public static MixingRecipe AsRecorded { get; } = new()
    {
        Aligned = 1,
        SecondVoice = 0,
        SecondBand = 0,
        WithoutVocals = 0,
        VocalsAlone = 0,
        RandomLevels = false,
        ChannelSwap = 0,
        SpeedChange = 0,
        Width = 0,
        Pan = 0,
        BandEqualizer = 0,
        Master = 0,
    };
}
