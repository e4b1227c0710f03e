namespace Descant.Datasets;

/// <summary>One recorded source of a track: a file, one channel of a file, or one audio stream of a file.</summary>
/// <param name="Source">Name of the source, one of <see cref="SourceNames"/> where one fits.</param>
/// <param name="Path">Full path of the audio file, in any format that the toolkit reads.</param>
/// <param name="Channel">Which channels of the file belong to the stem.</param>
/// <param name="BandwidthHz">Frequency above which the recording holds nothing, where known to be narrow; null: full band.</param>
public sealed record Stem(string Source, string Path, StemChannel Channel = StemChannel.All, double? BandwidthHz = null)
{
    /// <summary>Which audio stream of the file, from 0: <c>stem.mp4</c> files hold five.</summary>
    public int AudioStream { get; init; }

    /// <summary>Factor on the samples: how loud the stem is in its mixture, where a data set says so.</summary>
    public double Gain { get; init; } = 1;
}
