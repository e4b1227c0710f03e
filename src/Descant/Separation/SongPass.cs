using System.Diagnostics;
using Descant.Audio;

namespace Descant.Separation;

/// <summary>One song on its way: read once, separated, and its stems given to the writers.</summary>
/// <remarks>
/// Float stems, and integer stems whose level is not to change, are written while the network runs. Where a gain common to
/// all stems may be needed, mixture and stems wait on disk until the song's peak is known.
/// </remarks>
internal sealed class SongPass
{
    private const int BlockSamples = 1 << 15;
    private const double WriteShare = 0.03; // of the whole time, measured with the default model on two cores
    private readonly SegmentNetwork _network;
    private readonly SeparationSettings _settings;
    private readonly StemPlan _plan;
    private readonly MixtureReader _mixture;
    private readonly SampleFormat _format;
    private readonly IProgress<SeparationProgress>? _progress;
    private readonly CancellationToken _cancellation;
    private readonly int _channels;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<string> _warnings = [];
    private float[][] _stems;

    /// <param name="network">Estimates the plan's sources.</param>
    /// <param name="settings">How to separate.</param>
    /// <param name="plan">The stems.</param>
    /// <param name="mixture">The song.</param>
    /// <param name="format">How the writers store samples.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    public SongPass(
        SegmentNetwork network, SeparationSettings settings, StemPlan plan, MixtureReader mixture, SampleFormat format,
        IProgress<SeparationProgress>? progress, CancellationToken cancellation)
    {
        _network = network;
        _settings = settings;
        _plan = plan;
        _mixture = mixture;
        _format = format;
        _progress = progress;
        _cancellation = cancellation;
        _channels = mixture.Properties.Channels;
        _stems = Planar(plan.Stems.Count * _channels, BlockSamples);
        WritesDirectly = format == SampleFormat.FloatingPoint32 || settings.Clip == ClipPolicy.Clamp;
    }

    /// <summary>Whether the stems are written while the network runs, at a gain of 1.</summary>
    public bool WritesDirectly { get; }

    /// <summary>Samples of each channel that were separated.</summary>
    public long Samples { get; private set; }

    /// <summary>Values that had to be replaced, one line each.</summary>
    public IReadOnlyList<string> Warnings => _warnings;

    /// <summary>Separates the song.</summary>
    /// <param name="start">Makes the writers of the written stems once the gain is known; called once.</param>
    /// <param name="folder">Where signals may wait.</param>
    /// <returns>The gain common to all stems.</returns>
    public double Run(Func<double, IReadOnlyList<AudioWriter>> start, string folder)
    {
        if (WritesDirectly)
        {
            IReadOnlyList<AudioWriter> writers = start(1);
            StemQuantizer? quantizer = _format == SampleFormat.FloatingPoint32 ? null : new StemQuantizer(_plan, _channels, _format, 1);
            Separate((x, count) =>
            {
                quantizer?.Apply(x, _stems, count);
                Write(writers, count);
            });
            WarnOfClamping(quantizer);
            return 1;
        }

        // Of a residual the quantiser needs the mixture, not the float samples.
        int free = _plan.Estimates.Count * _channels;
        float peak = 0;
        using SignalSpool spool = new(folder, free + (_plan.HasResidual ? _channels : 0));
        Separate((x, count) =>
        {
            foreach (float[] stem in _stems)
            {
                peak = Math.Max(peak, Peak(stem.AsSpan(0, count)));
            }

            spool.Append([.. _stems.Take(free), .. _plan.HasResidual ? x : []], count);
        });
        double gain = StemQuantizer.CommonGain(peak, _format);
        WriteQuantised(spool, free, gain, start(gain));
        return gain;
    }

    private static float[][] Planar(int signals, int samples) => [.. Enumerable.Range(0, signals).Select(_ => new float[samples])];

    private static float Peak(ReadOnlySpan<float> samples)
    {
        float peak = 0;
        foreach (float sample in samples)
        {
            peak = Math.Max(peak, Math.Abs(sample));
        }

        return peak;
    }

    private void WriteQuantised(SignalSpool spool, int free, double gain, IReadOnlyList<AudioWriter> writers)
    {
        StemQuantizer quantizer = new(_plan, _channels, _format, gain);
        float[][] x = Planar(_channels, _stems[0].Length);
        float[][] signals = [.. _stems.Take(free), .. _plan.HasResidual ? x : []];
        spool.Rewind();
        long written = 0;
        while (spool.Read(signals) is > 0 and int count)
        {
            _cancellation.ThrowIfCancellationRequested();
            quantizer.Apply(x, _stems, count);
            Write(writers, count);
            written += count;
            Report(SeparationStage.Write, written, Samples);
        }

        WarnOfClamping(quantizer);
    }

    private void Separate(Action<float[][], int> sink)
    {
        MixtureSeparation separation = new(
            _network, _mixture.Properties.SampleRate, _channels, _settings,
            (x, estimates, count) =>
            {
                if (_stems[0].Length < count)
                {
                    _stems = Planar(_stems.Length, count);
                }

                _plan.Compute(x, estimates, _stems, count);
                sink(x, count);
                Samples += count;
                Report(SeparationStage.Separate, Samples, _mixture.ExpectedSamples);
            },
            _cancellation);
        Report(SeparationStage.Separate, 0, _mixture.ExpectedSamples);
        float[][] block = Planar(_channels, BlockSamples);
        while (_mixture.Read(block, BlockSamples) is > 0 and int read)
        {
            _cancellation.ThrowIfCancellationRequested();
            separation.Write(block, 0, read);
        }

        separation.Complete();
        Warn(_mixture.Replaced, "samples of the song were not finite numbers and were taken as 0");
        Warn(separation.Replaced, "samples of the estimates were not finite numbers and were taken as 0");
    }

    private void Report(SeparationStage stage, long done, long? total)
    {
        double write = WritesDirectly ? 0 : WriteShare;
        double? part = total > 0 ? Math.Min(1, (double)done / total.Value) : null;
        _progress?.Report(new SeparationProgress(stage, done, total, _mixture.Properties.SampleRate)
        {
            ElapsedSeconds = _clock.Elapsed.TotalSeconds,
            Fraction = stage == SeparationStage.Separate ? part * (1 - write) : 1 - write + (part * write),
        });
    }

    private void WarnOfClamping(StemQuantizer? quantizer) => Warn(quantizer?.Clamped ?? 0, "samples exceeded full scale and were clamped");

    private void Warn(long count, string what)
    {
        if (count > 0)
        {
            _warnings.Add($"{count} {what}");
        }
    }

    private void Write(IReadOnlyList<AudioWriter> writers, int count)
    {
        for (int i = 0; i < writers.Count; i++)
        {
            int stem = _plan.Written[i];
            writers[i].Write(_stems[(stem * _channels)..((stem + 1) * _channels)], 0, count);
        }
    }
}
