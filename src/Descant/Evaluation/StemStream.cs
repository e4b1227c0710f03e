using Descant.Audio;
using Descant.Metrics;

namespace Descant.Evaluation;

/// <summary>One stem of an item as a stream of doubles: a file, or the sum of several.</summary>
internal sealed class StemStream : IDisposable
{
    private readonly AudioReader[] _readers;
    private readonly float[][] _buffer;

    /// <exception cref="InvalidDataException">A file cannot be read, or the files of a sum differ in rate or channels.</exception>
    public StemStream(IReadOnlyList<string> paths, int capacity)
    {
        _readers = new AudioReader[paths.Count];
        try
        {
            for (int i = 0; i < paths.Count; i++)
            {
                _readers[i] = AudioReader.Open(paths[i]);
                CheckAgainst(_readers[0], _readers[i]);
            }
        }
        catch
        {
            Dispose();
            throw;
        }

        Name = paths.Count == 1 ? paths[0] : $"the sum of {string.Join(", ", paths.Select(Path.GetFileName))}";
        _buffer = [.. Enumerable.Range(0, Channels).Select(_ => new float[capacity])];
    }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    public int Channels => _readers[0].Properties.Channels;

    public int SampleRate => _readers[0].Properties.SampleRate;

    /// <summary>Samples read so far.</summary>
    public long Position { get; private set; }

    /// <summary>Samples of each channel where a file says so.</summary>
    public long? Samples => _readers[0].Properties.Samples;

    /// <summary>Damage that was read around.</summary>
    public IEnumerable<string> Warnings => _readers.SelectMany(reader => reader.Warnings);

    /// <summary>Fills <paramref name="rows"/> from <paramref name="firstRow"/> on; fewer samples only at the end.</summary>
    /// <exception cref="InvalidDataException">A file cannot be decoded, or files of a sum differ in length.</exception>
    public int Read(double[][] rows, int firstRow, int count)
    {
        int total = Fill(_readers[0], count);
        for (int channel = 0; channel < Channels; channel++)
        {
            SampleSums.Widen(_buffer[channel].AsSpan(0, total), rows[firstRow + channel]);
        }

        foreach (AudioReader reader in _readers.Skip(1))
        {
            int read = Fill(reader, count);
            if (read != total)
            {
                throw new InvalidDataException(
                    $"evaluate: expected references of one length, got {Position + Math.Min(read, total)} samples in {(read < total ? reader : _readers[0]).Name} and more in {(read < total ? _readers[0] : reader).Name}; pad the shorter file");
            }

            for (int channel = 0; channel < Channels; channel++)
            {
                for (int i = 0; i < total; i++)
                {
                    rows[firstRow + channel][i] += _buffer[channel][i];
                }
            }
        }

        Position += total;
        return total;
    }

    /// <summary>Samples that are left, passed over.</summary>
    public long CountRest()
    {
        long rest = _readers[0].Skip(long.MaxValue);
        Position += rest;
        return rest;
    }

    public void Dispose()
    {
        foreach (AudioReader? reader in _readers)
        {
            reader?.Dispose();
        }
    }

    private static void CheckAgainst(AudioReader first, AudioReader other)
    {
        if (first.Properties.SampleRate != other.Properties.SampleRate || first.Properties.Channels != other.Properties.Channels)
        {
            throw new InvalidDataException(
                $"evaluate: expected references of one format, got {first.Properties.SampleRate} Hz with {first.Properties.Channels} channels in {first.Name} and {other.Properties.SampleRate} Hz with {other.Properties.Channels} in {other.Name}; resample or remix one");
        }
    }

    private int Fill(AudioReader reader, int count)
    {
        int filled = 0;
        while (filled < count)
        {
            int read = reader.Read(_buffer, filled, count - filled);
            if (read == 0)
            {
                break;
            }

            filled += read;
        }

        return filled;
    }
}
