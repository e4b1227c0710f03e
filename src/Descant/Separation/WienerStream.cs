using System.Numerics;
using Descant.Dsp;
using Descant.Tensors.Fourier;

namespace Descant.Separation;

/// <summary>Passes mixture and estimates of a stream through the <see cref="WienerFilter"/>, 300 frames of a spectrogram at a time.</summary>
/// <remarks>
/// The magnitudes of the estimates with the mixture's phase are where the filter starts, or the mixture shared in their ratio;
/// a single source is joined by what it leaves of the mixture. Frames of about 93 ms (4096 samples at 44.1 kHz), three quarters overlapping, under Hann
/// windows; memory holds one stretch of 300 frames. As many samples come out as went in.
/// </remarks>
internal sealed class WienerStream
{
    private const int StretchFrames = 300;
    private const int Overlap = 4;
    private const double SumOfSquares = 1.5; // of the four Hann windows over every sample
    private const double FrameSeconds = 4096 / 44100.0;
    private readonly int _channels;
    private readonly int _sources;
    private readonly int _iterations;
    private readonly bool _shares;
    private readonly EstimateSink _sink;
    private readonly RealFft<double> _transform;
    private readonly int _hop;
    private readonly double[] _window;
    private readonly double[] _frame;
    private readonly double[] _real;
    private readonly double[] _imaginary;
    private readonly double[] _scratch;
    private readonly SampleQueue _waiting; // the mixture's channels, then the estimates'
    private readonly Stretch[] _stretches;
    private readonly double[][] _sums;
    private readonly float[][] _output;
    private int _frames;
    private long _transformed;
    private long _joined;
    private long _received;

    /// <param name="sampleRate">The stream's rate, in Hz.</param>
    /// <param name="channels">The stream's channels; each pair of <see cref="ChannelGroups"/> is filtered together.</param>
    /// <param name="sources">Estimates.</param>
    /// <param name="iterations">Of the filter; 0 gives what it would start from.</param>
    /// <param name="shares">Whether it starts from the mixture, shared in the ratio of the magnitudes.</param>
    /// <param name="sink">Receives the refined estimates.</param>
    public WienerStream(int sampleRate, int channels, int sources, int iterations, bool shares, EstimateSink sink)
    {
        _channels = channels;
        _sources = sources;
        _iterations = iterations;
        _shares = shares;
        _sink = sink;
        int size = 1 << Math.Max(3, (int)Math.Round(Math.Log2(FrameSeconds * sampleRate)));
        _transform = new RealFft<double>(size);
        _hop = size / Overlap;
        _window = [.. Enumerable.Range(0, size).Select(i => 0.5 - (0.5 * Math.Cos(2 * Math.PI * i / size)))];
        _frame = new double[size];
        _real = new double[_transform.Bins];
        _imaginary = new double[_transform.Bins];
        _scratch = new double[_transform.ScratchLength];
        _waiting = new SampleQueue((1 + sources) * channels);
        _waiting.AppendZeros(size - _hop); // so that every sample lies under as many windows as any other
        _stretches = [.. ChannelGroups.For(channels, 2).Select(group => new Stretch([.. group.Distinct()], sources, _transform.Bins))];
        _sums = [.. Enumerable.Range(0, sources * channels).Select(_ => new double[size])];
        _output = [.. Enumerable.Range(0, sources * channels).Select(_ => new float[_hop])];
    }

    /// <summary>Appends a stretch of the stream, both planar: <c>mixture[channel]</c>, <c>estimates[source · channels + channel]</c>.</summary>
    public void Write(IReadOnlyList<float[]> mixture, float[][] estimates, int count)
    {
        _waiting.Append([.. mixture, .. estimates], 0, count);
        _received += count;
        while (_waiting.Count >= _transform.Length)
        {
            Transform();
        }
    }

    /// <summary>Ends the stream: all estimates go to the sink.</summary>
    public void Complete()
    {
        long frames = _received == 0 ? 0 : ((_received + _hop - 1) / _hop) + Overlap - 1;
        while (_transformed < frames)
        {
            _waiting.AppendZeros(Math.Max(0, _transform.Length - _waiting.Count));
            Transform();
        }

        Filter();
    }

