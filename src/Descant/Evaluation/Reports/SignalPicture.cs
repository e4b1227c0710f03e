using System.Globalization;
using System.Text;
using Descant.Tensors.Fourier;

namespace Descant.Evaluation.Reports;

/// <summary>A stem as it is drawn: the envelope of its waveform and its spectrogram, both of the mean of the channels.</summary>
internal sealed class SignalPicture
{
    public const int Columns = 480;

    public const int Rows = 96;
    private const int FrameSize = 2048;
    private const int Colours = 64;
    private const double LowestFrequency = 60;
    private const double Range = 80;

    private readonly double[] _lowest = new double[Columns];
    private readonly double[] _highest = new double[Columns];
    private readonly double[] _decibels = new double[Columns * Rows];
    private readonly double[] _energyOfSecond;
    private readonly int _sampleRate;

    private SignalPicture(int sampleRate, long samples)
    {
        _sampleRate = sampleRate;
        _energyOfSecond = new double[(samples / sampleRate) + 1];
        Array.Fill(_lowest, double.PositiveInfinity);
        Array.Fill(_highest, double.NegativeInfinity);
        Array.Fill(_decibels, double.NegativeInfinity);
    }

    /// <summary>Largest absolute sample.</summary>
    public double Peak => Math.Max(0, Math.Max(_highest.Max(), -_lowest.Min()));

    /// <summary>Level of the loudest point of the spectrogram in dB.</summary>
    public double Loudest => _decibels.Max();

    /// <summary>Reads a stem of a known length.</summary>
    /// <param name="paths">Files whose sum it is.</param>
    /// <param name="samples">Samples to show; what the stem lacks is silent.</param>
    public static SignalPicture Read(IReadOnlyList<string> paths, long samples)
    {
        const int Block = 1 << 15;
        using StemStream stream = new(paths, Block);
        SignalPicture picture = new(stream.SampleRate, samples);
        double[][] rows = [.. Enumerable.Range(0, stream.Channels).Select(_ => new double[Block])];
        ColumnSpectra spectra = new(picture, samples);
        int count;
        while (stream.Position < samples && (count = stream.Read(rows, 0, (int)Math.Min(Block, samples - stream.Position))) > 0)
        {
            long start = stream.Position - count;
            double[] mono = rows[0];
            for (int i = 0; i < count; i++)
            {
                for (int channel = 1; channel < rows.Length; channel++)
                {
                    mono[i] += rows[channel][i];
                }

                mono[i] /= rows.Length;
                int column = (int)((start + i) * Columns / samples);
                picture._lowest[column] = Math.Min(picture._lowest[column], mono[i]);
                picture._highest[column] = Math.Max(picture._highest[column], mono[i]);
                picture._energyOfSecond[(start + i) / stream.SampleRate] += mono[i] * mono[i];
            }

            spectra.Add(mono.AsSpan(0, count));
        }

        spectra.Complete();
        return picture;
    }

    /// <summary>First second of the loudest stretch of a length.</summary>
    public int LoudestStart(int seconds)
    {
        double best = -1;
        int start = 0;
        double sum = 0;
        for (int second = 0; second < _energyOfSecond.Length; second++)
        {
            sum += _energyOfSecond[second] - (second >= seconds ? _energyOfSecond[second - seconds] : 0);
            if (sum > best * 1.0001)
            {
                best = sum;
                start = Math.Max(0, second - seconds + 1);
            }
        }

        return start;
    }

    /// <summary>The envelope as an SVG, full scale being <paramref name="peak"/>.</summary>
    public string Waveform(double peak, string kind, string label) =>
        $"<svg class=\"wave {kind}\" viewBox=\"0 0 {Columns} 60\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{label}\"><path d=\"{WaveformPath(peak, 30)}\"/></svg>";

    /// <summary>The outline of the envelope as SVG path data, <see cref="Columns"/> wide and twice <paramref name="half"/> high.</summary>
    public string WaveformPath(double peak, double half)
    {
        StringBuilder path = new();
        double scale = peak > 0 ? half / peak : 0;
        for (int column = 0; column < Columns; column++)
        {
            path.Append(CultureInfo.InvariantCulture, $"{(column == 0 ? 'M' : 'L')}{column} {half - (Finite(_highest[column]) * scale):0.#}");
        }

        for (int column = Columns - 1; column >= 0; column--)
        {
            path.Append(CultureInfo.InvariantCulture, $"L{column} {half - (Finite(_lowest[column]) * scale):0.#}");
        }

        return path.Append('Z').ToString();
    }

    /// <summary>The spectrogram as an inline PNG, 80 dB from <paramref name="loudest"/> down.</summary>
    public string Spectrogram(double loudest, string label) =>
        $"<img class=\"spectrogram\" alt=\"{label}\" src=\"data:image/png;base64,{Convert.ToBase64String(PngImage.Encode(SpectrogramPixels(loudest), Columns, Palette()))}\">";

