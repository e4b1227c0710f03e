using System.Globalization;
using Descant.Audio;

namespace Descant.Separation;

/// <summary>Separates an audio file into stem files, in memory that does not depend on its length.</summary>
/// <remarks>
/// Float stems are written while the network runs. Integer stems wait on disk until the song's peak, and with it the
/// gain common to all stems, is known; the song is then decoded a second time to quantise mixture and stems together.
/// Every file appears under its name only when all of them are complete.
/// </remarks>
public sealed class SongSeparator
{
    private const int BlockSamples = 1 << 15;
    private static readonly string[] s_carriedTags = ["title", "artist", "album", "album_artist", "date", "track", "genre"];
    private readonly SegmentNetwork _network;
    private readonly SeparationSettings _settings;
    private readonly FfmpegPrograms? _programs;

    /// <summary>Prepares a separator.</summary>
    public SongSeparator(SegmentNetwork network, SeparationSettings settings, FfmpegPrograms? programs = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(settings);
        if (!(settings.StartSeconds >= 0) || settings.StartSeconds > 1e9)
        {
            throw new ArgumentException($"start: expected seconds from 0, got {settings.StartSeconds}", nameof(settings));
        }

        if (settings.DurationSeconds is { } duration && (!(duration > 0) || duration > 1e9))
        {
            throw new ArgumentException($"duration: expected seconds above 0, got {duration}", nameof(settings));
        }

        _ = new SegmentGrid(network.WindowSamples, network.ContextSamples, settings.Overlap); // refuses a wrong overlap before any work
        if (settings.Shifts is < 1 or > EstimateStream.MostShifts)
        {
            throw new ArgumentException($"shifts: expected 1 to {EstimateStream.MostShifts}, got {settings.Shifts}", nameof(settings));
        }

        _network = network;
        _settings = settings;
        _programs = programs;
        Plan = StemPlan.Create(network.Sources, settings.Stems, settings.MixtureConsistency);
    }

    /// <summary>The stems it makes.</summary>
    public StemPlan Plan { get; }

    /// <summary>Separates one song.</summary>
    /// <param name="song">The file.</param>
    /// <param name="path">The path to write each stem to.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Ends it; nothing is left behind.</param>
    /// <exception cref="InvalidDataException">The song cannot be read; one line that names it.</exception>
    public SeparationResult Separate(
        string song, Func<string, string> path, IProgress<SeparationProgress>? progress = null, CancellationToken cancellation = default) =>
        Separate(song, path, progress, beforeCommit: null, cancellation);

    /// <summary>Separates one song, and calls back before the first stem gets its name.</summary>
    internal SeparationResult Separate(
        string song, Func<string, string> path, IProgress<SeparationProgress>? progress, Action? beforeCommit, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(path);
        Dictionary<string, string> files = Plan.Written.ToDictionary(stem => Plan.Stems[stem], stem => Path.GetFullPath(path(Plan.Stems[stem])));
        using MixtureReader mixture = Open(song);
        SampleFormat format = _settings.Format ?? NaturalFormat(mixture.Properties);
        byte[]? cover = _settings.Encoding.Container == AudioContainer.Wav || mixture.Properties.Codec.StartsWith("pcm_", StringComparison.Ordinal)
            ? null : CoverArt.Read(song, _programs);
        List<AudioWriter> writers = [];
        string[] newFolders = [.. files.Values.Select(file => Path.GetDirectoryName(file)!).Distinct().Where(folder => !Directory.Exists(folder))]; // a file's absolute path has a folder
        bool isComplete = false;
        try
        {
            Pass pass = new(this, mixture, gain => Start(files, mixture.Properties, format, gain, cover, writers), progress, cancellation);
            double gain = format == SampleFormat.FloatingPoint32
                ? pass.WriteDirectly()
                : pass.WriteQuantised(song, format, Path.GetDirectoryName(files.Values.First()) ?? ".");
            foreach (AudioWriter writer in writers)
            {
                writer.Finish();
            }

            cancellation.ThrowIfCancellationRequested();
            beforeCommit?.Invoke();
            foreach (AudioWriter writer in writers)
            {
                writer.Complete();
            }

            isComplete = true;
            return new SeparationResult
            {
                Files = files,
                Samples = pass.Samples,
                SampleRate = mixture.Properties.SampleRate,
                Channels = mixture.Properties.Channels,
                Gain = gain,
                Warnings = [.. mixture.Warnings, .. pass.Warnings],
            };
        }
        finally
        {
            foreach (AudioWriter writer in writers)
            {
                writer.Dispose();
            }

            foreach (string folder in newFolders.Where(folder => !isComplete && Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any()))
            {
                Directory.Delete(folder);
            }
        }
    }

