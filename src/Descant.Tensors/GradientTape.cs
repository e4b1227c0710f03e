namespace Descant.Tensors;

/// <summary>Records operations as they run, to run them backwards once: reverse-mode differentiation.</summary>
/// <remarks>
/// A layer over the same operations, not a second set: each operation states its vector-Jacobian product beside its forward pass,
/// in terms of tensor operations. Put a batch on the tape with <see cref="Tensor.On(GradientTape)"/>; whatever is computed from it
/// and depends on a parameter is recorded. <see cref="Backward"/> closes the tape. What is computed from parameters alone is recorded
/// where one of them is on the tape (<c>parameter.On(tape)</c>); what was computed off it is refused as an operand.
/// </remarks>
public sealed class GradientTape
{
    private readonly List<Node> _nodes = [];

    private ulong _seed;

    internal GradientTape(Engine engine, ulong seed)
    {
        Engine = engine.With(this);
        _seed = seed;
    }

    internal Engine Engine { get; }

    internal bool IsOpen { get; private set; } = true;

    /// <summary>Derivatives of a scalar with respect to every parameter that it depends on.</summary>
    /// <param name="loss">A tensor of one element computed on this tape.</param>
    /// <exception cref="InvalidOperationException">The tape was already used, or the loss depends on no parameter.</exception>
    public Gradients Backward(Tensor loss)
    {
        if (!IsOpen)
        {
            throw new InvalidOperationException("backward: this tape was already used. Record a new one for each step.");
        }

        if (loss.ElementCount != 1 || !loss.IsComputedOnTape)
        {
            throw new InvalidOperationException($"backward: expects a scalar computed on this tape from parameters, got {loss}{(loss.IsComputedOnTape ? "" : " that depends on none")}.");
        }

        IsOpen = false;
        Gradients gradients = new();
        gradients.Add(loss, Engine.Full(1, loss.Shape));
        for (int i = _nodes.Count - 1; i >= 0; i--)
        {
            Node node = _nodes[i];
            _nodes[i] = default; // lets the closure's tensors go
            if (gradients.Take(node.Output) is not { } g)
            {
                continue;
            }

            Tensor?[] inputGradients = node.VectorJacobian(g);
            for (int k = 0; k < inputGradients.Length; k++)
            {
                if (inputGradients[k] is { } gradient && node.Inputs[k] is { IsTracked: true } input)
                {
                    Tensor whole = gradient.SumTo(input.Shape); // undoes broadcasting, here and nowhere else
                    while (input.Origin is { } origin)
                    {
                        (input, whole) = (origin.Source, origin.Adjoint(whole)); // a view of a parameter from before the recording
                    }

                    gradients.Add(input, whole);
                }
            }
        }

        _nodes.Clear();
        return gradients;
    }

    /// <summary>A seed for the next random operation of this recording.</summary>
    internal ulong NextSeed() => SplitMix64.Next(ref _seed);

    internal void Add(Tensor output, ReadOnlySpan<Tensor?> inputs, Func<Tensor, Tensor?[]> vectorJacobian)
    {
        if (!IsOpen)
        {
            return;
        }

        bool tracked = false;
        foreach (Tensor? input in inputs)
        {
            if (input is { IsUnrecorded: true })
            {
                throw new InvalidOperationException(
                    $"gradient: the operand {input} was computed from parameters outside the recording, so that their gradients would be lost. Compute it from parameter.On(tape), or call Detach() where it is meant as a constant.");
            }

            tracked |= input is { IsTracked: true };
        }

        if (tracked)
        {
            output.IsComputedOnTape = true;
            _nodes.Add(new Node(output, inputs.ToArray(), vectorJacobian));
        }
    }

    private readonly record struct Node(Tensor Output, Tensor?[] Inputs, Func<Tensor, Tensor?[]> VectorJacobian);
}
