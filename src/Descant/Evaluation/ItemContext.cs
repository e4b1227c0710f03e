using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Evaluation;

/// <summary>What a metric must know about the item that it is to score.</summary>
/// <param name="Sources">Names of the sources, in the order of the blocks' rows.</param>
/// <param name="Channels">Channels of each source.</param>
/// <param name="SampleRate">Samples per second.</param>
/// <param name="Wanted">Catalogue names of the metrics that were asked for.</param>
/// <param name="Options">Windows and loading.</param>
/// <param name="Pool">The threads to use.</param>
internal sealed record ItemContext(
    IReadOnlyList<string> Sources,
    int Channels,
    int SampleRate,
    IReadOnlySet<string> Wanted,
    EvaluationOptions Options,
    WorkerPool Pool)
{
    /// <summary>The options that all BSS Eval metrics of the item share.</summary>
    public BssEvalOptions BssEval => new() { Names = Sources, Loading = Options.Loading, Permute = Options.Permute };
}
