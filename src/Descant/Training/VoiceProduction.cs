using System.Numerics;

namespace Descant.Training;

/// <summary>Makes a dry voice sound like a record: tone, compression, saturation, doubles, echo, reverberation, each by chance.</summary>
internal sealed class VoiceProduction
{
    private const float WorkingLevel = 0.1f; // root mean square at which the effects' settings are meant
    private const float Silence = 1e-4f;

    private readonly ProductionRecipe _recipe;
    private readonly int _sampleRate;
    private readonly Reverberation _reverberation;
    private readonly StereoBuffer _effect;
    private readonly float[] _middle;

    public VoiceProduction(ProductionRecipe recipe, int sampleRate, int channels, int samples)
    {
        _recipe = recipe;
        _sampleRate = sampleRate;
        _reverberation = new Reverberation(sampleRate, samples);
        _effect = new StereoBuffer(channels, samples);
        _middle = new float[samples];
    }

    /// <summary>Changes the voice in place; its level afterwards is of no meaning. A silent voice stays as it is.</summary>
    public void Apply(StereoBuffer voice, RandomStream random)
    {
        float level = voice.Level();
        if (level < Silence || !random.Chance(_recipe.Probability))
        {
            return;
        }

        voice.Scale(WorkingLevel / level);
        if (random.Chance(_recipe.Equalizer))
        {
            Equalizer.Apply(voice, _sampleRate, 3, 8, random);
        }

        if (random.Chance(_recipe.Compression))
        {
            Compressor.Apply(voice, _sampleRate, WorkingLevel, random.Uniform(0.2, 0.6), random.LogUniform(0.005, 0.06));
        }

        if (random.Chance(_recipe.Saturation))
        {
            float drive = random.LogUniform(2, 25);
            for (int channel = 0; channel < voice.Channels; channel++)
            {
                Saturate(voice[channel], drive);
            }
        }

        if (random.Chance(_recipe.Doubling))
        {
            Double(voice, random);
        }

        if (random.Chance(_recipe.Echo))
        {
            Echo(voice, random);
        }

        if (random.Chance(_recipe.Reverberation))
        {
            Middle(voice);
            _reverberation.Apply(_middle, _effect, random);
            float wet = _effect.Level();
            float gain = MathF.Pow(10, random.Uniform(-16, -1) / 20);
            voice.Add(_effect, wet > 0 ? gain * voice.Level() / wet : 0);
        }
    }

    /// <summary>tanh(drive · x) / drive, by the approximation t (27 + t²) / (27 + 9 t²), which meets ±1 at ±3.</summary>
    private static void Saturate(Span<float> x, float drive)
    {
        Vector<float> most = new(3f), least = new(-3f), c27 = new(27f), c9 = new(9f);
        int i = 0;
        for (; i <= x.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            Vector<float> t = Vector.Min(most, Vector.Max(least, new Vector<float>(x[i..]) * drive));
            Vector<float> square = t * t;
            (t * (c27 + square) / (c27 + (c9 * square)) * (1 / drive)).CopyTo(x[i..]);
        }

        for (; i < x.Length; i++)
        {
            float t = Math.Clamp(x[i] * drive, -3, 3);
            x[i] = t * (27 + (t * t)) / (27 + (9 * t * t)) / drive;
        }
    }

    /// <summary>Adds copies of the voice's middle, each late by 8 to 45 ms that waver slowly, so that its pitch wavers too.</summary>
    private void Double(StereoBuffer voice, RandomStream random)
    {
        Middle(voice);
        int copies = random.Chance(0.75) ? 1 + (int)random.Below(2) : 3 + (int)random.Below(2);
        for (int copy = 0; copy < copies; copy++)
        {
            double delay = random.Uniform(0.008, 0.045) * _sampleRate;
            double depth = random.Uniform(0, 0.0025) * _sampleRate;
            double turn = 2 * Math.PI * random.Uniform(0.1, 1) / _sampleRate;
            double phase = random.Uniform(0, 2 * Math.PI);
            float gain = random.Uniform(0.3, 1);
            float place = random.Uniform(-1, 1); // -1 left, 1 right
            float left = voice.Channels == 1 ? gain : gain * MathF.Sqrt((1 - place) / 2) * MathF.Sqrt(2);
            float right = gain * MathF.Sqrt((1 + place) / 2) * MathF.Sqrt(2);
            AddWavering(voice, delay, depth, turn, phase, left, right);
        }
    }

    private void AddWavering(
        StereoBuffer voice, double delay, double depth, double turn, double phase, float left, float right)
    {
        const int Block = 64; // the delay moves on a straight line within a block
        Span<float> first = voice[0];
        Span<float> second = voice[voice.Channels - 1];
        bool stereo = voice.Channels == 2;
        ReadOnlySpan<float> x = _middle;
        double now = delay + (depth * Math.Sin(phase));
        for (int start = 0; start < x.Length; start += Block)
        {
            double next = delay + (depth * Math.Sin(phase + (turn * (start + Block))));
            double step = (next - now) / Block;
            int end = Math.Min(start + Block, x.Length);
            for (int i = start; i < end; i++)
            {
                double place = i - (now + (step * (i - start)));
                int whole = (int)Math.Floor(place);
                if (whole < 1 || whole + 2 >= x.Length)
                {
                    continue;
                }

                // Cubic Hermite through four neighbours: keeps the treble that a straight line would dull.
                float f = (float)(place - whole);
                float a = x[whole - 1], b = x[whole], c = x[whole + 1], d = x[whole + 2];
                float y = b + (0.5f * f * (c - a + (f * ((2 * a) - (5 * b) + (4 * c) - d + (f * ((3 * (b - c)) + d - a))))));
                first[i] += left * y;
                if (stereo)
                {
                    second[i] += right * y;
                }
            }

            now = next;
        }
    }

    private void Echo(StereoBuffer voice, RandomStream random)
    {
        int delay = (int)(random.Uniform(0.08, 0.4) * _sampleRate);
        float gain = random.Uniform(0.15, 0.45);
        bool sideToSide = random.Chance(0.3);
        _effect.CopyFrom(voice);
        float factor = 1;
        for (int repeat = 1; repeat <= 3; repeat++)
        {
            factor *= gain;
            int late = repeat * delay;
            for (int channel = 0; channel < voice.Channels && late < voice.Samples; channel++)
            {
                float side = !sideToSide || voice.Channels == 1 ? 1 : (repeat + channel) % 2 == 0 ? 1.3f : 0.3f;
                StereoBuffer.AddScaled(_effect[channel][..^late], factor * side, voice[channel][late..]);
            }
        }
    }

    private void Middle(StereoBuffer voice)
    {
        voice[0].CopyTo(_middle);
        if (voice.Channels == 2)
        {
            StereoBuffer.AddScaled(voice[1], 1, _middle);
            StereoBuffer.Multiply(_middle, 0.5f);
        }
    }
}
