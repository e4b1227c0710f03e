using System.Diagnostics;
using Descant.Datasets;

namespace Descant.Cli.Commands;

/// <summary>Fills the cache of decoded audio, says how far it is, at most once a second, and checks what it decoded.</summary>
internal static class DecodeProgress
{
    /// <exception cref="InvalidDataException">A file cannot be decoded, or breaks what its data set promises.</exception>
    public static void Fill(
        AudioCache cache, IReadOnlyList<Track> tracks, bool mixtures, int workers, TextWriter output, CancellationToken cancellation)
    {
        long last = 0;
        object gate = new();
        cache.Fill(
            tracks.SelectMany(track => mixtures && track.Mixture is { } mixture ? track.Stems.Append(mixture) : track.Stems),
            workers,
            (done, all) =>
            {
                lock (gate)
                {
                    if (done == all || Stopwatch.GetElapsedTime(last).TotalSeconds >= 1)
                    {
                        last = Stopwatch.GetTimestamp();
                        output.WriteLine($"decoded {done} of {all} files");
                    }
                }
            },
            cancellation);
        Refuse(DatasetCheck.Decoded(tracks, cache));
    }

    /// <summary>Ends the command where data are wrong.</summary>
    /// <exception cref="InvalidDataException">There is a problem; the message has the first.</exception>
    public static void Refuse(IReadOnlyList<DatasetProblem> problems)
    {
        if (problems.Count > 0)
        {
            throw new InvalidDataException($"{problems[0]} (problems: {problems.Count}; descant datasets check lists them)");
        }
    }
}
