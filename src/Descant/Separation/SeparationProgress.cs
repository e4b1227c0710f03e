namespace Descant.Separation;

/// <summary>How far the separation of one song is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="DoneSamples">Samples of each channel that are done in this stage.</param>
/// <param name="TotalSamples">Samples of each channel that the song is expected to have; null when nothing tells.</param>
/// <param name="SampleRate">The song's sample rate, in Hz.</param>
public readonly record struct SeparationProgress(SeparationStage Stage, long DoneSamples, long? TotalSamples, int SampleRate)
{
    /// <summary>Seconds since the song's separation began.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>The part of the whole work that is done, from 0 to 1; null when nothing tells.</summary>
    public double? Fraction { get; init; }

    /// <summary>Seconds until the stems are complete at the speed so far; null when nothing tells.</summary>
    public double? SecondsLeft => Fraction > 0 ? ElapsedSeconds * (1 - Fraction) / Fraction : null;

    /// <summary>Seconds of audio separated in a second; 0 before the first.</summary>
    public double Speed => Stage == SeparationStage.Separate && ElapsedSeconds > 0 ? (double)DoneSamples / SampleRate / ElapsedSeconds : 0;
}