    /// <summary>The spectrogram as indices of <see cref="Palette"/>, row by row from the top.</summary>
    public byte[] SpectrogramPixels(double loudest)
    {
        byte[] pixels = new byte[Columns * Rows];
        for (int i = 0; i < pixels.Length; i++)
        {
            double share = 1 + ((_decibels[i] - loudest) / Range);
            pixels[i] = (byte)Math.Clamp(double.IsNaN(share) ? 0 : share * (Colours - 1), 0, Colours - 1);
        }

        return pixels;
    }

    /// <summary>Lowest and highest sample of a column; 0 where there are none.</summary>
    public (double Lowest, double Highest) Envelope(int column) => (Finite(_lowest[column]), Finite(_highest[column]));

    private static double Finite(double value) => double.IsFinite(value) ? value : 0;

    // Black over purple and orange to pale yellow, even in lightness so that it prints well.
    public static byte[] Palette()
    {
        (double At, double Red, double Green, double Blue)[] stops =
        [
            (0, 0, 0, 4), (0.25, 81, 18, 124), (0.5, 183, 55, 121), (0.75, 252, 137, 97), (1, 252, 253, 191),
        ];
        byte[] palette = new byte[3 * Colours];
        for (int i = 0; i < Colours; i++)
        {
            double at = i / (Colours - 1.0);
            int stop = Math.Min((int)(at * 4), 3);
            double part = (at - stops[stop].At) * 4;
            palette[3 * i] = Mix(stops[stop].Red, stops[stop + 1].Red, part);
            palette[(3 * i) + 1] = Mix(stops[stop].Green, stops[stop + 1].Green, part);
            palette[(3 * i) + 2] = Mix(stops[stop].Blue, stops[stop + 1].Blue, part);
        }

        return palette;
    }

    private static byte Mix(double from, double to, double part) => (byte)Math.Round(from + ((to - from) * part));

    /// <summary>One frame in the middle of every column, of the samples as they come.</summary>
    private sealed class ColumnSpectra(SignalPicture picture, long samples)
    {
        private readonly RealFft<double> _transform = new(FrameSize);
        private readonly double[] _frame = new double[FrameSize];
        private readonly double[] _real = new double[(FrameSize / 2) + 1];
        private readonly double[] _imaginary = new double[(FrameSize / 2) + 1];
        private readonly List<double> _pending = [];
        private double[] _work = [];
        private long _pendingStart;
        private int _column;

        public void Add(ReadOnlySpan<double> block)
        {
            _pending.AddRange(block);
            while (_column < Columns && StartOf(_column) + FrameSize <= _pendingStart + _pending.Count)
            {
                Draw();
            }

            int passed = (int)Math.Clamp(StartOf(Math.Min(_column, Columns - 1)) - _pendingStart, 0, _pending.Count);
            _pending.RemoveRange(0, passed);
            _pendingStart += passed;
        }

        public void Complete()
        {
            while (_column < Columns)
            {
                Draw();
            }
        }

        private long StartOf(int column) => ((2 * column) + 1) * samples / (2 * Columns) - (FrameSize / 2);

        private void Draw()
        {
            if (_work.Length == 0)
            {
                _work = new double[_transform.ScratchLength];
            }

            long start = StartOf(_column) - _pendingStart;
            for (int i = 0; i < FrameSize; i++)
            {
                long at = start + i;
                double window = 0.5 - (0.5 * Math.Cos(2 * Math.PI * i / FrameSize));
                _frame[i] = at >= 0 && at < _pending.Count ? _pending[(int)at] * window : 0;
            }

            _transform.Forward(_frame, _real, _imaginary, _work);
            double nyquist = picture._sampleRate / 2.0;
            for (int row = 0; row < Rows; row++)
            {
                // Rows are even steps of pitch: each takes the loudest bin it covers, and at least one.
                double low = LowestFrequency * Math.Pow(nyquist / LowestFrequency, (double)row / Rows);
                double high = LowestFrequency * Math.Pow(nyquist / LowestFrequency, (row + 1.0) / Rows);
                int first = (int)(low / nyquist * (FrameSize / 2));
                int last = Math.Max(first, (int)(high / nyquist * (FrameSize / 2)) - 1);
                double energy = 0;
                for (int bin = first; bin <= last; bin++)
                {
                    energy = Math.Max(energy, (_real[bin] * _real[bin]) + (_imaginary[bin] * _imaginary[bin]));
                }

                picture._decibels[((Rows - 1 - row) * Columns) + _column] = 10 * Math.Log10(energy);
            }

            _column++;
        }
    }
}
