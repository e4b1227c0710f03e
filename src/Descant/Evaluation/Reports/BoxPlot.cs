using System.Globalization;
using System.Text;

namespace Descant.Evaluation.Reports;

/// <summary>
/// Box plots after Tukey: the box spans the quartiles, the line in it is the median, the whiskers reach the last values
/// within 1.5 times the box, what lies beyond is a dot.
/// </summary>
internal static class BoxPlot
{
    private const double Left = 44;
    private const double Top = 10;
    private const double Height = 170;
    private const double Slot = 64;

    /// <param name="boxes">Label and values of each box; values that are not finite are left out.</param>
    /// <param name="label">What is shown, for screen readers.</param>
    public static string Draw(IReadOnlyList<(string Label, double[] Values)> boxes, string label)
    {
        (string Label, double[] Values)[] finite = [.. boxes.Select(box => (box.Label, box.Values.Where(double.IsFinite).Order().ToArray()))];
        ChartAxis axis = new(finite.SelectMany(box => box.Values), Top, Height);
        double width = Left + (Slot * boxes.Count) + 8;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg class=\"chart\" viewBox=\"0 0 {width} {Top + Height + 34}\" width=\"{width}\" role=\"img\" aria-label=\"{ReportText.Escape(label)}\">");
        svg.Append(axis.Grid(Left, width - 8));
        for (int i = 0; i < finite.Length; i++)
        {
            double centre = Left + (Slot * (i + 0.5));
            string x = ReportText.Place(centre);
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{x}\" y=\"{Top + Height + 14}\" text-anchor=\"middle\">{ReportText.Escape(Short(finite[i].Label))}</text>");
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{x}\" y=\"{Top + Height + 28}\" text-anchor=\"middle\">n = {finite[i].Values.Length}</text>");
            if (finite[i].Values.Length > 0)
            {
                AppendBox(svg, axis, centre, finite[i].Values, i);
            }
        }

        return svg.Append("</svg>").ToString();
    }

    private static string Short(string label) => label.Length <= 10 ? label : label[..9] + "…";

    private static void AppendBox(StringBuilder svg, ChartAxis axis, double centre, double[] values, int index)
    {
        double lower = Statistics.Quantile(values, 0.25);
        double median = Statistics.Median(values);
        double upper = Statistics.Quantile(values, 0.75);
        double reach = 1.5 * (upper - lower);
        double low = values.First(value => value >= lower - reach);
        double high = values.Last(value => value <= upper + reach);
        double left = centre - 14;
        double right = centre + 14;
        svg.Append(CultureInfo.InvariantCulture, $"<g class=\"s{index % 6}\"><title>median {ReportText.Number(median)}, quartiles {ReportText.Number(lower)} and {ReportText.Number(upper)}</title>");
        Line(centre, low, centre, lower);
        Line(centre, upper, centre, high);
        Line(centre - 7, low, centre + 7, low);
        Line(centre - 7, high, centre + 7, high);
        svg.Append(CultureInfo.InvariantCulture, $"<rect class=\"box\" x=\"{ReportText.Place(left)}\" width=\"28\" y=\"{ReportText.Place(axis.At(upper))}\" height=\"{ReportText.Place(Math.Max(axis.At(lower) - axis.At(upper), 0.5))}\"/>");
        svg.Append(CultureInfo.InvariantCulture, $"<line class=\"median\" x1=\"{ReportText.Place(left)}\" x2=\"{ReportText.Place(right)}\" y1=\"{ReportText.Place(axis.At(median))}\" y2=\"{ReportText.Place(axis.At(median))}\"/>");
        foreach (double value in values.Where(value => value < low || value > high))
        {
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{ReportText.Place(centre)}\" cy=\"{ReportText.Place(axis.At(value))}\" r=\"1.8\"/>");
        }

        svg.Append("</g>");

        void Line(double x1, double y1, double x2, double y2) => svg.Append(
            CultureInfo.InvariantCulture,
            $"<line x1=\"{ReportText.Place(x1)}\" y1=\"{ReportText.Place(axis.At(y1))}\" x2=\"{ReportText.Place(x2)}\" y2=\"{ReportText.Place(axis.At(y2))}\"/>");
    }
}
