namespace Descant.Datasets;

/// <summary>What a check of a whole data set found.</summary>
/// <param name="Tracks">The tracks and their durations.</param>
/// <param name="SampleRates">All rates that occur, in Hz, ascending.</param>
/// <param name="Channels">All numbers of channels that occur, ascending.</param>
/// <param name="Problems">What is wrong, in the order of the tracks.</param>
/// <param name="ChannelOrder">What the labels say about the channels; null for sets without labels.</param>
public sealed record DatasetSummary(
    IReadOnlyList<TrackSummary> Tracks,
    IReadOnlyList<int> SampleRates,
    IReadOnlyList<int> Channels,
    IReadOnlyList<DatasetProblem> Problems,
    string? ChannelOrder);
