namespace Descant.Separation;

/// <summary>Which channels of a song go through the network together.</summary>
/// <remarks>
/// A network of one channel takes every channel by itself. A stereo network takes pairs; a channel without a partner is
/// given to both its inputs, and the mean of its outputs is taken. In 5.1 and 7.1 (WAV and ffmpeg order: left, right,
/// centre, low frequencies, then pairs) centre and low frequencies stand alone.
/// </remarks>
internal static class ChannelGroups
{
    /// <summary>More than any layout of speakers has; a damaged header may claim thousands, and each takes some megabytes.</summary>
    public const int MostChannels = 64;

    /// <summary>The groups: for each, the channel that every input of the network takes.</summary>
    public static int[][] For(int channels, int networkChannels)
    {
        if (networkChannels is not (1 or 2))
        {
            throw new ArgumentException($"separate: expected a network of 1 or 2 channels, got {networkChannels}", nameof(networkChannels));
        }

        List<int[]> groups = [];
        for (int channel = 0; channel < channels;)
        {
            bool alone = channel + 1 == channels || (channels is 6 or 8 && channel is 2 or 3);
            int partner = alone ? channel : channel + 1;
            if (networkChannels == 1)
            {
                groups.Add([channel]);
                partner = channel;
            }
            else
            {
                groups.Add([channel, partner]);
            }

            channel = partner + 1;
        }

        return [.. groups];
    }
}
