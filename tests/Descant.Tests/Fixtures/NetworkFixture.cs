using System.Text.Json;
using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Checkpoints;

namespace Descant.Tests.Fixtures;

/// <summary>What PyTorch computed for a whole network whose weights and inputs follow from a formula; see make_networks.py.</summary>
internal sealed class NetworkFixture
{
    private const int MostOutputs = 2000;
    private const int MostGradients = 48;

    private readonly JsonElement _facts;
    private readonly Dictionary<string, float[]> _samples;
    private readonly string _name;

    public NetworkFixture(string name)
    {
        using SafetensorsFile file = SafetensorsFile.Open(Path.Combine(Checkout.Root, "tests", "Descant.Tests", "Fixtures", "networks.safetensors"));
        _name = name;
        _facts = JsonDocument.Parse(file.Metadata[name]).RootElement;
        _samples = file.Entries.Where(e => e.Name.StartsWith(name + "/", StringComparison.Ordinal)).ToDictionary(e => e.Name, e => file.Read(e.Name), StringComparer.Ordinal);
        Inputs = [.. _facts.GetProperty("inputs").EnumerateArray().Select((shape, k) =>
        {
            int[] sizes = [.. shape.EnumerateArray().Select(e => e.GetInt32())];
            return new Values(sizes, [.. Counter.Uniform(5000 + k, sizes.Aggregate(1, (a, b) => a * b)).Select(MathF.Abs)]);
        })];
    }

    /// <summary>Input and target.</summary>
    public IReadOnlyList<Values> Inputs { get; }

    /// <summary>Sets a network's parameters and running statistics by the formula.</summary>
    /// <param name="parameters">Every parameter of the network.</param>
    /// <param name="nameInFixture">PyTorch's name of a parameter.</param>
    public void Fill(IReadOnlyList<Parameter> parameters, Func<string, string> nameInFixture)
    {
        Dictionary<string, Parameter> wanted = parameters.ToDictionary(p => nameInFixture(p.Name), StringComparer.Ordinal);
        int stream = 1;
        foreach (JsonElement entry in _facts.GetProperty("layout").EnumerateArray())
        {
            string name = entry[0].GetString()!;   // the script writes a name
            Assert.True(wanted.Remove(name, out Parameter? parameter), $"{_name}: the network has no parameter for '{name}'");
            Assert.Equal(entry[1].EnumerateArray().Select(e => e.GetInt32()), parameter.Value.Shape.ToArray());
            float offset = entry[2].GetSingle(), scale = entry[3].GetSingle();
            parameter.Value.Assign([.. Counter.Uniform(stream++, parameter.Value.ElementCount).Select(u => offset + (scale * u))]);
        }

        Assert.Empty(wanted);
    }

    /// <summary>The loss of a mode, <c>eval</c> or <c>train</c>, in float64.</summary>
    public double Loss(string mode) => _facts.GetProperty(mode).GetProperty("loss").GetDouble();

    /// <summary>PyTorch's own largest float32 error of the output.</summary>
    public double OutputErrorOfPyTorch(string mode) => _facts.GetProperty(mode).GetProperty("outMax32").GetDouble();

    /// <summary>The largest difference of an output to float64, over its sampled entries.</summary>
    public double OutputError(string mode, Tensor output)
    {
        Assert.Equal(_facts.GetProperty(mode).GetProperty("shape").EnumerateArray().Select(e => e.GetInt32()), output.Shape.ToArray());
        return _samples[$"{_name}/{mode}/out"].Zip(Counter.Sample(output.ToArray(), MostOutputs), (a, b) => Math.Abs((double)a - b)).Max();
    }

    /// <summary>For each parameter its gradient's error against float64 and PyTorch's own, |a − b|₂ over |b|₂ (or 0.001 of the largest |b|₂).</summary>
    public IReadOnlyList<(string Name, double Ours, double PyTorch)> GradientErrors(
        string mode, IReadOnlyList<Parameter> parameters, Func<string, string> nameInFixture, Gradients gradients)
    {
        JsonElement theirs = _facts.GetProperty(mode).GetProperty("grad32");
        string prefix = $"{_name}/{mode}/grad/";
        double floor = 1e-3 * _samples.Where(s => s.Key.StartsWith(prefix, StringComparison.Ordinal)).Max(s => Norm(s.Value));
        return [.. parameters.Where(p => p.IsTrained).Select(p =>
        {
            string name = nameInFixture(p.Name);
            float[] expected = _samples[prefix + name];
            float[] actual = gradients[p.Value] is { } g ? Counter.Sample(g.ToArray(), MostGradients) : new float[expected.Length];
            double error = Norm([.. expected.Zip(actual, (a, b) => a - b)]) / Math.Max(Norm(expected), floor);
            return (name, error, theirs.GetProperty(name).GetDouble());
        })];
    }

    private static double Norm(float[] values) => Math.Sqrt(values.Sum(v => (double)v * v));
}
