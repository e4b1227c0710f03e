using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>One layer of gated recurrent units over a whole sequence, from zero states.</summary>
    /// <param name="forward">Weights of the direction that reads from the first frame.</param>
    /// <param name="reverse">Weights of the direction that reads from the last frame, or null for one direction.</param>
    /// <returns>Hidden states, [frames, batch, units] or [frames, batch, 2 · units]: the forward direction first.</returns>
    /// <remarks>This tensor is [frames, batch, inputs]. Cho et al. 2014 in PyTorch's variant: the reset gate acts behind the hidden product.</remarks>
    public Tensor Gru(RecurrentWeights forward, RecurrentWeights? reverse = null) =>
        new RecurrentLayer<RecurrentGruCell>("gru", this, forward, reverse, null, null).Run(givesCell: false);

    /// <summary>The same from given states.</summary>
    /// <param name="forward">Weights of the direction that reads from the first frame.</param>
    /// <param name="reverse">Weights of the direction that reads from the last frame, or null for one direction.</param>
    /// <param name="hidden">First hidden states, [directions, batch, units]; replaced by the last ones.</param>
    public Tensor Gru(RecurrentWeights forward, RecurrentWeights? reverse, ref Tensor hidden)
    {
        int units = hidden.Size(-1);
        Tensor y = new RecurrentLayer<RecurrentGruCell>("gru", this, forward, reverse, hidden, null).Run(givesCell: false);
        hidden = RecurrentLayer.LastStates(y, units);
        return y;
    }
}
