using Descant.Tensors.Kernels;

namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>One layer of long short-term memory over a whole sequence, from zero states.</summary>
    /// <param name="forward">Weights of the direction that reads from the first frame.</param>
    /// <param name="reverse">Weights of the direction that reads from the last frame, or null for one direction.</param>
    /// <returns>Hidden states, [frames, batch, units] or [frames, batch, 2 · units]: the forward direction first.</returns>
    /// <remarks>This tensor is [frames, batch, inputs]. Hochreiter and Schmidhuber 1997 with forget gates and PyTorch's two biases.</remarks>
    public Tensor Lstm(RecurrentWeights forward, RecurrentWeights? reverse = null) =>
        new RecurrentLayer<RecurrentLstmCell>("lstm", this, forward, reverse, null, null).Run(givesCell: false);

    /// <summary>The same from given states, and with the last cell states.</summary>
    /// <param name="forward">Weights of the direction that reads from the first frame.</param>
    /// <param name="reverse">Weights of the direction that reads from the last frame, or null for one direction.</param>
    /// <param name="hidden">First hidden states, [directions, batch, units]; replaced by the last ones.</param>
    /// <param name="cell">First cell states, [directions, batch, units]; replaced by the last ones.</param>
    public Tensor Lstm(RecurrentWeights forward, RecurrentWeights? reverse, ref Tensor hidden, ref Tensor cell)
    {
        Tensor whole = new RecurrentLayer<RecurrentLstmCell>("lstm", this, forward, reverse, hidden, cell).Run(givesCell: true);
        int frames = Shape[0], batch = Shape[1], units = hidden.Shape[2], directions = hidden.Shape[0];
        Tensor y = whole.Slice(0, 0, frames);
        hidden = RecurrentLayer.LastStates(y, units);
        cell = whole.Slice(0, frames, 1).Reshape(batch, directions, units).Transpose(0, 1);
        return y;
    }
}
