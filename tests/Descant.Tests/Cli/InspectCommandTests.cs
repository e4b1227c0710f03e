using System.Buffers.Binary;
using System.IO.Compression;
using System.Xml.Linq;
using Descant.Audio;
using Descant.Tests.Separation;

namespace Descant.Tests.Cli;

public sealed class InspectCommandTests
{
    [Fact]
    public void Facts_are_printed_and_the_picture_is_one_file()
    {
        using TemporaryFolder folder = new();

        // 997 Hz at half of full scale in both channels: −6.02 dBFS at the crests and, by BS.1770, −6.02 + 3.01 − 3.01 = −6.0 LUFS.
        float[] sine = [.. Enumerable.Range(0, 48000 * 3).Select(i => (float)(0.5 * Math.Sin(2 * Math.PI * 997 * i / 48000)))];
        new AudioClip([sine, sine], 48000).SaveWav(folder["a & b.wav"], SampleFormat.Pcm24);
        DescantProcess run = DescantProcess.Run(folder.Path, ["inspect", "a & b.wav", "-o", "picture.svg"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("pcm_s24le, 24 bits, 48000 Hz, stereo", run.Output, StringComparison.Ordinal);
        Assert.Contains("0:00:03.000, 144000 samples", run.Output, StringComparison.Ordinal);
        Assert.Contains("-6.02 dBFS", run.Output, StringComparison.Ordinal);
        Assert.Contains("-6.0 LUFS", run.Output, StringComparison.Ordinal);

        XElement svg = XDocument.Load(folder["picture.svg"]).Root!; // Load throws where the text is no XML
        XNamespace space = "http://www.w3.org/2000/svg";
        Assert.Equal("a & b.wav", svg.Element(space + "text")!.Value);
        string[] links = [.. svg.Descendants().Attributes("href").Select(link => link.Value)];
        Assert.All(links, link => Assert.StartsWith("data:image/png;base64,", link, StringComparison.Ordinal));
        Assert.Single(links);

        // The spectrogram's brightest row is the one that holds 997 Hz: rows are even steps of pitch from 60 Hz to 24 kHz.
        (int width, int height, byte[] pixels) = Decode(Convert.FromBase64String(links[0].Split(',')[1]));
        int brightest = Enumerable.Range(0, height).MaxBy(row => Enumerable.Range(0, width).Sum(column => pixels[(row * width) + column]));
        Assert.Equal(height - 1 - (int)(height * Math.Log(997 / 60.0) / Math.Log(24000 / 60.0)), brightest, 1.0);
    }

    [Fact]
    public void A_png_shows_waveform_and_spectrogram_and_replaces_nothing()
    {
        using TemporaryFolder folder = new();
        new AudioClip([[], []], 8000).SaveWav(folder["nothing.wav"], SampleFormat.Pcm16);
        new AudioClip(IdentityNetwork.Noise(1, 9000, 1), 8000).SaveWav(folder["noise.wav"], SampleFormat.Pcm16);
        Assert.Equal(0, DescantProcess.Run(folder.Path, ["inspect", "noise.wav", "-o", "noise.png"]).ExitCode);
        (int width, int height, byte[] pixels) = Decode(File.ReadAllBytes(folder["noise.png"]));
        Assert.Equal(960 * (160 + 192), width * height);
        Assert.Equal(65, pixels[(80 * width) + 480]); // ink in the middle of the waveform
        Assert.Equal(64, pixels[480]);                // paper above it: noise never stays at full scale

        DescantProcess refused = DescantProcess.Run(folder.Path, ["inspect", "nothing.wav", "-o", "noise.png"]);
        Assert.Equal(1, refused.ExitCode);
        Assert.Contains("--overwrite", refused.Error, StringComparison.Ordinal);
        DescantProcess empty = DescantProcess.Run(folder.Path, ["inspect", "nothing.wav", "-o", "noise.png", "--overwrite"]);
        Assert.Equal(0, empty.ExitCode);
        Assert.Contains("silent", empty.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_rate_below_the_loudness_filter_and_the_tags_of_a_stem_are_shown()
    {
        using TemporaryFolder folder = new();
        Dictionary<string, string> tags = new()
        {
            ["title"] = "Fünf",
            ["album_artist"] = "B",
            ["track"] = "3",
            ["genre"] = "Polka",
            ["stem"] = "vocals",
            ["descant_model"] = "m",
            ["DESCANT_GAIN"] = "0.5",
        };
        using (AudioWriter writer = AudioWriter.Create(folder["low.wav"], new AudioEncoding(AudioContainer.Wav), 2000, 1, SampleFormat.Pcm16, tags))
        {
            writer.Write(IdentityNetwork.Noise(1, 9000, 1), 0, 9000);
            writer.Complete();
        }

        DescantProcess run = DescantProcess.Run(folder.Path, ["inspect", "low.wav"]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Matches(@"loudness  -\d\.\d LUFS", run.Output);
        foreach (string line in new[] { "title     Fünf", "album_artist B", "track     3", "genre     Polka", "stem      vocals", "descant_model m", "descant_gain 0.5" })
        {
            Assert.Contains(line + "\n", run.Output, StringComparison.Ordinal);
        }
    }

    // A palette image whose rows use no filter, as PngImage writes them.
    private static (int Width, int Height, byte[] Pixels) Decode(byte[] png)
    {
        int width = 0, height = 0;
        using MemoryStream data = new();
        for (int at = 8; at < png.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            string type = System.Text.Encoding.ASCII.GetString(png, at + 4, 4);
            if (type == "IHDR")
            {
                (width, height) = (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at + 8)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at + 12)));
            }
            else if (type == "IDAT")
            {
                data.Write(png, at + 8, length);
            }

            at += 12 + length;
        }

        data.Position = 0;
        using ZLibStream inflate = new(data, CompressionMode.Decompress);
        byte[] rows = new byte[height * (width + 1)];
        inflate.ReadExactly(rows);
        byte[] pixels = new byte[width * height];
        for (int row = 0; row < height; row++)
        {
            Assert.Equal(0, rows[row * (width + 1)]);
            rows.AsSpan((row * (width + 1)) + 1, width).CopyTo(pixels.AsSpan(row * width));
        }

        return (width, height, pixels);
    }
}
