using System.Globalization;

namespace Descant.Audio;

/// <summary>Reads whatever the program <c>ffmpeg</c> decodes, through a pipe of raw floats.</summary>
internal sealed class FfmpegReader : AudioReader
{
    private const int BlockSamples = 16384;
    private readonly string _path;
    private readonly ChildProcess _process;
    private readonly byte[] _bytes;
    private int _start;
    private int _end;
    private long _samples;
    private bool _ended;

    private FfmpegReader(string path, string name, AudioStreamProperties properties, ChildProcess process)
        : base(name, properties)
    {
        _path = path;
        _process = process;
        _bytes = new byte[BlockSamples * properties.Channels * sizeof(float)];
    }

    public static FfmpegReader Start(string path, string name, int audioStream, FfmpegPrograms programs)
    {
        // An absolute path behind "file:" is never taken for an option, another protocol or a pattern.
        path = Path.GetFullPath(path);
        AudioStreamProperties properties = FfmpegProbe.Describe(path, name, audioStream, programs);
        ChildProcess process = ChildProcess.Start(
            programs.Ffmpeg,
            [
                "-v", "error", "-nostdin", "-protocol_whitelist", "file,pipe", "-i", "file:" + path,
                "-map", string.Create(CultureInfo.InvariantCulture, $"0:a:{audioStream}"), "-vn", "-sn", "-dn",

                // Stated although they are the source's: a stream that changes in the middle is converted, not misread. The
                // layout too, since ffmpeg takes its own for a number of channels and would mix the source's into it.
                "-ar", properties.SampleRate.ToString(CultureInfo.InvariantCulture),
                "-ac", properties.Channels.ToString(CultureInfo.InvariantCulture),
                .. properties is { Layout: { } layout, Channels: > 2 } ? ["-channel_layout", layout] : Array.Empty<string>(),
                "-c:a", "pcm_f32le", "-f", "f32le", "pipe:1",
            ],
            name);
        return new FfmpegReader(path, name, properties, process);
    }

    public override int Read(float[][] destination, int offset, int count)
    {
        CheckDestination(destination, offset, count);
        int block = Properties.Channels * sizeof(float);
        if (count == 0 || (_end - _start < block && !Fill(block)))
        {
            return 0;
        }

        int samples = Math.Min(count, (_end - _start) / block);
        PcmConversion.Deinterleave(
            _bytes.AsSpan(_start, samples * block), sizeof(float), isFloat: true, destination, offset, samples);
        _start += samples * block;
        _samples += samples;
        return samples;
    }

    protected override void Dispose(bool disposing) => _process.Dispose();

    private bool Fill(int block)
    {
        _bytes.AsSpan(_start, _end - _start).CopyTo(_bytes);
        _end -= _start;
        _start = 0;
        while (!_ended && _end < _bytes.Length)
        {
            int read = _process.Output.Read(_bytes, _end, _bytes.Length - _end);
            _end += read;
            if (read == 0)
            {
                _ended = true;
                Finish(block);
            }
        }

        return _end >= block;
    }

    private void Finish(int block)
    {
        int exitCode = _process.WaitForExit();
        bool any = _samples > 0 || _end >= block;
        if (FfmpegPrograms.WasStopped(exitCode))
        {
            throw new ProgramStoppedException($"{Name}: ffmpeg was stopped before the song's end (exit code {exitCode}); try again, perhaps with more free memory");
        }

        if (exitCode != 0 && !any)
        {
            throw new InvalidDataException($"{Name}: ffmpeg cannot decode it ({_process.FirstError(_path)})");
        }

        if (exitCode != 0 || _process.HasComplained)
        {
            Warn($"damaged audio, read as far as it goes ({_process.FirstError(_path)})");
        }
    }
}
