using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Descant.Web.Operations;

/// <summary>Collects our metrics and those of ASP.NET Core, and writes them in Prometheus' text format 0.0.4.</summary>
internal sealed class PrometheusText : IDisposable
{
    private static readonly double[] s_bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800];
    private static readonly HashSet<string> s_meters = [ServerMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime"];
    private readonly ConcurrentDictionary<(Instrument Instrument, string Labels), Series> _series = new();
    private readonly MeterListener _listener = new();

    public PrometheusText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (s_meters.Contains(instrument.Meter.Name))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<byte>((i, v, t, _) => Record(i, v, t));
        _listener.SetMeasurementEventCallback<int>((i, v, t, _) => Record(i, v, t));
        _listener.SetMeasurementEventCallback<long>((i, v, t, _) => Record(i, v, t));
        _listener.SetMeasurementEventCallback<double>((i, v, t, _) => Record(i, v, t));
        _listener.Start();
    }

    /// <summary>All series as they are now.</summary>
    public string Write()
    {
        _listener.RecordObservableInstruments();
        StringBuilder text = new();
        foreach (IGrouping<Instrument, KeyValuePair<(Instrument Instrument, string Labels), Series>> group in _series
            .GroupBy(series => series.Key.Instrument).OrderBy(group => group.Key.Name, StringComparer.Ordinal))
        {
            string name = Name(group.Key);
            bool isHistogram = IsHistogram(group.Key);
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {group.Key.Description?.ReplaceLineEndings(" ")}\n");
            text.Append(CultureInfo.InvariantCulture, $"# TYPE {name} {(isHistogram ? "histogram" : IsCounter(group.Key) ? "counter" : "gauge")}\n");
            foreach (((_, string labels), Series series) in group.OrderBy(series => series.Key.Labels, StringComparer.Ordinal))
            {
                series.Write(text, name, labels, isHistogram);
            }
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private static bool IsHistogram(Instrument instrument) => Kind(instrument).StartsWith("Histogram", StringComparison.Ordinal);

    private static bool IsCounter(Instrument instrument) => Kind(instrument) is "Counter`1" or "ObservableCounter`1";

    private static string Kind(Instrument instrument) => instrument.GetType().Name;

    private static string Name(Instrument instrument)
    {
        string name = string.Concat(instrument.Name.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_'));
        string unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        name = name.EndsWith(unit, StringComparison.Ordinal) ? name : name + unit;
        return IsCounter(instrument) ? name + "_total" : name;
    }

    private static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        StringBuilder text = new();
        foreach ((string key, object? value) in tags)
        {
            string name = string.Concat(key.Select(character => char.IsAsciiLetterOrDigit(character) ? character : '_'));
            string escaped = Convert.ToString(value, CultureInfo.InvariantCulture)?.Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings("\\n") ?? "";
            text.Append(text.Length > 0 ? "," : "").Append(name).Append("=\"").Append(escaped).Append('"');
        }

        return text.ToString();
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        Series series = _series.GetOrAdd((instrument, Labels(tags)), _ => new Series());
        bool isSum = instrument is { IsObservable: false };
        series.Add(value, isSum, IsHistogram(instrument));
    }

    private sealed class Series
    {
        private readonly long[] _buckets = new long[s_bounds.Length];
        private double _value;
        private long _count;

        public void Add(double value, bool isSum, bool isHistogram)
        {
            lock (this)
            {
                _value = isSum ? _value + value : value;
                if (isHistogram)
                {
                    _count++;
                    for (int i = 0; i < s_bounds.Length; i++)
                    {
                        _buckets[i] += value <= s_bounds[i] ? 1 : 0;
                    }
                }
            }
        }

        public void Write(StringBuilder text, string name, string labels, bool isHistogram)
        {
            lock (this)
            {
                string braced = labels.Length > 0 ? $"{{{labels}}}" : "";
                if (!isHistogram)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{braced} {_value:R}\n");
                    return;
                }

                string before = labels.Length > 0 ? labels + "," : "";
                for (int i = 0; i < s_bounds.Length; i++)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{before}le=\"{s_bounds[i]}\"}} {_buckets[i]}\n");
                }

                text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{before}le=\"+Inf\"}} {_count}\n");
                text.Append(CultureInfo.InvariantCulture, $"{name}_sum{braced} {_value:R}\n{name}_count{braced} {_count}\n");
            }
        }
    }
}
