using Descant.Nn;
using Descant.Tensors;

namespace Descant.Networks;

/// <summary>Something that training minimises: a loss, and the parameters that move to make it small.</summary>
/// <param name="Name">Its name in recipes (<c>optimizers</c>) and checkpoints.</param>
/// <param name="Parameters">What its own optimiser changes; the loss may depend on more, which then stays as it is.</param>
/// <param name="Loss">A scalar of a batch whose mixture was put on a tape.</param>
public sealed record Objective(string Name, IReadOnlyList<Parameter> Parameters, Func<TrainingBatch, Tensor> Loss);
