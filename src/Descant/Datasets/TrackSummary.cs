namespace Descant.Datasets;

/// <summary>A track and how long it is.</summary>
/// <param name="Track">The track.</param>
/// <param name="Seconds">Length of its longest file.</param>
public sealed record TrackSummary(Track Track, double Seconds);
