using System.Globalization;
using System.Net;
using System.Text;
using Descant.Audio;
using Descant.Dsp;

namespace Descant.Evaluation.Reports;

/// <summary>What a file of audio is: format, length, level, loudness, and a picture of it.</summary>
internal sealed class AudioInspection
{
    private const int BlockSamples = 1 << 15;
    private const int WaveHeight = 160;   // pixels of the PNG
    private const int Zoom = 2;           // the PNG shows a column and a row of the spectrogram as that many pixels
    private const byte White = 64;        // after the 64 colours of the spectrogram
    private const byte Ink = 65;
    private readonly SignalPicture _picture;

    private AudioInspection(string name, AudioStreamProperties properties, long samples, double peak, double loudness, long nonFinite, IReadOnlyList<string> warnings, SignalPicture picture)
    {
        Name = name;
        Properties = properties;
        Samples = samples;
        Peak = peak;
        Loudness = loudness;
        NonFinite = nonFinite;
        Warnings = warnings;
        _picture = picture;
    }

    /// <summary>The file's name.</summary>
    public string Name { get; }

    /// <summary>Rate, channels, codec and tags.</summary>
    public AudioStreamProperties Properties { get; }

    /// <summary>Samples of each channel.</summary>
    public long Samples { get; }

    /// <summary>Largest magnitude of any sample, 1 at full scale.</summary>
    public double Peak { get; }

    /// <summary>Integrated loudness in LUFS; −∞ for silence.</summary>
    public double Loudness { get; }

    /// <summary>Samples that are no finite numbers.</summary>
    public long NonFinite { get; }

    /// <summary>Damage that was read around.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Reads a file twice: for its facts, and for its picture, which needs the length.</summary>
    /// <exception cref="InvalidDataException">Missing, unreadable or no audio; one line that names the file.</exception>
    public static AudioInspection Read(string path)
    {
        using AudioReader reader = AudioReader.Open(path);
        LoudnessMeter meter = new(reader.Properties.SampleRate, reader.Properties.Channels);
        float[][] block = [.. Enumerable.Range(0, reader.Properties.Channels).Select(_ => new float[BlockSamples])];
        double peak = 0;
        long nonFinite = 0, samples = 0;
        while (reader.Read(block, 0, BlockSamples) is > 0 and int read)
        {
            foreach (float[] channel in block)
            {
                for (int i = 0; i < read; i++)
                {
                    if (float.IsFinite(channel[i]))
                    {
                        peak = Math.Max(peak, Math.Abs(channel[i]));
                    }
                    else
                    {
                        channel[i] = 0;
                        nonFinite++;
                    }
                }
            }

            meter.Add(block, 0, read);
            samples += read;
        }

        return new AudioInspection(
            reader.Name, reader.Properties, samples, peak, meter.Integrated, nonFinite, reader.Warnings, SignalPicture.Read([path], samples));
    }

    /// <summary>The facts, one to a line.</summary>
    public IEnumerable<string> Facts()
    {
        AudioStreamProperties p = Properties;
        string depth = p.IsLossy ? "lossy" : p.IsFloat ? $"{p.BitDepth}-bit float" : $"{p.BitDepth} bits";
        string channels = p.Channels switch { 1 => "mono", 2 => "stereo", _ => $"{p.Channels} channels{(p.Layout is null ? "" : $" ({p.Layout})")}" };
        yield return Line("format", $"{p.Codec}, {depth}, {p.SampleRate} Hz, {channels}");
        yield return Line("length", $"{TimeSpan.FromSeconds((double)Samples / p.SampleRate).ToString(@"h\:mm\:ss\.fff", CultureInfo.InvariantCulture)}, {Samples} samples");
        yield return Line("peak", Peak == 0 ? "silent" : string.Create(CultureInfo.InvariantCulture, $"{20 * Math.Log10(Peak):0.00} dBFS"));
        yield return Line("loudness", double.IsFinite(Loudness) ? string.Create(CultureInfo.InvariantCulture, $"{Loudness:0.0} LUFS") : "below −70 LUFS, or shorter than 0.4 s");
        foreach (string tag in new[] { "title", "artist", "album", "album_artist", "date", "track", "genre", "stem", "descant_model", "descant_gain" })
        {
            if (p.Tags.TryGetValue(tag, out string? value))
            {
                yield return Line(tag, AudioReader.OneLine(value));
            }
        }

        if (NonFinite > 0)
        {
            yield return Line("warning", $"{NonFinite} samples are no finite numbers");
        }

        static string Line(string key, string value) => $"{key,-9} {value}";
    }

