using System.Text.Json;
using Descant.Tensors.Checkpoints;

namespace Descant.Tests.Fixtures;

/// <summary>What PyTorch computed for one operation: inputs, outputs, and gradients of a weighted sum of the outputs; see make_ops.py.</summary>
internal sealed class OperationCase
{
    private static readonly string[] Groups = ["in", "out", "grad"];

    private readonly JsonElement _attributes;

    private OperationCase(string name, JsonElement attributes, SafetensorsFile file)
    {
        Name = name;
        _attributes = attributes;
        Dictionary<string, Values>[] groups = [.. Groups.Select(group => Read(file, $"{name}/{group}/"))];
        (Inputs, Outputs, Gradients) = (groups[0], groups[1], groups[2]);
    }

    public string Name { get; }

    public string Operation => Text("op");

    /// <summary>By name, in the order of the Python call.</summary>
    public IReadOnlyDictionary<string, Values> Inputs { get; }

    public IReadOnlyDictionary<string, Values> Outputs { get; }

    /// <summary>Of those inputs that have one.</summary>
    public IReadOnlyDictionary<string, Values> Gradients { get; }

    /// <summary>PyTorch's own float32 error of the outputs, max |a − b| / max |b|.</summary>
    public double ValueErrorOfPyTorch => Number("value32");

    /// <summary>PyTorch's own float32 error of the gradients.</summary>
    public double GradientErrorOfPyTorch => Number("grad32");

    public static IReadOnlyList<OperationCase> Load(string family)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Checkout.Root, "tests", "Descant.Tests", "Fixtures", $"ops_{family}.safetensors"));
        return [.. file.Metadata.Select(pair => new OperationCase(pair.Key, JsonDocument.Parse(pair.Value).RootElement, file))];
    }

    public int Integer(string attribute) => _attributes.GetProperty(attribute).GetInt32();

    public float Number(string attribute) => _attributes.GetProperty(attribute).GetSingle();

    public bool Flag(string attribute) => _attributes.GetProperty(attribute).GetBoolean();

    public string Text(string attribute) => _attributes.GetProperty(attribute).GetString()!;   // a test fails either way

    /// <summary>A list of integers; a single one counts as a list of one.</summary>
    public int[] Integers(string attribute)
    {
        JsonElement value = _attributes.GetProperty(attribute);
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(e => e.GetInt32())] : [value.GetInt32()];
    }

    /// <summary>A pair of integers; a single one counts for both.</summary>
    public (int First, int Second) Pair(string attribute) => Integers(attribute) is [int a, int b] ? (a, b) : (Integer(attribute), Integer(attribute));

    public override string ToString() => Name;

    private static Dictionary<string, Values> Read(SafetensorsFile file, string prefix) => file.Entries
        .Where(e => e.Name.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(e => e.Name[prefix.Length..], e => new Values([.. e.Shape], file.Read(e.Name)), StringComparer.Ordinal);
}
