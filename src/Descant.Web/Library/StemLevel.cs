namespace Descant.Web.Library;

/// <summary>How loud and where a source sounds in a mix.</summary>
/// <param name="Source">The source.</param>
/// <param name="Gain">Linear, 0 to 4.</param>
/// <param name="Pan">From −1, left, to 1, right.</param>
internal sealed record StemLevel(Source Source, double Gain, double Pan)
{
    /// <summary>Adds a block of the source to a stereo mix, by the equations of Web Audio's StereoPannerNode (§1.29) for a stereo
    /// source. A mono source counts as two equal channels, as in the player (mixing.ts), so that the file sounds like it.</summary>
    public void AddTo(float[][] mix, float[][] block, int count)
    {
        double x = Pan <= 0 ? Pan + 1 : Pan;
        float left = (float)(Gain * Math.Cos(x * Math.PI / 2));
        float right = (float)(Gain * Math.Sin(x * Math.PI / 2));
        float gain = (float)Gain;
        Span<float> outLeft = mix[0].AsSpan(0, count);
        Span<float> outRight = mix[1].AsSpan(0, count);
        ReadOnlySpan<float> inLeft = block[0].AsSpan(0, count);
        ReadOnlySpan<float> inRight = block[^1].AsSpan(0, count);
        for (int i = 0; i < count; i++)
        {
            if (Pan <= 0)
            {
                outLeft[i] += (gain * inLeft[i]) + (left * inRight[i]);
                outRight[i] += right * inRight[i];
            }
            else
            {
                outLeft[i] += left * inLeft[i];
                outRight[i] += (gain * inRight[i]) + (right * inLeft[i]);
            }
        }
    }
}
