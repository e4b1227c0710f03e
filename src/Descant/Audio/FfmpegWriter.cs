using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Descant.Audio;

/// <summary>Writes what the program <c>ffmpeg</c> encodes, through a pipe of raw samples.</summary>
internal sealed class FfmpegWriter : AudioWriter
{
    private const int BlockSamples = 16384;
    private static readonly string[] s_layouts = ["3.0", "quad", "5.0", "5.1", "6.1", "7.1"];

    // How ffmpeg says that bytes were lost. It exits with 0 nevertheless where that happens as it writes the file's end.
    private static readonly string[] s_losses = ["Error writing", "Error closing", "Error muxing", "av_interleaved_write_frame"];
    private readonly Process _process;
    private readonly PendingFile _file;
    private readonly string? _coverFile;
    private readonly string _tagFile;
    private readonly SampleFormat _format;
    private readonly byte[] _bytes;
    private readonly Task<string> _complaints;
    private bool _finished;

    private FfmpegWriter(Process process, PendingFile file, string tagFile, string? coverFile, SampleFormat format, int channels)
    {
        _process = process;
        _file = file;
        _tagFile = tagFile;
        _coverFile = coverFile;
        _format = format;
        _bytes = new byte[BlockSamples * channels * Bytes(format)];
        _complaints = process.StandardError.ReadToEndAsync();
    }

    public static FfmpegWriter Start(
        string path,
        AudioEncoding encoding,
        int sampleRate,
        int channels,
        SampleFormat format,
        IReadOnlyDictionary<string, string> tags,
        byte[]? cover,
        string? layout,
        FfmpegPrograms programs)
    {
        encoding.Check(channels, format);
        PendingFile file = new(path);
        bool takesPicture = encoding.Container is AudioContainer.Flac or AudioContainer.Mp3 or AudioContainer.M4a;
        bool isOgg = encoding.Container is AudioContainer.Ogg or AudioContainer.Opus;
        string tagFile = file.TemporaryPath + ".tags";
        string? coverFile = cover is not null && takesPicture ? file.TemporaryPath + ".cover" : null;
        try
        {
            File.WriteAllText(tagFile, Metadata(tags, isOgg ? cover : null));
            if (coverFile is not null && cover is not null)
            {
                File.WriteAllBytes(coverFile, cover);
            }

            List<string> arguments =
            [
                "-v", "error", "-nostats", "-y",
                "-f", format switch { SampleFormat.Pcm16 => "s16le", SampleFormat.Pcm24 => "s24le", _ => "f32le" },
                "-ar", sampleRate.ToString(CultureInfo.InvariantCulture),
                "-ac", channels.ToString(CultureInfo.InvariantCulture), .. Layout(channels, encoding.Container == AudioContainer.Flac ? layout : null), "-i", "pipe:0",
                "-f", "ffmetadata", "-i", "file:" + tagFile,
            ];
            if (coverFile is not null)
            {
                arguments.AddRange(["-i", "file:" + coverFile]);
            }

            arguments.AddRange(["-map", "0:a", "-map_metadata", "1"]);
            if (isOgg)
            {
                arguments.AddRange(["-map_metadata:s:a", "1:g"]);
            }

            if (coverFile is not null)
            {
                arguments.AddRange(["-map", "2:v", "-c:v", "copy", "-disposition:v", "attached_pic"]);
            }

            if (encoding.Container == AudioContainer.Flac && format == SampleFormat.Pcm24)
            {
                arguments.AddRange(["-sample_fmt", "s32", "-bits_per_raw_sample", "24"]);
            }

            arguments.AddRange(encoding.Arguments);
            arguments.Add("file:" + file.TemporaryPath);
            return new FfmpegWriter(Run(programs.Ffmpeg, arguments, path), file, tagFile, coverFile, format, channels);
        }
        catch
        {
            File.Delete(tagFile);
            if (coverFile is not null)
            {
                File.Delete(coverFile);
            }

            file.Dispose();
            throw;
        }
    }

