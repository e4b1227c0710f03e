namespace Descant.Training;

/// <summary>The values of one batch, ready to become tensors.</summary>
internal sealed class PreparedBatch(int examples, int mixtureSamples, int sourceSamples)
{
    /// <summary>Which batch this is, from 0.</summary>
    public long Number { get; set; }

    /// <summary>[batch, channels, samples].</summary>
    public float[] Mixture { get; } = new float[examples * mixtureSamples];

    /// <summary>[batch, sources, channels, samples].</summary>
    public float[] Sources { get; } = new float[examples * sourceSamples];

    /// <summary>Hz, one for each example.</summary>
    public float[] BandwidthHz { get; } = new float[examples];
}