    // Lossy encoders take more than 16 bits, but no level above full scale, which players would clip.
    private SampleFormat NaturalFormat(AudioStreamProperties properties) => _settings.Encoding.Container switch
    {
        AudioContainer.Wav => SeparationSettings.NaturalFormat(properties),
        AudioContainer.Flac when SeparationSettings.NaturalFormat(properties) == SampleFormat.Pcm16 => SampleFormat.Pcm16,
        _ => SampleFormat.Pcm24,
    };

    private List<AudioWriter> Start(
        Dictionary<string, string> files, AudioStreamProperties properties, SampleFormat format, double gain, byte[]? cover, List<AudioWriter> writers)
    {
        foreach ((string stem, string file) in files)
        {
            Dictionary<string, string> tags = [];
            foreach (string key in s_carriedTags)
            {
                if (properties.Tags.TryGetValue(key, out string? value) && value.Length > 0)
                {
                    tags[key] = value;
                }
            }

            string comment = $"{stem}, separated by Descant with {_settings.ModelName ?? "a model without a name"}";
            tags["stem"] = stem;
            tags["descant_model"] = _settings.ModelName ?? "";
            if (gain != 1)
            {
                string factor = gain.ToString("R", CultureInfo.InvariantCulture);
                tags["DESCANT_GAIN"] = factor;
                comment += $", DESCANT_GAIN={factor}";
            }

            tags["comment"] = comment;
            writers.Add(AudioWriter.Create(file, _settings.Encoding, properties.SampleRate, properties.Channels, format, tags, cover, _programs));
        }

        return writers;
    }

    private static float[][] Planar(int signals, int samples = 0) => [.. Enumerable.Range(0, signals).Select(_ => new float[samples])];

    private MixtureReader Open(string song) => new(
        AudioReader.Open(song, _settings.AudioStream, _programs), _settings.StartSeconds, _settings.DurationSeconds);

