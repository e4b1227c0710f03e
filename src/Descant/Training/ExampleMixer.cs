using Descant.Datasets;

namespace Descant.Training;

/// <summary>Makes training examples: example <c>i</c> is a function of the seed and <c>i</c> alone.</summary>
/// <remarks>Holds scratch buffers, so one mixer serves one thread.</remarks>
internal sealed class ExampleMixer
{
    private const double AudibleMeanSquare = 1e-5; // −50 dB
    private const float Silence = 1e-4f;
    private const float WorkingLevel = 0.1f;

    private readonly TrainingMaterial _material;
    private readonly MixingRecipe _mixing;
    private readonly ulong _seed;
    private readonly int _channels;
    private readonly int _samples;
    private readonly int _voiceSlot;
    private readonly int[] _partSlots;
    private readonly VoiceProduction _production;
    private readonly SpeedChange _speedChange = new();
    private readonly StereoBuffer _voice;
    private readonly StereoBuffer _second;
    private readonly StereoBuffer _mixture;
    private readonly StereoBuffer[] _parts;
    private readonly TimeStretch _stretch;
    private readonly float[] _raw;
    private readonly float[] _stretched;
    private readonly float[] _scratch;

    public ExampleMixer(
        TrainingMaterial material, MixingRecipe mixing, ProductionRecipe production, IReadOnlyList<string> sources,
        int channels, int samples, ulong seed)
    {
        (_material, _mixing, _seed, _channels, _samples) = (material, mixing, seed, channels, samples);
        Sources = sources;
        _voiceSlot = IndexOf(sources, SourceNames.Vocals);
        _partSlots = [.. material.PartNames.Select(part =>
            IndexOf(sources, part) is >= 0 and int own ? own : IndexOf(sources, SourceNames.Accompaniment))];
        _production = new VoiceProduction(production, material.SampleRate, channels, samples);
        _voice = new StereoBuffer(channels, samples);
        _second = new StereoBuffer(channels, samples);
        _mixture = new StereoBuffer(channels, samples);
        _parts = [.. material.PartNames.Select(_ => new StereoBuffer(channels, samples))];
        _stretch = new TimeStretch(material.SampleRate);
        Playback fastest = new(
            (1 + mixing.LargestSpeedChange) * (1 + mixing.LargestTempoChange), (1 + mixing.LargestSpeedChange) * Math.Pow(2, mixing.MostSemitones / 12));
        int resampled = SpeedChange.SourceSamples(samples, fastest.Pitch) + 1;
        int longest = Math.Max(resampled, _stretch.SourceSamples(resampled, fastest.Tempo * Math.Pow(2, mixing.MostSemitones / 12)));
        _raw = new float[longest];
        _stretched = new float[resampled];
        _scratch = new float[longest];
    }

    public IReadOnlyList<string> Sources { get; }

    /// <summary>Writes one example.</summary>
    /// <param name="index">Which.</param>
    /// <param name="mixture">[channels, samples].</param>
    /// <param name="sources">[sources, channels, samples], summing to the mixture together with sources that were not asked for (not to one that was recorded).</param>
    /// <returns>The bandwidth in Hz up to which the example is true; half the sample rate where nothing is known to be narrow.</returns>
    public float Make(long index, Span<float> mixture, Span<float> sources)
    {
        RandomStream random = new(_seed, (ulong)index);
        bool aligned = _material.Songs.Count > 0 && random.Chance(_mixing.Aligned);
        bool recorded = false;
        double bandwidth = aligned ? Aligned(random, out recorded) : Incoherent(random);
        if (_mixing.RandomLevels && !(aligned && _mixing.AlignedKeepLevels))
        {
            Balance(random);
        }
        else if (_mixing.LowestGain != 1 || _mixing.HighestGain != 1)
        {
            foreach (StereoBuffer source in (ReadOnlySpan<StereoBuffer>)[_voice, .. _parts])
            {
                source.Scale(random.Uniform(_mixing.LowestGain, _mixing.HighestGain));
            }
        }

        if (!recorded)
        {
            _mixture.CopyFrom(_voice);
            foreach (StereoBuffer part in _parts)
            {
                _mixture.Add(part, 1);
            }
        }

        Master(random);
        Write(mixture, sources);
        return (float)Math.Min(bandwidth, _material.SampleRate / 2.0);
    }

