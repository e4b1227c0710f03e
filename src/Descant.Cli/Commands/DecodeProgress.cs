using System.Diagnostics;
using Descant.Datasets;

namespace Descant.Cli.Commands;

/// <summary>Fills the cache of decoded audio and says how far it is, at most once a second.</summary>
internal static class DecodeProgress
{
    public static void Fill(
        AudioCache cache, IEnumerable<Track> tracks, int workers, TextWriter output, CancellationToken cancellation)
    {
        long last = 0;
        object gate = new();
        cache.Fill(
            tracks.SelectMany(track => track.Stems),
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
    }
}
