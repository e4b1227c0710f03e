using Descant.Tensors;
using Descant.Tests.Fixtures;
using Descant.Tests.Nn;
using Xunit.Abstractions;

namespace Descant.Tests.Tensors;

/// <summary>Every operation and layer: value and gradient against PyTorch's float64, on each vector width, and against central differences.</summary>
public sealed class OperationTests(ITestOutputHelper output)
{
    public static TheoryData<string, VectorWidth, int> Paths()
    {
        var data = new TheoryData<string, VectorWidth, int>();
        foreach (string family in OperationSuite.Families)
        {
            foreach (VectorWidth width in Enum.GetValues<VectorWidth>().Where(VectorWidths.IsSupported))
            {
                data.Add(family, width, 1);
                data.Add(family, width, 2);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Paths))]
    public void Agrees_with_PyTorch_in_value_and_gradient(string family, VectorWidth width, int threads)
    {
        IReadOnlyList<Conformance.Result> results = OperationSuite.Run(family, width, threads);
        string summary = OperationSuite.Summary(family, results);
        output.WriteLine(summary);
        Assert.True(results.All(r => r.Failure is null), summary);
    }

    [Fact]
    public void Every_operation_of_the_fixtures_is_compared()
    {
        string[] families = [.. Directory.GetFiles(Path.Combine(Checkout.Root, "tests", "Descant.Tests", "Fixtures"), "ops_*.safetensors")
            .Select(path => Path.GetFileNameWithoutExtension(path)["ops_".Length..])];
        Assert.Equal(OperationSuite.Families.Order(), families.Order());
        Assert.DoesNotContain(families.SelectMany(OperationCase.Load).Select(c => c.Operation), operation => !OperationSuite.Knows(operation));
    }

    [Theory]
    [InlineData("conv")]
    [InlineData("pool")]
    [InlineData("norm")]
    [InlineData("recurrent")]
    [InlineData("recurrent_modules")]
    [InlineData("attention")]
    [InlineData("elementwise")]
    [InlineData("shape")]
    [InlineData("spectral")]
    [InlineData("loss")]
    public void Agrees_with_central_differences(string family)
    {
        using var engine = new Engine(1);

        // Ranges from 1e-37 to 1e38, and a softmax of logits ±100, have no scale that one step of the difference would fit.
        IEnumerable<OperationCase> cases = OperationCase.Load(family).Where(c =>
            c.Gradients.Count > 0 && !c.Name.EndsWith("_range", StringComparison.Ordinal) && c.Name != "softmax_large");
        Conformance.Result[] results = [.. cases.Select(c =>
            ModuleConformance.Knows(c.Operation) ? ModuleConformance.AgainstDifferences(c, engine) : Conformance.AgainstDifferences(c, engine))];
        string summary = OperationSuite.Summary(family, results);
        output.WriteLine(summary);
        Assert.True(results.All(r => r.Failure is null), summary);
    }
}
