namespace Descant.Evaluation;

/// <summary>Metrics of one family at work on one item.</summary>
internal interface IItemMetric
{
    /// <summary>Feeds the next block.</summary>
    public void Add(StemBlock block);

    /// <summary>Ends a pass; true where the item must be fed once more from the start.</summary>
    public bool EndPass();

    /// <summary>Writes the scores down.</summary>
    public void Report(ItemScores scores);
}
