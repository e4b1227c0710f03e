namespace Descant.Training;

/// <summary>A track that has a voice and every other source asked for, recorded together.</summary>
/// <param name="Voice">The voice.</param>
/// <param name="Parts">The other sources in <see cref="TrainingMaterial.PartNames"/>' order; null where a part is silent.</param>
/// <param name="Mixture">Its mixture as recorded; null: the sum of the others.</param>
internal sealed record AlignedSong(Recording Voice, IReadOnlyList<Recording?> Parts, Recording? Mixture)
{
    /// <summary>Samples that excerpts are drawn from: the voice's, or where stems end in silence the longest one's.</summary>
    public long Length => Voice.Track.Rules.AbsenceIsSilence ? Math.Max(Voice.Length, Parts.Max(part => part?.Length ?? 0)) : Voice.Length;
}
