using Descant.Audio;
using Descant.Datasets;
using Descant.Training;

namespace Descant.Tests.Training;

public sealed class BandwidthTests
{
    private const int Rate = 44100;

    [Theory]
    [InlineData(8000)]
    [InlineData(11000)]
    public void A_wall_in_the_spectrum_is_found_within_200_Hz(double limit)
    {
        // Sines every 40 Hz up to the limit, nothing above: a wall by construction.
        Assert.InRange(Measure(hz => hz < limit ? 1 : 0), limit - 200, limit + 200);
    }

    [Fact]
    public void A_spectrum_that_fades_by_itself_is_full_band()
    {
        // 6 dB down for every kHz: −60 dB is reached at 10 kHz, −70 at 11.7.
        Assert.True(double.IsPositiveInfinity(Measure(hz => Math.Pow(10, -hz * 6 / 1000 / 20))));
        Assert.True(double.IsPositiveInfinity(Measure(_ => 1)));
    }

    [Fact]
    public void The_corpus_is_measured_as_its_manifest_says()
    {
        if (Checkout.Shared("data") is not { } root)
        {
            return;
        }

        using SmallCorpus folder = new(); // for its cache's place
        using AudioCache cache = new(Path.Combine(folder.Root, "cache"), Rate);
        Track[] tracks = [.. DatasetCatalog.Read(root)];
        int found = 0;
        foreach (string group in new[] { "vocals/demos-research-narrow", "vocals/pjs", "vocals/gtsinger-nc" })
        {
            foreach (Track track in tracks.Where(track => track.Group == group).Take(4))
            {
                double measured = Bandwidth.Measure(cache.Open(track.Stems[0].Path), 0);
                // The manifest's limits were measured by another rule, up to 1.7 kHz lower. Some narrow files hold noise above.
                double told = track.Stems[0].BandwidthHz ?? double.PositiveInfinity;
                Assert.True(double.IsPositiveInfinity(measured) || Math.Abs(measured - told) < 2000, $"{track.Name}: measured {measured}, told {told}");
                found += double.IsFinite(measured) ? 1 : 0;
                Assert.True(double.IsFinite(told) || double.IsPositiveInfinity(measured), track.Name);
            }
        }

        Assert.InRange(found, 2, 4);
    }

    private static double Measure(Func<double, double> amplitude)
    {
        string folder = Directory.CreateTempSubdirectory("descant-band-").FullName;
        try
        {
            float[] samples = new float[Rate];
            RandomStream random = new(1, 1);
            for (double hz = 100; hz < Rate / 2; hz += 40)
            {
                double a = 0.01 * amplitude(hz), phase = random.Uniform(0, 6.28);
                for (int i = 0; i < samples.Length && a > 0; i++)
                {
                    samples[i] += (float)(a * Math.Sin((2 * Math.PI * hz * i / Rate) + phase));
                }
            }

            string path = Path.Combine(folder, "x.wav");
            new AudioClip([samples], Rate).SaveWav(path, SampleFormat.FloatingPoint32);
            using AudioCache cache = new(Path.Combine(folder, "cache"), Rate);
            return Bandwidth.Measure(cache.Open(path), 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
