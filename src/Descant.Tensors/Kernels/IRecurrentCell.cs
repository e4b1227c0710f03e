namespace Descant.Tensors.Kernels;

/// <summary>What a recurrent network does with one row (one batch entry at one frame) around its matrix products.</summary>
internal unsafe interface IRecurrentCell
{
    /// <summary>Gates, the leading factor of the weights' rows.</summary>
    public static abstract int Gates { get; }

    /// <summary>Whether the hidden state also passes to the next step beside the matrix product.</summary>
    public static abstract bool CarriesHidden { get; }

    /// <summary>The new hidden state from the products.</summary>
    /// <param name="units">Hidden units.</param>
    /// <param name="products">Hidden state times recurrent weight, gate after gate.</param>
    /// <param name="gates">The input's share; replaced by the gates where <paramref name="kept"/> is set.</param>
    /// <param name="innerBias">See <see cref="RecurrentPass.InnerBias"/>.</param>
    /// <param name="hidden">The hidden state before, and then behind the step.</param>
    /// <param name="cell">The cell state before, and then behind the step.</param>
    /// <param name="kept">See <see cref="RecurrentPass.Kept"/>.</param>
    /// <param name="output">Receives the hidden state too.</param>
    public static abstract void Forward<TV>(
        int units, float* products, float* gates, float* innerBias, float* hidden, float* cell, float* kept, float* output)
        where TV : struct, IVector<TV>;

    /// <summary>Gradients before the nonlinearities from those of the new hidden and cell state.</summary>
    /// <param name="units">Hidden units.</param>
    /// <param name="gates">The gates; replaced by the gradients of the input's share.</param>
    /// <param name="kept">What the forward pass kept; replaced by the candidate's gradient in a gated recurrent unit.</param>
    /// <param name="previousKept">What it kept a step earlier, the initial cell state, or null for zeros.</param>
    /// <param name="previousOutput">The hidden state a step earlier, or null for zeros.</param>
    /// <param name="outputGradient">Gradient of this step's output.</param>
    /// <param name="hidden">Gradient that came from the next step; becomes what passes on beside the product.</param>
    /// <param name="cell">Gradient of the new cell state; becomes that of the old one.</param>
    /// <param name="products">Receives the gradients of the products, gate after gate.</param>
    public static abstract void Backward<TV>(
        int units, float* gates, float* kept, float* previousKept, float* previousOutput, float* outputGradient, float* hidden,
        float* cell, float* products)
        where TV : struct, IVector<TV>;
}
