namespace Descant.Tensors.Fourier;

/// <summary>What the overlapped frames of an inverse transform are divided by.</summary>
public enum StftNormalisation
{
    /// <summary>
    /// The sum of the squared windows that overlap each sample, where it exceeds 1e-11, and 0 elsewhere: librosa, torch.
    /// Exact wherever a frame reaches; without centring the first and last samples amplify any change of their frame.
    /// </summary>
    OverlappingWindows,

    /// <summary>
    /// The sum that endless frames would give, also at the ends, which fade in and out: TensorFlow's
    /// <c>inverse_stft_window_fn</c>, as the U-Net of Wave-U-Net uses it.
    /// </summary>
    EndlessWindows,
}
