namespace Descant.Training.Optimizers;

/// <summary>Adam whose weight decay shrinks the parameters directly instead of passing through the moments.</summary>
/// <remarks>Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, algorithm 2; as PyTorch, the decay is multiplied by the learning rate.</remarks>
/// <param name="learningRate">α.</param>
/// <param name="beta1">Decay of the mean gradient, in [0, 1).</param>
/// <param name="beta2">Decay of the mean square, in [0, 1).</param>
/// <param name="epsilon">Added to the root of the mean square.</param>
/// <param name="weightDecay">Each step multiplies the parameters by 1 − learning rate · this first.</param>
public sealed class AdamW(double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0.01)
    : Adam(learningRate, beta1, beta2, epsilon, weightDecay)
{
    private protected override bool IsDecoupled => true;
}
