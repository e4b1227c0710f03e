namespace Descant.Tests.Networks;

/// <summary>Ten seconds of a sung line over bass, drums and a shaker, made from numbers: enough to learn by heart what separates them.</summary>
internal static class TenSecondsOfMusic
{
    private static readonly int[] Melody = [0, 2, 4, 5, 7, 5, 4, 0, 0, 4, 7, 9, 7, 4, 2, 0]; // semitones above E4, two notes a second
    private static readonly int[] Roots = [0, -3, -7, -5];                                    // semitones above E2, a bar each

    /// <summary>The stems of the sources a network names, each of the given number of samples; accompaniment is everything but the vocals.</summary>
    public static float[][] Stems(IReadOnlyList<string> sources, int sampleRate, int samples)
    {
        float[] vocals = new float[samples], bass = new float[samples], drums = new float[samples], other = new float[samples];
        Random random = new(7);
        int noteSamples = sampleRate / 2;
        double voicePhase = 0, bassPhase = 0;
        float lastNoise = 0;
        for (int n = 0; n < samples; n++)
        {
            double seconds = (double)n / sampleRate, place = (double)(n % noteSamples) / noteSamples;
            double afterBeat = (double)(n % (noteSamples / 2)) / (noteSamples / 2); // the shaker answers the drums
            int note = n / noteSamples;
            double envelope = Math.Min(1, Math.Min(20 * place, 8 * (1 - place)));
            double vibrato = 1 + (0.012 * Math.Sin(2 * Math.PI * 5.5 * seconds));
            voicePhase += 2 * Math.PI * 330 * Math.Pow(2, Melody[note % 16] / 12.0) * vibrato / sampleRate;
            bassPhase += 2 * Math.PI * 82 * Math.Pow(2, Roots[note / 4 % 4] / 12.0) / sampleRate;
            double breath = note % 8 == 7 ? 0 : envelope;
            vocals[n] = (float)(0.2 * breath * (Math.Sin(voicePhase) + (0.5 * Math.Sin(2 * voicePhase)) + (0.3 * Math.Sin(3 * voicePhase))));
            bass[n] = (float)(0.15 * envelope * Math.Sin(bassPhase));
            drums[n] = (float)(0.5 * (random.NextSingle() - 0.5f) * Math.Exp(-10.0 * afterBeat));
            float noise = random.NextSingle() - 0.5f;
            other[n] = (float)(0.08 * (noise - lastNoise) * Math.Max(0, Math.Sin(Math.PI * (afterBeat - 0.4) / 0.6)));
            lastNoise = noise;
        }

        float[] accompaniment = [.. bass.Zip(drums, (a, b) => a + b).Zip(other, (a, b) => a + b)];
        return [.. sources.Select(source => source switch { "vocals" => vocals, "bass" => bass, "drums" => drums, "other" => other, _ => accompaniment })];
    }
}
