using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Descant.Datasets;

/// <summary>Decodes and resamples a file by a child process <c>ffmpeg</c>.</summary>
internal static class AudioDecoder
{
    /// <summary>All samples of a file, one array per channel, at a rate; mono stays mono, more than two channels are refused.</summary>
    /// <exception cref="InvalidDataException">The file cannot be decoded, or has more than two channels.</exception>
    public static IReadOnlyList<float[]> Decode(string path, int sampleRate)
    {
        ProcessStartInfo start = new("ffmpeg") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in new[]
        {
            "-nostdin", "-v", "error", "-threads", "1", "-i", path, "-map", "0:a:0",
            "-af", $"aresample={sampleRate}:filter_size=64:cutoff=0.97", "-c:a", "pcm_f32le", "-f", "wav", "-",
        })
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)
            ?? throw new InvalidDataException("'ffmpeg' could not be started; install it to read compressed audio.");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using MemoryStream wav = new();
        process.StandardOutput.BaseStream.CopyTo(wav);
        process.WaitForExit();
        if (process.ExitCode != 0 || wav.Length < 12)
        {
            throw new InvalidDataException($"'{path}' cannot be decoded: {errors.Result.Trim()}");
        }

        return Split(wav.GetBuffer().AsSpan(0, (int)wav.Length), path);
    }

    /// <summary>Splits a WAV stream whose sizes are unknown (ffmpeg writes to a pipe and cannot go back).</summary>
    private static IReadOnlyList<float[]> Split(ReadOnlySpan<byte> wav, string path)
    {
        int channels = 0;
        for (int at = 12; at + 8 <= wav.Length;)
        {
            ReadOnlySpan<byte> name = wav.Slice(at, 4);
            uint size = BinaryPrimitives.ReadUInt32LittleEndian(wav[(at + 4)..]);
            if (name.SequenceEqual("fmt "u8))
            {
                channels = BinaryPrimitives.ReadInt16LittleEndian(wav[(at + 10)..]);
            }
            else if (name.SequenceEqual("data"u8))
            {
                if (channels is not (1 or 2))
                {
                    throw new InvalidDataException($"'{path}' has {channels} channels; expected 1 or 2.");
                }

                ReadOnlySpan<float> samples = MemoryMarshal.Cast<byte, float>(wav[(at + 8)..]);
                int length = samples.Length / channels;
                float[][] split = [.. Enumerable.Range(0, channels).Select(_ => new float[length])];
                for (int i = 0; i < length; i++)
                {
                    for (int channel = 0; channel < channels; channel++)
                    {
                        split[channel][i] = samples[(i * channels) + channel];
                    }
                }

                return split;
            }

            at += 8 + (int)size + ((int)size & 1);
        }

        throw new InvalidDataException($"'{path}' cannot be decoded: ffmpeg wrote no samples.");
    }
}
