using System.Globalization;
using System.Text;

namespace Descant.Evaluation.Reports;

/// <summary>Scores over time, a line for each source; a line breaks where a frame has no score.</summary>
internal static class LineChart
{
    private const double Left = 44;
    private const double Top = 8;
    private const double Width = 860;
    private const double Height = 150;

    /// <param name="lines">Label, times in seconds and values of each line.</param>
    /// <param name="seconds">Length of the time axis.</param>
    /// <param name="label">What is shown, for screen readers.</param>
    public static string Draw(IReadOnlyList<(string Label, double[] Time, double[] Values)> lines, double seconds, string label)
    {
        // Frames at the edge of silence would flatten everything else: the axis spans the inner 98 % of the values.
        double[] all = [.. lines.SelectMany(line => line.Values).Where(double.IsFinite)];
        ChartAxis axis = new([Statistics.Quantile(all, 0.01), Statistics.Quantile(all, 0.99)], Top, Height);
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg class=\"chart wide\" viewBox=\"0 0 {Left + Width + 10} {Top + Height + 22}\" role=\"img\" aria-label=\"{ReportText.Escape(label)}\">");
        svg.Append(axis.Grid(Left, Left + Width));
        AppendTimes(svg, seconds);
        for (int i = 0; i < lines.Count; i++)
        {
            StringBuilder path = new();
            bool pen = false;
            for (int frame = 0; frame < lines[i].Values.Length; frame++)
            {
                double value = lines[i].Values[frame];
                if (!double.IsFinite(value))
                {
                    pen = false;
                    continue;
                }

                double x = Left + (Width * lines[i].Time[frame] / seconds);
                path.Append(pen ? 'L' : 'M').Append(ReportText.Place(x)).Append(' ').Append(ReportText.Place(axis.At(value)));
                if (!pen)
                {
                    // A lone frame between gaps is a point.
                    path.Append("h0.01");
                }

                pen = true;
            }

            svg.Append(CultureInfo.InvariantCulture, $"<path class=\"line s{i % 6}\" d=\"{path}\"><title>{ReportText.Escape(lines[i].Label)}</title></path>");
        }

        return svg.Append("</svg>").ToString();
    }

    private static void AppendTimes(StringBuilder svg, double seconds)
    {
        double[] steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
        double step = steps.FirstOrDefault(candidate => seconds / candidate <= 12, 7200);
        for (double time = 0; time <= seconds; time += step)
        {
            svg.Append(CultureInfo.InvariantCulture, $"<text class=\"tick\" x=\"{ReportText.Place(Left + (Width * time / seconds))}\" y=\"{Top + Height + 16}\" text-anchor=\"middle\">{(int)time / 60}:{(int)time % 60:00}</text>");
        }
    }
}