    /// <summary>The state of one song on its way.</summary>
    private sealed class Pass(
        SongSeparator separator, MixtureReader mixture, Func<double, List<AudioWriter>> start, IProgress<SeparationProgress>? progress, CancellationToken cancellation)
    {
        private readonly StemPlan _plan = separator.Plan;
        private readonly int _channels = mixture.Properties.Channels;
        private readonly List<string> _warnings = [];
        private List<AudioWriter> _writers = [];
        private float[][] _stems = Planar(separator.Plan.Stems.Count * mixture.Properties.Channels);

        public long Samples { get; private set; }

        public IReadOnlyList<string> Warnings => _warnings;

        /// <summary>Float stems: written as they become final, never scaled.</summary>
        public double WriteDirectly()
        {
            _writers = start(1);
            Separate((x, estimates, count) =>
            {
                Compute(x, estimates, count);
                Write(count);
            });
            return 1;
        }

        /// <summary>Integer stems: set aside, then quantised with the gain that lets all of them fit.</summary>
        public double WriteQuantised(string song, SampleFormat format, string folder)
        {
            using EstimateSpool spool = new(folder, separator._network.Sources.Count * _channels);
            float peak = 0;
            Separate((x, estimates, count) =>
            {
                Compute(x, estimates, count);
                foreach (float[] stem in _stems)
                {
                    peak = Math.Max(peak, Peak(stem.AsSpan(0, count)));
                }

                spool.Append(estimates, count);
            });

            double gain = separator._settings.Clip == ClipPolicy.Clamp ? 1 : StemQuantizer.CommonGain(peak, format);
            _writers = start(gain);
            StemQuantizer quantizer = new(_plan, _channels, format, gain);
            using MixtureReader again = separator.Open(song);
            float[][] x = Planar(_channels);
            float[][] estimates = Planar(separator._network.Sources.Count * _channels);
            spool.Rewind();
            long written = 0;
            while (spool.Read(estimates) is > 0 and int count)
            {
                cancellation.ThrowIfCancellationRequested();
                ReadExactly(again, ref x, count, song);
                Compute(x, estimates, count);
                quantizer.Apply(x, _stems, count);
                Write(count);
                written += count;
                progress?.Report(new SeparationProgress(SeparationStage.Write, written, Samples, mixture.Properties.SampleRate));
            }

            if (quantizer.Clamped > 0)
            {
                _warnings.Add($"{song}: {quantizer.Clamped} samples exceeded full scale and were clamped");
            }

            return gain;
        }

        private static float Peak(ReadOnlySpan<float> samples)
        {
            float peak = 0;
            foreach (float sample in samples)
            {
                peak = Math.Max(peak, Math.Abs(sample));
            }

            return peak;
        }

        private void ReadExactly(MixtureReader reader, ref float[][] x, int count, string song)
        {
            if (x[0].Length < count)
            {
                x = Planar(_channels, count);
            }

            float[][] part = x;
            for (int done = 0; done < count;)
            {
                if (done > 0)
                {
                    part = Planar(_channels, count - done);
                }

                int read = reader.Read(part, count - done);
                if (read == 0)
                {
                    throw new InvalidDataException($"{song}: the file changed while it was being separated");
                }

                for (int channel = 0; channel < _channels && done > 0; channel++)
                {
                    part[channel].AsSpan(0, read).CopyTo(x[channel].AsSpan(done));
                }

                done += read;
            }
        }

        private void Separate(SeparatedSink sink)
        {
            int rate = mixture.Properties.SampleRate;
            MixtureSeparation separation = new(
                separator._network, rate, _channels, separator._settings,
                (x, estimates, count) =>
                {
                    sink(x, estimates, count);
                    Samples += count;
                    progress?.Report(new SeparationProgress(SeparationStage.Separate, Samples, mixture.ExpectedSamples, rate));
                },
                cancellation);
            progress?.Report(new SeparationProgress(SeparationStage.Separate, 0, mixture.ExpectedSamples, rate));
            float[][] block = Planar(_channels, BlockSamples);
            while (mixture.Read(block, BlockSamples) is > 0 and int read)
            {
                cancellation.ThrowIfCancellationRequested();
                separation.Write(block, 0, read);
            }

            separation.Complete();
            Warn(mixture.Replaced, "samples of the song were not finite numbers and were taken as 0");
            Warn(separation.Replaced, "samples of the estimates were not finite numbers and were taken as 0");

            void Warn(long count, string what)
            {
                if (count > 0)
                {
                    _warnings.Add($"{count} {what}");
                }
            }
        }

        private void Compute(float[][] x, float[][] estimates, int count)
        {
            if (_stems[0].Length < count)
            {
                _stems = Planar(_stems.Length, count);
            }

            _plan.Compute(x, estimates, _stems, count);
        }

        private void Write(int count)
        {
            for (int i = 0; i < _writers.Count; i++)
            {
                int stem = _plan.Written[i];
                _writers[i].Write(_stems[(stem * _channels)..((stem + 1) * _channels)], 0, count);
            }
        }
    }
}
