using Descant.Metrics;

namespace Descant.Evaluation;

/// <summary>
/// Reads all files of an item side by side, and refuses what must not be compared: other rates, other channels, other
/// lengths.
/// </summary>
internal sealed class ItemReader : IDisposable
{
    private readonly EvaluationItem _item;
    private readonly bool _pad;
    private readonly StemStream[] _references;
    private readonly StemStream[] _estimates;
    private readonly StemStream? _mixture;

    // For each mixture the rows it is the sum of, where all its files are references already.
    private readonly int[]? _summed;

    /// <param name="item">The files.</param>
    /// <param name="pad">Whether an estimate of another length is padded with zeros or cut.</param>
    /// <param name="needsMixture">Whether the mixture is to be read.</param>
    /// <param name="capacity">Most samples of a block.</param>
    /// <exception cref="InvalidDataException">A file cannot be read, or its rate, channels or known length differ.</exception>
    public ItemReader(EvaluationItem item, bool pad, bool needsMixture, int capacity)
    {
        _item = item;
        _pad = pad;
        _references = new StemStream[item.Sources.Count];
        _estimates = new StemStream[item.Sources.Count];
        try
        {
            for (int i = 0; i < item.Sources.Count; i++)
            {
                _references[i] = new StemStream(item.Sources[i].References, capacity);
                _estimates[i] = new StemStream([item.Sources[i].Estimate], capacity);
            }

            _summed = needsMixture ? FindSummed(item) : null;
            if (needsMixture && _summed is null)
            {
                _mixture = new StemStream(item.Mixture, capacity);
            }

            CheckFormats();
            CheckKnownLengths();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public int Channels => _references[0].Channels;

    public int SampleRate => _references[0].SampleRate;

    /// <summary>Samples read so far.</summary>
    public long Position => _references[0].Position;

    /// <summary>Estimates that were padded or cut, and damage that was read around, one line each.</summary>
    public List<string> Notes { get; } = [];

    /// <summary>Reads the next block.</summary>
    /// <returns>Whether there was anything left.</returns>
    /// <exception cref="InvalidDataException">Lengths differ, or a file cannot be decoded.</exception>
    public bool Read(StemBlock block, int capacity)
    {
        long position = Position;
        int count = ReadReferences(block, capacity);
        for (int i = 0; i < _estimates.Length; i++)
        {
            ReadEstimate(i, block, count, capacity);
            CheckFinite("reference", i, block.References, count, position);
            CheckFinite("estimate", i, block.Estimates, count, position);
        }

        if (_mixture is not null)
        {
            int read = _mixture.Read(block.Mixture, 0, capacity);
            CheckLength(_references[0], _mixture, count, read, "the mixture");
        }
        else if (_summed is not null)
        {
            SumMixture(block, count);
        }

        block.Complete(count);
        if (count == 0)
        {
            Notes.AddRange(_references.Concat(_estimates).SelectMany(stream => stream.Warnings).Distinct());
        }

        return count > 0;
    }

    public void Dispose()
    {
        foreach (StemStream? stream in _references.Concat(_estimates).Append(_mixture))
        {
            stream?.Dispose();
        }
    }

    private static int[]? FindSummed(EvaluationItem item)
    {
        List<int> rows = [];
        foreach (string path in item.Mixture)
        {
            int source = -1;
            for (int i = 0; i < item.Sources.Count; i++)
            {
                if (item.Sources[i].References is [string single] && single == path)
                {
                    source = i;
                }
            }

            if (source < 0)
            {
                return null;
            }

            rows.Add(source);
        }

        return [.. rows];
    }

    private void CheckFormats()
    {
        StemStream first = _references[0];
        foreach (StemStream? stream in _references.Concat(_estimates).Append(_mixture))
        {
            if (stream is not null && stream.SampleRate != first.SampleRate)
            {
                throw new InvalidDataException(
                    $"evaluate: expected one sample rate, got {first.SampleRate} Hz in {first.Name} and {stream.SampleRate} Hz in {stream.Name}; resample one of them");
            }

            if (stream is not null && stream.Channels != first.Channels)
            {
                throw new InvalidDataException(
                    $"evaluate: expected equally many channels, got {first.Channels} in {first.Name} and {stream.Channels} in {stream.Name}; remix one of them");
            }
        }
    }

    // Before anything is computed, where the files tell.
    private void CheckKnownLengths()
    {
        StemStream first = _references[0];
        foreach (StemStream reference in _references)
        {
            if (reference.Samples is { } samples && first.Samples is { } expected && samples != expected)
            {
                ThrowLengths("references", first.Name, expected, reference.Name, samples, "pad the shorter file");
            }
        }

        foreach (StemStream estimate in _estimates)
        {
            if (!_pad && estimate.Samples is { } samples && first.Samples is { } expected && samples != expected)
            {
                ThrowLengths("estimates as long as their references", first.Name, expected, estimate.Name, samples, "use --pad to pad or cut estimates as museval does");
            }
        }
    }

    // Here and for all metrics: a spectrum of NaN has no bins that bleed, and nothing that compares finds a difference.
    private void CheckFinite(string role, int source, double[][] signals, int count, long position)
    {
        for (int channel = 0; channel < Channels; channel++)
        {
            SampleCheck.Finite(
                "evaluate", $"the {role} '{_item.Sources[source].Name}' of {_item.Name}, channel {channel + 1}",
                signals[(source * Channels) + channel].AsSpan(0, count), position);
        }
    }

    private int ReadReferences(StemBlock block, int capacity)
    {
        int count = _references[0].Read(block.References, 0, capacity);
        for (int i = 1; i < _references.Length; i++)
        {
            int read = _references[i].Read(block.References, i * Channels, capacity);
            CheckLength(_references[0], _references[i], count, read, "references");
        }

        return count;
    }

    private static void CheckLength(StemStream first, StemStream other, int count, int read, string what)
    {
        if (read != count)
        {
            first.CountRest();
            other.CountRest();
            ThrowLengths(what, first.Name, first.Position, other.Name, other.Position, "pad the shorter file");
        }
    }

    private static void ThrowLengths(string what, string first, long expected, string other, long got, string remedy) =>
        throw new InvalidDataException(
            $"evaluate: expected {what} of one length, got {expected} samples in {first} and {got} in {other}; {remedy}");

    private void ReadEstimate(int source, StemBlock block, int count, int capacity)
    {
        StemStream estimate = _estimates[source];
        int row = source * Channels;

        // One more block than the references have would show an estimate that is longer.
        int read = estimate.Read(block.Estimates, row, capacity);
        if (read == count)
        {
            return;
        }

        if (!_pad)
        {
            _references[0].CountRest();
            estimate.CountRest();
            ThrowLengths(
                "estimates as long as their references", _references[0].Name, _references[0].Position, estimate.Name, estimate.Position, "use --pad to pad or cut estimates as museval does");
        }

        for (int channel = 0; read < count && channel < Channels; channel++)
        {
            block.Estimates[row + channel].AsSpan(read, count - read).Clear();
        }

        string note = $"{_item.Sources[source].Name}: the estimate is {(read < count ? "shorter than the reference and was padded with zeros" : "longer than the reference and was cut")}";
        if (!Notes.Contains(note))
        {
            Notes.Add(note);
        }
    }

    private void SumMixture(StemBlock block, int count)
    {
        for (int channel = 0; channel < Channels; channel++)
        {
            Span<double> sum = block.Mixture[channel].AsSpan(0, count);
            sum.Clear();
            foreach (int source in _summed!)
            {
                SampleSums.Add(sum, block.References[(source * Channels) + channel].AsSpan(0, count));
            }
        }
    }
}
