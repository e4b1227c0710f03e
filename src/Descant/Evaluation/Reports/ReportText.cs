using System.Globalization;
using System.Net;

namespace Descant.Evaluation.Reports;

/// <summary>Text and numbers as they stand in a page.</summary>
internal static class ReportText
{
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    public static string Number(double value) => value switch
    {
        double.PositiveInfinity => "∞",
        double.NegativeInfinity => "−∞",
        double.NaN => "–",
        _ => value.ToString("0.00", CultureInfo.InvariantCulture).Replace('-', '−'),
    };

    /// <summary>A coordinate of a drawing.</summary>
    public static string Place(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
