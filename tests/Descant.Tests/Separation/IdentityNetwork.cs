using Descant.Separation;

namespace Descant.Tests.Separation;

/// <summary>Networks whose estimates are known: what goes in comes out, divided among the sources.</summary>
internal static class IdentityNetwork
{
    /// <summary>Source s gets <c>shares[s]</c> of the mixture; spoilt context is useless, as a real network's is worse there.</summary>
    public static SegmentNetwork Create(int rate, int channels, int window, int context, float[] shares, bool spoilt = true) => new()
    {
        SampleRate = rate,
        Channels = channels,
        Sources = [.. shares.Select((_, i) => i == 0 ? "vocals" : $"source{i}")],
        WindowSamples = window,
        ContextSamples = context,
        Separate = (mixtures, estimates, batch) =>
        {
            Assert.Equal(batch * channels * window, mixtures.Length);
            Assert.Equal(mixtures.Length * shares.Length, estimates.Length);
            for (int item = 0; item < batch; item++)
            {
                for (int source = 0; source < shares.Length; source++)
                {
                    for (int channel = 0; channel < channels; channel++)
                    {
                        ReadOnlySpan<float> x = mixtures.Slice(((item * channels) + channel) * window, window);
                        Span<float> y = estimates.Slice(((((item * shares.Length) + source) * channels) + channel) * window, window);
                        for (int i = 0; i < window; i++)
                        {
                            bool isContext = i < context || i >= window - context;
                            y[i] = spoilt && isContext ? 1e3f : shares[source] * x[i];
                        }
                    }
                }
            }
        },
    };

    /// <summary>White noise in ±1.</summary>
    public static float[][] Noise(int channels, int samples, int seed)
    {
        Random random = new(seed);
        float[][] noise = new float[channels][];
        for (int channel = 0; channel < channels; channel++)
        {
            noise[channel] = new float[samples];
            for (int i = 0; i < samples; i++)
            {
                noise[channel][i] = (random.NextSingle() * 2) - 1;
            }
        }

        return noise;
    }
}