    public override void Write(float[][] source, int offset, int count)
    {
        int block = source.Length * Bytes(_format);
        while (count > 0)
        {
            int samples = Math.Min(count, _bytes.Length / block);
            PcmConversion.Interleave(source, offset, samples, _format, _bytes.AsSpan(0, samples * block));
            try
            {
                _process.StandardInput.BaseStream.Write(_bytes, 0, samples * block);
            }
            catch (IOException)
            {
                throw Failed(); // the pipe broke because the encoder ended
            }

            Samples += samples;
            offset += samples;
            count -= samples;
        }
    }

    public override void Finish()
    {
        if (_finished)
        {
            return;
        }

        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            throw Failed();
        }

        _process.WaitForExit();
        if (_process.ExitCode != 0 || !File.Exists(_file.TemporaryPath) || s_losses.Any(loss => _complaints.Result.Contains(loss, StringComparison.Ordinal)))
        {
            throw Failed();
        }

        _finished = true;
    }

    public override void Complete()
    {
        Finish();
        _file.Commit();
    }

    protected override void Dispose(bool disposing)
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
        _file.Dispose();
        File.Delete(_tagFile);
        if (_coverFile is not null)
        {
            File.Delete(_coverFile);
        }
    }

    // Layouts that every encoder has; with ffmpeg's own guess for 3 and 4 channels it would mix them into others. FLAC has two more.
    private static string[] Layout(int channels, string? known) =>
        known is "5.0(side)" or "5.1(side)" ? ["-channel_layout", known] : channels is >= 3 and <= 8 ? ["-channel_layout", s_layouts[channels - 3]] : [];

    private static int Bytes(SampleFormat format) => format switch { SampleFormat.Pcm16 => 2, SampleFormat.Pcm24 => 3, _ => 4 };

    private static Process Run(string program, List<string> arguments, string path)
    {
        ProcessStartInfo start = new(program)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = false,
            RedirectStandardError = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        try
        {
            return Process.Start(start) ?? throw new UnreachableException("Process.Start reused a process");
        }
        catch (Win32Exception error)
        {
            throw new InvalidDataException(
                $"{AudioReader.OneLine(path)}: writing anything but WAV needs the program {program}, which was not found; install it with: {FfmpegPrograms.InstallCommand}", error);
        }
    }

    // ffmpeg's metadata text: a file rather than arguments, whose length the system limits below that of a picture.
    private static string Metadata(IReadOnlyDictionary<string, string> tags, byte[]? picture)
    {
        StringBuilder text = new(";FFMETADATA1\n");
        foreach ((string key, string value) in tags)
        {
            Append(key, value);
        }

        if (picture is not null)
        {
            Append("METADATA_BLOCK_PICTURE", Convert.ToBase64String(PictureBlock(picture)));
        }

        return text.ToString();

        void Append(string key, string value)
        {
            text.Append(Escaped(key)).Append('=').Append(Escaped(value)).Append('\n');
        }

        static string Escaped(string value)
        {
            StringBuilder escaped = new();
            foreach (char c in value)
            {
                if (c is '=' or ';' or '#' or '\\' or '\n')
                {
                    escaped.Append('\\');
                }

                escaped.Append(c);
            }

            return escaped.ToString();
        }
    }

    // FLAC's picture block (RFC 9639 §8.8), which Ogg carries in base 64: type 3 is the front cover; unknown sizes are 0.
    private static byte[] PictureBlock(byte[] picture)
    {
        byte[] type = Encoding.ASCII.GetBytes(picture is [0x89, (byte)'P', ..] ? "image/png" : "image/jpeg");
        return [.. BigEndian(3), .. BigEndian(type.Length), .. type, .. new byte[20], .. BigEndian(picture.Length), .. picture];

        static byte[] BigEndian(int value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
    }

    private InvalidDataException Failed()
    {
        _process.WaitForExit();
        string complaint = _complaints.Result.Split('\n').FirstOrDefault(line => line.Trim().Length > 0) ?? $"exit code {_process.ExitCode}";
        return new InvalidDataException($"{AudioReader.OneLine(_file.FinalPath)}: ffmpeg cannot write it ({AudioReader.OneLine(complaint)})");
    }
}