    /// <summary>An excerpt of a song; where it has a mixture of its own that is in place, too, and nothing below changes levels (the recipe saw to it).</summary>
    private double Aligned(RandomStream random, out bool recorded)
    {
        AlignedSong song = _material.DrawSong(random);
        Playback playback = DrawPlayback(random);
        long start = Place(song.Length, random);
        for (int attempt = 1; attempt < _mixing.VoiceAttempts && _mixing.RandomLevels; attempt++)
        {
            if (IsAudible(song.Voice, start))
            {
                break;
            }

            start = Place(song.Length, random);
        }

        Read(song.Voice, start, playback, _voice);
        double bandwidth = song.Voice.BandwidthHz;
        double band = 0;
        for (int part = 0; part < _parts.Length; part++)
        {
            if (song.Parts[part] is { } recording)
            {
                Read(recording, start, playback, _parts[part]);
                band = Math.Max(band, recording.BandwidthHz);
            }
            else
            {
                _parts[part].Clear();
            }
        }

        recorded = song.Mixture is not null;
        if (song.Mixture is { } mixture)
        {
            Read(mixture, start, playback, _mixture);
        }

        if (random.Chance(_mixing.ChannelSwap))
        {
            _voice.SwapChannels();
            if (recorded)
            {
                _mixture.SwapChannels();
            }

            foreach (StereoBuffer part in _parts)
            {
                part.SwapChannels();
            }
        }

        _production.Apply(_voice, random);
        return Math.Min(bandwidth, band) * playback.Pitch;
    }

    private double Incoherent(RandomStream random)
    {
        bool alone = random.Chance(_mixing.VocalsAlone);
        double band = double.PositiveInfinity;
        for (int part = 0; part < _parts.Length; part++)
        {
            if (alone)
            {
                _parts[part].Clear();
                continue;
            }

            double widest = Band(_material.Parts[part], _parts[part], random);
            if (random.Chance(_mixing.SecondBand))
            {
                double other = Band(_material.Parts[part], _second, random);
                float level = _second.Level();
                if (level > Silence)
                {
                    // Relative to the first band, so that a quiet master counts as much as a loud one.
                    _parts[part].Add(_second, random.Uniform(0.3, 1) * Math.Max(_parts[part].Level(), Silence) / level);
                }

                widest = Math.Max(widest, other);
            }

            band = Math.Min(band, widest);
        }

        if (!alone && random.Chance(_mixing.WithoutVocals))
        {
            _voice.Clear();
            return band;
        }

        double voice = Voice(_voice, random);
        if (random.Chance(_mixing.SecondVoice))
        {
            voice = Math.Min(voice, Voice(_second, random));
            float first = _voice.Level(), second = _second.Level();
            if (first > Silence && second > Silence)
            {
                _voice.Add(_second, random.Uniform(0.3, 1) * first / second);
            }
        }

        _production.Apply(_voice, random);
        return Math.Min(voice, band);
    }

    private double Voice(StereoBuffer destination, RandomStream random)
    {
        Recording recording = _material.Voices.Draw(random);
        long start = Place(recording.Length, random);
        for (int attempt = 1; attempt < _mixing.VoiceAttempts && !IsAudible(recording, start); attempt++)
        {
            recording = _material.Voices.Draw(random);
            start = Place(recording.Length, random);
        }

        Playback playback = DrawPlayback(random);
        Read(recording, start, playback, destination);
        if (random.Chance(_mixing.ChannelSwap))
        {
            destination.SwapChannels();
        }

        if (_channels == 2 && recording.IsMono && random.Chance(_mixing.Pan))
        {
            float place = random.Uniform(-0.6, 0.6);
            StereoBuffer.Multiply(destination[0], MathF.Sqrt(1 - place));
            StereoBuffer.Multiply(destination[1], MathF.Sqrt(1 + place));
        }

        return recording.BandwidthHz * playback.Pitch;
    }

