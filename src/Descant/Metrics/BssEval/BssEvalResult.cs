namespace Descant.Metrics.BssEval;

/// <summary>Scores of several sources in one or more windows.</summary>
public sealed class BssEvalResult
{
    private readonly BssEvalScore[][] _scores;
    private readonly int[][] _permutations;

    internal BssEvalResult(BssEvalScore[][] scores, int[][] permutations)
    {
        _scores = scores;
        _permutations = permutations;
    }

    /// <summary>References.</summary>
    public int Sources => _scores.Length;

    /// <summary>Windows; 1 for a whole signal.</summary>
    public int Frames => _scores[0].Length;

    /// <summary>Windows that were not scored because something is silent in them.</summary>
    public int SilentFrames { get; internal init; }

    /// <summary>‖s‖² of each reference in each window, <c>[source][frame]</c>; empty where a version does not measure it.</summary>
    public IReadOnlyList<IReadOnlyList<double>> ReferenceEnergies { get; internal init; } = [];

    /// <summary>Score of a reference's estimate in a window.</summary>
    public BssEvalScore this[int source, int frame = 0] => _scores[source][frame];

    /// <summary>One score of a source over all windows.</summary>
    public double[] Over(int source, Func<BssEvalScore, double> select) => [.. _scores[source].Select(select)];

    /// <summary>Which estimate was taken for each reference in a window; −1 in a silent one.</summary>
    public IReadOnlyList<int> Permutation(int frame = 0) => _permutations[frame];

    /// <summary>Puts single windows side by side.</summary>
    internal static BssEvalResult Join(IReadOnlyList<BssEvalResult?> windows, int sources)
    {
        BssEvalScore[][] scores = new BssEvalScore[sources][];
        for (int source = 0; source < sources; source++)
        {
            scores[source] = [.. windows.Select(window => window?[source] ?? BssEvalScore.Silent)];
        }

        int[] none = new int[sources];
        Array.Fill(none, -1);
        return new BssEvalResult(scores, [.. windows.Select(window => window?._permutations[0] ?? none)])
        {
            SilentFrames = windows.Count(window => window is null),
        };
    }
}
