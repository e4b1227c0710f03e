namespace Descant.Metrics;

/// <summary>A metric that is fed block by block, so that memory does not grow with the length of the signals.</summary>
public interface IBlockMetric
{
    /// <summary>Feeds the next samples of every channel.</summary>
    /// <param name="references">Reference channels, source by source.</param>
    /// <param name="estimates">Estimate channels, source by source.</param>
    /// <param name="offset">First sample in each array.</param>
    /// <param name="count">Samples to take from each array.</param>
    public void Add(double[][] references, double[][] estimates, int offset, int count);

    /// <summary>Ends a pass over the signals.</summary>
    /// <returns>Whether the same samples must be fed once more from the start before there are scores.</returns>
    public bool EndPass();
}