    private void Transform()
    {
        foreach (Stretch stretch in _stretches)
        {
            for (int c = 0; c < stretch.Channels.Length; c++)
            {
                int at = (_frames * stretch.Channels.Length) + c;
                Forward(stretch.Channels[c]);
                for (int bin = 0; bin < _real.Length; bin++)
                {
                    stretch.Mixture[bin][at] = new Complex(_real[bin], _imaginary[bin]);
                }

                for (int source = 0; source < _sources; source++)
                {
                    Forward(((1 + source) * _channels) + stretch.Channels[c]);
                    for (int bin = 0; bin < _real.Length; bin++)
                    {
                        stretch.Estimates[source][bin][at] = WienerFilter.WithPhaseOf(
                            stretch.Mixture[bin][at], Math.Sqrt((_real[bin] * _real[bin]) + (_imaginary[bin] * _imaginary[bin])));
                    }
                }

                if (_shares)
                {
                    Share(stretch, at);
                }

                if (_sources == 1)
                {
                    for (int bin = 0; bin < _real.Length; bin++)
                    {
                        stretch.Estimates[1][bin][at] = stretch.Mixture[bin][at] - stretch.Estimates[0][bin][at];
                    }
                }
            }
        }

        _waiting.Discard(_hop);
        _transformed++;
        if (++_frames == StretchFrames)
        {
            Filter();
        }
    }

    // Each estimate has the mixture's phase by now, so that its magnitude is all that counts.
    private void Share(Stretch stretch, int at)
    {
        for (int bin = 0; bin < _real.Length; bin++)
        {
            double total = 0;
            for (int source = 0; source < _sources; source++)
            {
                total += stretch.Estimates[source][bin][at].Magnitude;
            }

            for (int source = 0; source < _sources; source++)
            {
                stretch.Estimates[source][bin][at] = WienerFilter.ShareOf(
                    stretch.Mixture[bin][at], stretch.Estimates[source][bin][at].Magnitude, total);
            }
        }
    }

    private void Forward(int signal)
    {
        Span<float> samples = _waiting.Span(signal, 0, _frame.Length);
        for (int i = 0; i < _frame.Length; i++)
        {
            _frame[i] = _window[i] * samples[i];
        }

        _transform.Forward(_frame, _real, _imaginary, _scratch);
    }

    private void Filter()
    {
        foreach (Stretch stretch in _stretches)
        {
            WienerFilter.Refine(stretch.Mixture, stretch.Estimates, stretch.Channels.Length, _frames, _iterations);
        }

        for (int frame = 0; frame < _frames; frame++)
        {
            Join(frame);
        }

        _frames = 0;
    }

    private void Join(int frame)
    {
        // The stream's first sample is the first of the fourth frame; what lies before it is the silence put there.
        long start = (_joined++ - (Overlap - 1)) * _hop;
        int count = start < 0 ? 0 : (int)Math.Min(_hop, _received - start);
        foreach (Stretch stretch in _stretches)
        {
            for (int c = 0; c < stretch.Channels.Length; c++)
            {
                int at = (frame * stretch.Channels.Length) + c;
                for (int source = 0; source < _sources; source++)
                {
                    for (int bin = 0; bin < _real.Length; bin++)
                    {
                        (_real[bin], _imaginary[bin]) = (stretch.Estimates[source][bin][at].Real, stretch.Estimates[source][bin][at].Imaginary);
                    }

                    _transform.Inverse(_real, _imaginary, _frame, _scratch);
                    int signal = (source * _channels) + stretch.Channels[c];
                    Add(_sums[signal], _output[signal]);
                }
            }
        }

        if (count > 0)
        {
            _sink(_output, count);
        }
    }

    private void Add(double[] sums, float[] output)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] += _window[i] * _frame[i];
        }

        for (int i = 0; i < _hop; i++)
        {
            output[i] = (float)(sums[i] / SumOfSquares);
        }

        Array.Copy(sums, _hop, sums, 0, sums.Length - _hop);
        sums.AsSpan(sums.Length - _hop).Clear();
    }

    /// <summary>The spectrograms of one group of channels, <c>[bin][frame · channels + channel]</c>.</summary>
    private sealed class Stretch(int[] channels, int sources, int bins)
    {
        public int[] Channels { get; } = channels;

        public Complex[][] Mixture { get; } = Spectrogram(channels.Length, bins);

        public Complex[][][] Estimates { get; } = [.. Enumerable.Range(0, Math.Max(2, sources)).Select(_ => Spectrogram(channels.Length, bins))];

        private static Complex[][] Spectrogram(int channels, int bins) =>
            [.. Enumerable.Range(0, bins).Select(_ => new Complex[StretchFrames * channels])];
    }
}
