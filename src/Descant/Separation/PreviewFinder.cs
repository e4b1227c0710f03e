using Descant.Audio;

namespace Descant.Separation;

/// <summary>Finds the stretch of a song with the most singing by separating short samples of it.</summary>
/// <remarks>
/// Every few seconds one segment goes through the network; the energies of its vocal estimates are summed over every
/// stretch of the wanted length, and the largest sum wins, the earliest of equals. A fraction of the song is separated,
/// and all of it decoded once.
/// </remarks>
internal static class PreviewFinder
{
    /// <summary>Length of a preview.</summary>
    public const double Seconds = 30;

    private const double LeastStep = 5;  // between samples: singing comes and goes in phrases of about that length
    private const double UnknownStep = 10;
    private const int MostProbes = 48;
    private const string Vocals = "vocals";

    /// <summary>Finds where a preview starts, in seconds.</summary>
    /// <param name="network">The network; where it knows no vocals, its first source takes their place.</param>
    /// <param name="song">The song, read to its end.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    public static double Find(SegmentNetwork network, MixtureReader song, IProgress<SeparationProgress>? progress, CancellationToken cancellation)
    {
        SegmentNetwork voice = network.Only([network.Sources.Contains(Vocals) ? Vocals : network.Sources[0]]);
        int rate = song.Properties.SampleRate;
        double segment = (double)(network.WindowSamples - (2 * network.ContextSamples)) / network.SampleRate;
        double step = Math.Max(segment, song.ExpectedSamples is { } known ? Math.Max(LeastStep, known / (double)rate / MostProbes) : UnknownStep);
        int probeSamples = Math.Max(1, (int)(segment * rate));
        long stepSamples = (long)(step * rate);
        float[][] probe = [.. Enumerable.Range(0, song.Properties.Channels).Select(_ => new float[probeSamples])];
        List<double> energies = [];
        long position = 0;
        while (ReadFully(song, probe) is > 0 and int read)
        {
            cancellation.ThrowIfCancellationRequested();
            energies.Add(Energy(voice, rate, probe, read, cancellation));
            position += read + song.Skip(stepSamples - probeSamples);
            progress?.Report(new SeparationProgress(SeparationStage.Preview, position, song.ExpectedSamples, rate));
        }

        double length = (double)position / rate;
        double start = Loudest(energies, (int)Math.Ceiling(Seconds / step)) * step;
        return Math.Max(0, Math.Min(start, length - Seconds));
    }

    /// <summary>The first index of the run with the largest sum.</summary>
    private static int Loudest(List<double> energies, int run)
    {
        int best = 0;
        double most = double.NegativeInfinity;
        for (int first = 0; first == 0 || first <= energies.Count - run; first++)
        {
            double sum = energies.Skip(first).Take(run).Sum();
            if (sum > most)
            {
                (best, most) = (first, sum);
            }
        }

        return best;
    }

    private static int ReadFully(MixtureReader song, float[][] probe)
    {
        int done = 0;
        while (done < probe[0].Length && song.Read(probe, done, probe[0].Length - done) is > 0 and int read)
        {
            done += read;
        }

        return done;
    }

    private static double Energy(SegmentNetwork voice, int rate, float[][] probe, int count, CancellationToken cancellation)
    {
        double energy = 0;
        MixtureSeparation separation = new(voice, rate, probe.Length, new SeparationSettings { Overlap = 0 }, Add, cancellation);
        separation.Write(probe, 0, count);
        separation.Complete();
        return energy;

        void Add(float[][] mixture, float[][] estimates, int samples)
        {
            foreach (float[] estimate in estimates)
            {
                foreach (float sample in estimate.AsSpan(0, samples))
                {
                    energy += (double)sample * sample;
                }
            }
        }
    }
}
