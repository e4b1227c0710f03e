using Descant.Tensors;

namespace Descant.Nn;

/// <summary>A part of a network: a tree of named parameters and the computation that uses them.</summary>
/// <remarks>Names are given, not reflected: they are the checkpoint's keys, and a renamed field must break nothing.</remarks>
public abstract class Module
{
    private readonly List<(string Name, Module Child)> _children = [];
    private readonly List<Parameter> _own = [];

    /// <summary>Everything a checkpoint holds, in a fixed order: own parameters first, then the children's.</summary>
    public IEnumerable<Parameter> Parameters => _own.Concat(
        _children.SelectMany(c => c.Child.Parameters.Select(p => p with { Name = $"{c.Name}.{p.Name}" })));

    /// <summary>Number of trained values.</summary>
    public long ParameterCount => Parameters.Where(p => p.IsTrained).Sum(p => (long)p.Value.ElementCount);

    /// <summary>Registers a part under a name.</summary>
    protected T Child<T>(string name, T child)
        where T : Module
    {
        _children.Add((name, child));
        return child;
    }

    /// <summary>Registers parts under name.0, name.1, …</summary>
    protected IReadOnlyList<T> Children<T>(string name, IEnumerable<T> children)
        where T : Module => [.. children.Select((child, i) => Child($"{name}.{i}", child))];

    /// <summary>Registers a weight.</summary>
    protected Tensor Learn(string name, Tensor value)
    {
        _own.Add(new Parameter(name, value, IsTrained: true));
        return value;
    }

    /// <summary>Registers a value that is saved but not trained.</summary>
    protected Tensor Keep(string name, Tensor value)
    {
        _own.Add(new Parameter(name, value, IsTrained: false));
        return value;
    }
}
