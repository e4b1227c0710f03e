using System.Runtime.InteropServices;
using Descant.Audio;

namespace Descant.Separation;

/// <summary>Planar signals set aside on disk until the whole song's common gain is known.</summary>
/// <remarks>Without it an integer file could only be scaled after it was rounded, or a song would have to be separated
/// twice. The file lies beside the stems, not in the system's temporary folder, which may be memory; where the system
/// allows it, its name is gone before the first sample is written, so that not even a killed process leaves it behind.</remarks>
internal sealed class SignalSpool : IDisposable
{
    private readonly string _path;
    private readonly FileStream _file;
    private readonly int _signals;

    public SignalSpool(string folder, int signals)
    {
        _signals = signals;
        Directory.CreateDirectory(folder);
        _path = Path.Combine(folder, $"{PendingFile.TemporaryPrefix}{Guid.NewGuid():N}{PendingFile.TemporarySuffix}");
        _file = new FileStream(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, bufferSize: 1 << 16, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
        {
            File.Delete(_path);
        }
    }

    /// <summary>Appends one block, <c>signals[signal][0..count]</c>.</summary>
    public void Append(IReadOnlyList<float[]> signals, int count)
    {
        Span<int> header = [count];
        _file.Write(MemoryMarshal.AsBytes(header));
        for (int signal = 0; signal < _signals; signal++)
        {
            _file.Write(MemoryMarshal.AsBytes(signals[signal].AsSpan(0, count)));
        }
    }

    /// <summary>Goes back to the first block.</summary>
    public void Rewind() => _file.Position = 0;

    /// <summary>Reads the next block into the arrays, which must have room for the longest.</summary>
    /// <returns>Samples of each signal; 0 at the end.</returns>
    public int Read(IReadOnlyList<float[]> signals)
    {
        Span<int> header = stackalloc int[1];
        Span<byte> bytes = MemoryMarshal.AsBytes(header);
        if (_file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            return 0;
        }

        for (int signal = 0; signal < _signals; signal++)
        {
            _file.ReadExactly(MemoryMarshal.AsBytes(signals[signal].AsSpan(0, header[0])));
        }

        return header[0];
    }

    public void Dispose() => _file.Dispose();
}
