using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using Descant.Audio;
using Descant.Datasets;

namespace Descant.Tests.Datasets;

/// <summary>Which channel of MIR-1K sings, asked of the data set's own pitch labels.</summary>
public sealed class Mir1kChannelTests
{
    [Fact]
    [Trait("Needs", "ffmpeg")]
    public void The_voice_is_loud_where_the_labels_have_a_pitch_and_the_accompaniment_does_not_care()
    {
        if (Checkout.Shared("data/mir-1k") is not { } root)
        {
            return;
        }

        string[] names = ["abjones_1_01", "amy_1_01", "bug_1_08", "leon_1_01", "tammy_1_01", "Ani_1_01"];
        Dictionary<string, Track> tracks = Mir1k.Read(root).ToDictionary(track => track.Name["mir-1k/".Length..]);
        Dictionary<string, bool[]> voiced = Labels(Path.Combine(root, "labels.tar.gz"), names);
        double voice = names.Average(name => LouderWhereVoiced(tracks[name].StemsOf(SourceNames.Vocals)[0], voiced[name]));
        double accompaniment = names.Average(name => LouderWhereVoiced(tracks[name].StemsOf(SourceNames.Accompaniment)[0], voiced[name]));
        Assert.InRange(voice, 12, 60); // unpitched consonants are voice too, so less than the 30 dB of the vocal/non-vocal labels
        Assert.InRange(accompaniment, -4, 4);
    }

    private static Dictionary<string, bool[]> Labels(string archive, string[] names)
    {
        Dictionary<string, bool[]> labels = [];
        using GZipStream unpacked = new(File.OpenRead(archive), CompressionMode.Decompress);
        using TarReader tar = new(unpacked);
        while (tar.GetNextEntry() is { } entry)
        {
            string name = Path.GetFileNameWithoutExtension(entry.Name);
            if (entry.Name.StartsWith("PitchLabel/", StringComparison.Ordinal) && names.Contains(name) && entry.DataStream is { } data)
            {
                labels[name] = [.. new StreamReader(data).ReadToEnd().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
                    .Select(pitch => double.Parse(pitch, CultureInfo.InvariantCulture) > 0)];
            }
        }

        return labels;
    }

    /// <summary>Mean power in frames with a pitch over that in the others, in dB; label i belongs to the frame centred at (i + 1) · 20 ms.</summary>
    private static double LouderWhereVoiced(Stem stem, bool[] voiced)
    {
        AudioClip clip = AudioClip.Load(stem.Path);
        float[] samples = clip.Channels[stem.Channel == StemChannel.Left ? 0 : 1];
        int hop = clip.SampleRate / 50;
        double[] power = new double[2];
        int[] count = new int[2];
        for (int i = 0; i < voiced.Length && (i + 1) * hop + (hop / 2) <= samples.Length; i++)
        {
            int place = voiced[i] ? 1 : 0;
            count[place]++;
            foreach (float sample in samples.AsSpan(((i + 1) * hop) - (hop / 2), hop))
            {
                power[place] += sample * sample;
            }
        }

        return 10 * Math.Log10(power[1] / count[1] / (power[0] / count[0]));
    }
}
