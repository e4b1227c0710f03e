namespace Descant.Tensors.Kernels;

/// <summary>
/// One direction of one recurrent layer over a whole sequence: where <see cref="RecurrentKernels"/> reads and writes.
/// A row is one batch entry at one frame; rows are ordered [frame, batch].
/// </summary>
internal sealed unsafe class RecurrentPass
{
    public required int Frames { get; init; }

    public required int Batch { get; init; }

    /// <summary>Hidden units, the size of one gate.</summary>
    public required int Units { get; init; }

    /// <summary>Whether the sequence is read from its end.</summary>
    public required bool IsReverse { get; init; }

    /// <summary>
    /// [rows, gates · units], dense. Forward: the input's share of the gates with all biases that are added outside the cell; where
    /// <see cref="Kept"/> is set they become the gates behind their nonlinearities. Backward: those, and become the gradients of the
    /// input's share.
    /// </summary>
    public required float* Gates { get; init; }

    /// <summary>What the cell needs again in its backward pass, [rows, units]; null in inference.</summary>
    public float* Kept { get; init; }

    /// <summary>Hidden states.</summary>
    public required float* Output { get; init; }

    /// <summary>Floats from one row of <see cref="Output"/> and of <see cref="OutputGradient"/> to the next.</summary>
    public required nint OutputStride { get; init; }

    /// <summary>Forward: the recurrent weight transposed, [units, gates · units]. Backward: as it is, [gates · units, units].</summary>
    public required PackedMatrix Weight { get; init; }

    /// <summary>A bias that belongs inside the cell, [units], or null: that of the gated recurrent unit's candidate.</summary>
    public float* InnerBias { get; init; }

    /// <summary>[batch, units], or null for zeros.</summary>
    public float* InitialHidden { get; init; }

    /// <summary>[batch, units], or null for zeros: the cell state of an LSTM.</summary>
    public float* InitialCell { get; init; }

    /// <summary>[rows of a frame, units]: receives the last cell state; may be null.</summary>
    public float* FinalCell { get; init; }

    /// <summary>Floats from one row of <see cref="FinalCell"/> and <see cref="FinalCellGradient"/> to the next.</summary>
    public nint FinalCellStride { get; init; }

    /// <summary>Backward: gradients of <see cref="Output"/>.</summary>
    public float* OutputGradient { get; init; }

    /// <summary>Backward: gradients of <see cref="FinalCell"/>, or null for zeros.</summary>
    public float* FinalCellGradient { get; init; }

    /// <summary>Backward: receives the gradients of the initial hidden state, [batch, units]; may be null.</summary>
    public float* InitialHiddenGradient { get; init; }

    /// <summary>Backward: receives the gradients of the initial cell state, [batch, units]; may be null.</summary>
    public float* InitialCellGradient { get; init; }

    /// <summary>The frame that is the <paramref name="step"/>th to be computed.</summary>
    public int FrameAt(int step) => IsReverse ? Frames - 1 - step : step;
}
