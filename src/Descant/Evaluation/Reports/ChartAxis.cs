using System.Globalization;
using System.Text;

namespace Descant.Evaluation.Reports;

/// <summary>A vertical axis of round numbers.</summary>
internal sealed class ChartAxis
{
    private readonly double _step;
    private readonly double _top;
    private readonly double _height;

    /// <param name="values">What must fit; only finite values count.</param>
    /// <param name="top">Coordinate of the largest value.</param>
    /// <param name="height">Length of the axis.</param>
    public ChartAxis(IEnumerable<double> values, double top, double height)
    {
        double[] finite = [.. values.Where(double.IsFinite)];
        double least = finite.Length == 0 ? 0 : finite.Min();
        double most = finite.Length == 0 ? 1 : finite.Max();
        double span = Math.Max(most - least, 1);
        double raw = span / 5;
        double power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        _step = (raw / power) switch
        {
            <= 1 => power,
            <= 2 => 2 * power,
            <= 5 => 5 * power,
            _ => 10 * power,
        };
        Least = Math.Floor(least / _step) * _step;
        Most = Math.Ceiling(most / _step) * _step;
        if (Most <= Least)
        {
            Most = Least + _step;
        }

        _top = top;
        _height = height;
    }

    public double Least { get; }

    public double Most { get; }

    /// <summary>Coordinate of a value, kept on the axis.</summary>
    public double At(double value) => _top + (_height * (1 - ((Math.Clamp(value, Least, Most) - Least) / (Most - Least))));

    /// <summary>Grid lines from <paramref name="left"/> to <paramref name="right"/> and their labels.</summary>
    public string Grid(double left, double right)
    {
        StringBuilder svg = new();
        for (double value = Least; value <= Most + (_step / 2); value += _step)
        {
            string y = ReportText.Place(At(value));
            string label = Math.Round(value, 6).ToString("0.##", CultureInfo.InvariantCulture).Replace('-', '−');
            svg.Append(CultureInfo.InvariantCulture, $"<line class=\"grid\" x1=\"{left}\" x2=\"{right}\" y1=\"{y}\" y2=\"{y}\"/><text class=\"tick\" x=\"{left - 4}\" y=\"{y}\" text-anchor=\"end\" dominant-baseline=\"middle\">{label}</text>");
        }

        return svg.ToString();
    }
}