    private double Band(RecordingPool pool, StereoBuffer destination, RandomStream random)
    {
        Recording recording = pool.Draw(random);
        Playback playback = DrawPlayback(random);
        Read(recording, Place(recording.Length, random), playback, destination);
        if (random.Chance(_mixing.ChannelSwap))
        {
            destination.SwapChannels();
        }

        if (_channels == 2 && random.Chance(_mixing.Width))
        {
            if (recording.IsMono)
            {
                Spread(destination, random);
            }
            else
            {
                Widen(destination, random.Uniform(0.3, 1.4));
            }
        }

        if (random.Chance(_mixing.BandEqualizer))
        {
            Equalizer.Apply(destination, _material.SampleRate, 2, 5, random);
        }

        return recording.BandwidthHz * playback.Pitch;
    }

    /// <summary>Scales the difference of the channels.</summary>
    private static void Widen(StereoBuffer audio, float width)
    {
        Span<float> left = audio[0], right = audio[1];
        float same = (1 + width) / 2, other = (1 - width) / 2;
        for (int i = 0; i < left.Length && i < right.Length; i++)
        {
            (left[i], right[i]) = ((same * left[i]) + (other * right[i]), (other * left[i]) + (same * right[i]));
        }
    }

    /// <summary>Spreads a mono recording: a late copy is added on one side and taken away on the other, so that the sum stays mono.</summary>
    private void Spread(StereoBuffer audio, RandomStream random)
    {
        int delay = (int)(random.Uniform(0.004, 0.03) * _material.SampleRate);
        float gain = random.Uniform(0.2, 0.6);
        audio[0].CopyTo(_raw);
        StereoBuffer.AddScaled(_raw.AsSpan(0, _samples - delay), gain, audio[0][delay..]);
        StereoBuffer.AddScaled(_raw.AsSpan(0, _samples - delay), -gain, audio[1][delay..]);
    }

    /// <summary>Brings voice and accompaniment to a random relation, and both to a random level.</summary>
    private void Balance(RandomStream random)
    {
        float vocalGain = MathF.Pow(10, random.Uniform(_mixing.LowestVocalDb, _mixing.HighestVocalDb) / 20);
        float level = random.Uniform(_mixing.LowestLevel, _mixing.HighestLevel);
        _mixture.Clear();
        foreach (StereoBuffer part in _parts)
        {
            _mixture.Add(part, 1);
        }

        float voice = _voice.Level(), band = _mixture.Level();
        if (_mixing.RandomLevels && voice > Silence)
        {
            // A band that pauses here keeps its silence: the voice then stands on its own level.
            _voice.Scale(Math.Max(band, band > Silence ? 0 : WorkingLevel) * vocalGain / voice);
        }

        _mixture.Add(_voice, 1);
        float all = _mixture.Level();
        if (all > Silence)
        {
            _voice.Scale(level / all);
            foreach (StereoBuffer part in _parts)
            {
                part.Scale(level / all);
            }
        }
    }

    private void Master(RandomStream random)
    {
        float level = _mixture.Level();
        if (level > Silence && random.Chance(_mixing.Master))
        {
            Compressor.Apply(
                _mixture, _material.SampleRate, level, random.Uniform(0.2, 0.7), random.LogUniform(0.003, 0.1), [_voice, .. _parts]);
        }
    }

    private void Write(Span<float> mixture, Span<float> sources)
    {
        int item = _channels * _samples;
        sources.Clear();
        for (int channel = 0; channel < _channels; channel++)
        {
            int at = channel * _samples;
            _mixture[channel].CopyTo(mixture[at..]);
            if (_voiceSlot >= 0)
            {
                _voice[channel].CopyTo(sources[((_voiceSlot * item) + at)..]);
            }

            for (int part = 0; part < _parts.Length; part++)
            {
                if (_partSlots[part] >= 0)
                {
                    // Parts may share a slot, the accompaniment's.
                    StereoBuffer.AddScaled(_parts[part][channel], 1, sources.Slice((_partSlots[part] * item) + at, _samples));
                }
            }
        }
    }

