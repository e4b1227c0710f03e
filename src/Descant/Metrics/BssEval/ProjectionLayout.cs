namespace Descant.Metrics.BssEval;

/// <summary>
/// Which estimates are compared with which references, and with what filters. Channels are numbered source by source.
/// </summary>
internal sealed class ProjectionLayout
{
    private readonly Projection[] _all;
    private readonly Projection[][] _own;

    /// <param name="sources">References.</param>
    /// <param name="estimates">Estimates.</param>
    /// <param name="channels">Channels of each.</param>
    /// <param name="pairs">The pairs to score.</param>
    /// <param name="all">For each estimate channel its projection on all reference channels.</param>
    /// <param name="own">For each pair, for each channel of the estimate, its projection on the pair's reference.</param>
    public ProjectionLayout(int sources, int estimates, int channels, SourcePair[] pairs, Projection[] all, Projection[][] own)
    {
        Sources = sources;
        Estimates = estimates;
        Channels = channels;
        Pairs = pairs;
        _all = all;
        _own = own;
    }

    public int Sources { get; }

    public int Estimates { get; }

    public int Channels { get; }

    public SourcePair[] Pairs { get; }

    public int ReferenceChannels => Sources * Channels;

    public int EstimateChannels => Estimates * Channels;

    /// <summary>All filters: those of <see cref="AllFilter"/>, then those of <see cref="OwnFilter"/>.</summary>
    public int FilterCount => (EstimateChannels * ReferenceChannels) + (Pairs.Length * Channels * Channels);

    /// <summary>Number of the filter from a reference channel to an estimate channel in the projection on all.</summary>
    public int AllFilter(int estimateChannel, int referenceChannel) => (estimateChannel * ReferenceChannels) + referenceChannel;

    /// <summary>Number of the filter between two channels of a pair in the projection on the pair's reference.</summary>
    public int OwnFilter(int pair, int estimateChannel, int referenceChannel) =>
        (EstimateChannels * ReferenceChannels) + (((pair * Channels) + estimateChannel) * Channels) + referenceChannel;

    /// <summary>Coefficients of a filter.</summary>
    public ReadOnlySpan<double> Filter(int number, int taps)
    {
        int all = EstimateChannels * ReferenceChannels;
        if (number < all)
        {
            return _all[number / ReferenceChannels].Filters.AsSpan(number % ReferenceChannels * taps, taps);
        }

        int own = number - all;
        Projection projection = _own[own / (Channels * Channels)][own / Channels % Channels];
        return projection.Filters.AsSpan(own % Channels * taps, taps);
    }
}
