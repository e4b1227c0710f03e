using System.Globalization;

namespace Descant.Training;

/// <summary>How well a network does on the validation split.</summary>
/// <param name="Sdr">Mean over collections (songs, a data set of clips) of the mean over their groups of the median over tracks, in dB; NaN without a song.</param>
/// <param name="Groups">Median SDR over the tracks of each group, in dB.</param>
/// <param name="SilenceDb">Level of the vocal estimate on music without vocals, relative to the music, mean over tracks in dB; NaN without such a track.</param>
public sealed record ValidationScore(double Sdr, IReadOnlyList<KeyValuePair<string, double>> Groups, double SilenceDb)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        CultureInfo culture = CultureInfo.InvariantCulture;
        string groups = string.Join(", ", Groups.Select(group => string.Create(culture, $"{group.Key} {group.Value:0.00}")));
        return string.Create(culture, $"validation SDR {Sdr:0.00} dB ({groups}); without vocals {SilenceDb:0.0} dB");
    }
}
