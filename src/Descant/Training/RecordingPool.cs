namespace Descant.Training;

/// <summary>Recordings to draw from, each as likely as the square root of its length times its weight.</summary>
/// <remarks>The square root keeps one long file from drowning the many short ones of other singers.</remarks>
internal sealed class RecordingPool
{
    private readonly double[] _runningSums;

    public RecordingPool(IReadOnlyList<Recording> recordings, Func<string, double> weightOf)
    {
        Recordings = [.. recordings.Where(recording => weightOf(recording.Track.Name) > 0)];
        _runningSums = new double[Recordings.Count];
        double sum = 0;
        for (int i = 0; i < _runningSums.Length; i++)
        {
            sum += Math.Sqrt(Recordings[i].Length) * weightOf(Recordings[i].Track.Name);
            _runningSums[i] = sum;
        }
    }

    public IReadOnlyList<Recording> Recordings { get; }

    public bool IsEmpty => Recordings.Count == 0;

    public Recording Draw(RandomStream random) => Recordings[random.Pick(_runningSums)];
}
