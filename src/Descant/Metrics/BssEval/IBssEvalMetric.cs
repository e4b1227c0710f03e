namespace Descant.Metrics.BssEval;

/// <summary>A version of BSS Eval that scores everything it is fed.</summary>
internal interface IBssEvalMetric : IBlockMetric
{
    /// <summary>The scores, once <see cref="IBlockMetric.EndPass"/> has returned false.</summary>
    public BssEvalResult Result { get; }

    /// <summary>Whether some reference or estimate has been silent so far.</summary>
    public bool AnySilent { get; }
}
