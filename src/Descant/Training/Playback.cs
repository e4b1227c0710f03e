namespace Descant.Training;

/// <summary>How a recording is played in an excerpt.</summary>
/// <param name="Tempo">Seconds of the recording in a second of the excerpt.</param>
/// <param name="Pitch">Factor of every frequency; equal to the tempo where a recording is simply played faster.</param>
internal readonly record struct Playback(double Tempo, double Pitch);
