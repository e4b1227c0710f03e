namespace Descant.Separation;

/// <summary>How far the separation of one song is.</summary>
/// <param name="Stage">What is being done.</param>
/// <param name="DoneSamples">Samples of each channel that are done in this stage.</param>
/// <param name="TotalSamples">Samples of each channel that the song is expected to have; null when nothing tells.</param>
/// <param name="SampleRate">The song's sample rate, in Hz.</param>
public readonly record struct SeparationProgress(SeparationStage Stage, long DoneSamples, long? TotalSamples, int SampleRate);