    private Playback DrawPlayback(RandomStream random)
    {
        double speed = random.Chance(_mixing.SpeedChange) ? 1 + random.Uniform(-_mixing.LargestSpeedChange, _mixing.LargestSpeedChange) : 1;
        double pitch = _mixing.PitchChange > 0 && random.Chance(_mixing.PitchChange)
            ? Math.Pow(2, random.Uniform(-_mixing.MostSemitones, _mixing.MostSemitones) / 12)
            : 1;
        double tempo = _mixing.TempoChange > 0 && random.Chance(_mixing.TempoChange)
            ? 1 + random.Uniform(-_mixing.LargestTempoChange, _mixing.LargestTempoChange)
            : 1;
        return new Playback(speed * tempo, speed * pitch);
    }

    private long Place(long length, RandomStream random) => length > _samples ? random.Below(length - _samples) : 0;

    private void Read(Recording recording, long start, Playback playback, StereoBuffer destination)
    {
        if (playback.Tempo != playback.Pitch)
        {
            Plan(recording, start, playback);
        }

        for (int channel = 0; channel < _channels; channel++)
        {
            if (channel == 1 && recording.IsMono)
            {
                destination[0].CopyTo(destination[1]);
            }
            else if (playback.Tempo != playback.Pitch)
            {
                Span<float> source = Source(recording, start, playback, channel, _channels);
                Span<float> stretched = _stretched.AsSpan(0, SpeedChange.SourceSamples(_samples, playback.Pitch) + 1);
                _stretch.Render(source, stretched);
                _speedChange.Read(stretched, playback.Pitch, destination[channel]);
            }
            else if (playback.Pitch == 1)
            {
                recording.Read(start, channel, _channels, destination[channel], _scratch);
            }
            else
            {
                Span<float> raw = _raw.AsSpan(0, SpeedChange.SourceSamples(_samples, playback.Pitch) + 1);
                recording.Read(start - ((SpeedChange.Taps / 2) - 1), channel, _channels, raw, _scratch);
                _speedChange.Read(raw, playback.Pitch, destination[channel]);
            }
        }
    }

    /// <summary>Lets all channels be stretched alike: by their mean.</summary>
    private void Plan(Recording recording, long start, Playback playback) => _stretch.Plan(
        Source(recording, start, playback, 0, 1), SpeedChange.SourceSamples(_samples, playback.Pitch) + 1, playback.Tempo / playback.Pitch);

    /// <summary>What is stretched before it is resampled: of one channel, or the mean of all where the reader wants one.</summary>
    private Span<float> Source(Recording recording, long start, Playback playback, int channel, int channels)
    {
        int samples = _stretch.SourceSamples(SpeedChange.SourceSamples(_samples, playback.Pitch) + 1, playback.Tempo / playback.Pitch);
        Span<float> raw = _raw.AsSpan(0, samples);
        recording.Read(start, channel, channels, raw, _scratch);
        return raw;
    }

    /// <summary>Whether a voice sounds here: over every eighth stretch of the excerpt, which tells enough for an eighth of the reading.</summary>
    private bool IsAudible(Recording recording, long start)
    {
        const int Stretch = 1024;
        double sum = 0;
        int counted = 0;
        for (int at = 0; at + Stretch <= _samples; at += 8 * Stretch)
        {
            Span<float> stretch = _raw.AsSpan(0, Stretch);
            recording.Read(start + at, 0, 1, stretch, _scratch);
            sum += StereoBuffer.SumOfSquares(stretch);
            counted += Stretch;
        }

        return counted == 0 || sum / counted > AudibleMeanSquare;
    }

    private static int IndexOf(IReadOnlyList<string> sources, string name)
    {
        for (int i = 0; i < sources.Count; i++)
        {
            if (sources[i] == name)
            {
                return i;
            }
        }

        return -1;
    }
}
