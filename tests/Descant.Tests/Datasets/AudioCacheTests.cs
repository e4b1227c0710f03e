using Descant.Audio;
using Descant.Datasets;
using Descant.Tests.Training;

namespace Descant.Tests.Datasets;

public sealed class AudioCacheTests
{
    [Fact]
    public void Decoded_audio_is_the_file_within_half_a_step_of_16_bits_of_its_peak()
    {
        using SmallCorpus corpus = new();
        string path = corpus.Write("x.wav", 1.5, 440, 0);
        AudioClip truth = AudioClip.Load(path);
        CachedAudio cached = corpus.Cache.Open(path);
        Assert.Equal((2, 12000L, SmallCorpus.Rate), (cached.Channels, cached.Length, cached.SampleRate));
        float[] read = new float[12000];
        for (int channel = 0; channel < 2; channel++)
        {
            cached.Read(channel, 0, read);
            float half = 0.51f * cached.Peak / short.MaxValue;
            Assert.All(Enumerable.Range(0, read.Length), i => Assert.InRange(read[i], truth.Channels[channel][i] - half, truth.Channels[channel][i] + half));
        }
    }

    [Fact]
    public void Samples_before_the_beginning_and_after_the_end_are_zero()
    {
        using SmallCorpus corpus = new();
        CachedAudio cached = corpus.Cache.Open(corpus.Write("x.wav", 0.01, 0)); // 80 samples
        float[] whole = new float[80], around = new float[100];
        cached.Read(0, 0, whole);
        cached.Read(0, -7, around);
        Assert.Equal([.. new float[7], .. whole, .. new float[13]], around);
        cached.Read(0, 200, around);
        Assert.All(around, sample => Assert.Equal(0, sample));
        cached.Read(0, -500, around);
        Assert.All(around, sample => Assert.Equal(0, sample));
    }

    [Fact]
    public void A_file_is_decoded_once_and_again_when_it_changes()
    {
        using SmallCorpus corpus = new();
        string path = corpus.Write("a/b/x.wav", 0.1, 440);
        string folder = Path.Combine(corpus.Root, "cache");
        corpus.Cache.Open(path);
        string only = Assert.Single(Directory.EnumerateFiles(folder, "*.pcm", SearchOption.AllDirectories));
        DateTime written = File.GetLastWriteTimeUtc(only);
        using (AudioCache second = new(folder, SmallCorpus.Rate))
        {
            second.Fill([new Stem("vocals", path)], workers: 1);
            Assert.Equal(written, File.GetLastWriteTimeUtc(only));
        }

        corpus.Write("a/b/x.wav", 0.2, 440);
        using AudioCache third = new(folder, SmallCorpus.Rate);
        Assert.Equal(1600, third.Open(path).Length);
    }

    [Fact]
    public void Files_of_the_same_content_are_decoded_once_wherever_they_lie_and_whenever_they_were_written()
    {
        using SmallCorpus corpus = new();
        string path = corpus.Write("a/b/x.wav", 0.1, 440), copy = Path.Combine(corpus.Root, "elsewhere.wav");
        string folder = Path.Combine(corpus.Root, "cache");
        corpus.Cache.Fill([new Stem("vocals", path)], workers: 2);
        string only = Assert.Single(Directory.EnumerateFiles(folder, "*.pcm", SearchOption.AllDirectories));
        DateTime written = File.GetLastWriteTimeUtc(only);
        File.Copy(path, copy);
        File.SetLastWriteTimeUtc(path, new DateTime(2020, 2, 20, 0, 0, 0, DateTimeKind.Utc)); // unpacked again
        using AudioCache second = new(folder, SmallCorpus.Rate);
        second.Fill([new Stem("vocals", path), new Stem("vocals", copy)], workers: 2);
        Assert.Equal(only, Assert.Single(Directory.EnumerateFiles(folder, "*.pcm", SearchOption.AllDirectories)));
        Assert.Equal(written, File.GetLastWriteTimeUtc(only));
        Assert.Equal(800, second.Open(copy).Length);

        // A note that was cut off is made again.
        foreach (string note in Directory.EnumerateFiles(folder, "*.content", SearchOption.AllDirectories))
        {
            File.WriteAllBytes(note, [1, 2, 3]);
        }

        using AudioCache third = new(folder, SmallCorpus.Rate);
        Assert.Equal(800, third.Open(path).Length);
        Assert.Single(Directory.EnumerateFiles(folder, "*.pcm", SearchOption.AllDirectories));
    }

    [Fact]
    public void Any_number_of_workers_from_one_on_decodes()
    {
        using SmallCorpus corpus = new();
        Stem stem = new("vocals", corpus.Write("x.wav", 0.1, 440));
        Assert.StartsWith("workers: expected 1 or more, got 0", Assert.Throws<ArgumentException>(() => corpus.Cache.Fill([stem], workers: 0)).Message, StringComparison.Ordinal);
        int told = 0;
        corpus.Cache.Fill([stem], workers: 600, (_, _) => told++);
        Assert.Equal(1, told);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Samples_that_are_no_numbers_stop_with_the_file_named(float bad)
    {
        using SmallCorpus corpus = new();
        string path = Path.Combine(corpus.Root, "bad.wav");
        float[] samples = new float[100];
        samples[17] = bad;
        new AudioClip([samples], SmallCorpus.Rate).SaveWav(path, SampleFormat.FloatingPoint32);
        string message = Assert.Throws<InvalidDataException>(() => corpus.Cache.Fill([new Stem("vocals", path)], workers: 2)).Message;
        Assert.Contains("bad.wav", message, StringComparison.Ordinal);
        Assert.Contains("17", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_audio_stops_with_its_name()
    {
        using SmallCorpus corpus = new();
        string path = Path.Combine(corpus.Root, "text.wav");
        File.WriteAllText(path, "this is no audio");
        Assert.Contains("text.wav", Assert.Throws<InvalidDataException>(() => corpus.Cache.Open(path)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "gone.wav",
            Assert.Throws<InvalidDataException>(() => corpus.Cache.Open(Path.Combine(corpus.Root, "gone.wav"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_entry_says_so()
    {
        using SmallCorpus corpus = new();
        string path = corpus.Write("x.wav", 0.1, 440);
        string folder = Path.Combine(corpus.Root, "cache");
        corpus.Cache.Fill([new Stem("vocals", path)], workers: 1);
        string entry = Assert.Single(Directory.EnumerateFiles(folder, "*.pcm", SearchOption.AllDirectories));
        using (FileStream stream = new(entry, FileMode.Open))
        {
            stream.SetLength(stream.Length - 1);
        }

        Assert.Contains("delete it", Assert.Throws<InvalidDataException>(() => corpus.Cache.Open(path)).Message, StringComparison.Ordinal);
    }
}
