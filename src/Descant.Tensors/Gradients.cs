namespace Descant.Tensors;

/// <summary>The derivatives of a loss, by parameter.</summary>
public sealed class Gradients
{
    // Parameters are compared by memory: a parameter put on a tape is another Tensor over the same storage.
    private readonly Dictionary<(Storage Storage, int Offset, Tensor? Intermediate), Tensor> _byTensor = [];

    /// <summary>The derivative with respect to a parameter, in its shape; null when the loss does not depend on it.</summary>
    public Tensor? this[Tensor parameter] => _byTensor.GetValueOrDefault(Key(parameter)) is { } gradient
        ? gradient.Shape.SequenceEqual(parameter.Shape) ? gradient : gradient.Reshape(parameter.Shape) // kept for the same memory in another shape
        : null;

    internal void Add(Tensor tensor, Tensor gradient)
    {
        (Storage, int, Tensor?) key = Key(tensor);
        _byTensor[key] = _byTensor.TryGetValue(key, out Tensor? sum) ? sum + gradient : gradient;
    }

    /// <summary>The gradient of an intermediate, which is not needed again.</summary>
    internal Tensor? Take(Tensor intermediate) => _byTensor.Remove(Key(intermediate), out Tensor? gradient) ? gradient : null;

    private static (Storage Storage, int Offset, Tensor? Intermediate) Key(Tensor tensor) =>
        (tensor.Storage, tensor.Offset, tensor.IsComputedOnTape ? tensor : null);
}