    /// <summary>Waveform and spectrogram over the facts as one SVG that needs no other file.</summary>
    public string Svg()
    {
        const int Width = SignalPicture.Columns * Zoom;
        const int Height = SignalPicture.Rows * Zoom;
        List<string> facts = [.. Facts()];
        int top = 34 + (16 * facts.Count);
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width + 40} {top + WaveHeight + Height + 40}\" font-family=\"monospace\" font-size=\"12\">");
        text.Append(CultureInfo.InvariantCulture, $"<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/><text x=\"20\" y=\"22\" font-size=\"15\">{WebUtility.HtmlEncode(Path.GetFileName(Name))}</text>");
        for (int i = 0; i < facts.Count; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"<text x=\"20\" y=\"{42 + (16 * i)}\" xml:space=\"preserve\">{WebUtility.HtmlEncode(facts[i])}</text>");
        }

        string png = Convert.ToBase64String(PngImage.Encode(_picture.SpectrogramPixels(_picture.Loudest), SignalPicture.Columns, SignalPicture.Palette()));
        text.Append(CultureInfo.InvariantCulture, $"<g transform=\"translate(20 {top}) scale({Zoom} 1)\"><title>waveform</title><path fill=\"#3b5b92\" d=\"{_picture.WaveformPath(Math.Max(1, Peak), WaveHeight / 2.0)}\"/></g>");
        text.Append(CultureInfo.InvariantCulture, $"<image x=\"20\" y=\"{top + WaveHeight + 10}\" width=\"{Width}\" height=\"{Height}\" preserveAspectRatio=\"none\" href=\"data:image/png;base64,{png}\"><title>spectrogram, 60 Hz to {Properties.SampleRate / 2} Hz, 80 dB</title></image></svg>");
        return text.ToString();
    }

    /// <summary>Waveform above spectrogram as a PNG.</summary>
    public byte[] Png()
    {
        const int Width = SignalPicture.Columns * Zoom;
        byte[] pixels = new byte[Width * (WaveHeight + (SignalPicture.Rows * Zoom))];
        pixels.AsSpan(0, Width * WaveHeight).Fill(White);
        double scale = (WaveHeight / 2.0) / Math.Max(1, Peak);
        for (int x = 0; x < Width; x++)
        {
            (double lowest, double highest) = _picture.Envelope(x / Zoom);
            int first = (int)Math.Clamp((WaveHeight / 2.0) - (highest * scale), 0, WaveHeight - 1);
            int last = (int)Math.Clamp((WaveHeight / 2.0) - (lowest * scale), 0, WaveHeight - 1);
            for (int y = first; y <= last; y++)
            {
                pixels[(y * Width) + x] = Ink;
            }
        }

        byte[] spectrogram = _picture.SpectrogramPixels(_picture.Loudest);
        for (int i = Width * WaveHeight; i < pixels.Length; i++)
        {
            int y = (i / Width) - WaveHeight;
            pixels[i] = spectrogram[(y / Zoom * SignalPicture.Columns) + (i % Width / Zoom)];
        }

        return PngImage.Encode(pixels, Width, [.. SignalPicture.Palette(), 255, 255, 255, 59, 91, 146]);
    }
}
