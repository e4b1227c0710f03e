using System.Globalization;
using System.Text;
using Descant.Tensors;
using Descant.Tests.Fixtures;
using Descant.Tests.Nn;

namespace Descant.Tests.Tensors;

/// <summary>Runs every operation of a family of fixtures; shared by the tests and by the child processes of other vector widths.</summary>
internal static class OperationSuite
{
    public static readonly string[] Families = ["conv", "pool", "norm", "recurrent", "recurrent_modules", "attention", "elementwise", "shape", "spectral", "loss", "special"];

    public static IReadOnlyList<Conformance.Result> Run(string family, VectorWidth width, int threads)
    {
        using var engine = new Engine(threads, width);
        List<Conformance.Result> results = [];
        foreach (OperationCase c in OperationCase.Load(family).Where(c => Knows(c.Operation)))
        {
            if (ModuleConformance.Knows(c.Operation))
            {
                results.Add(Attempt(c, () => ModuleConformance.AgainstPyTorch(c, engine)));
                continue;
            }

            results.Add(Attempt(c, () => Conformance.AgainstPyTorch(c, engine, Conformance.Memory.Dense)));
            results.Add(Attempt(c, () => Conformance.AgainstPyTorch(c, engine, Conformance.Memory.View)));
        }

        return results;
    }

    public static bool Knows(string operation) => OperationTable.Knows(operation) || ModuleConformance.Knows(operation);

    /// <summary>Everything on the widest vectors of this process; prints a line per family.</summary>
    /// <returns>The number of failures.</returns>
    public static int RunAll(IEnumerable<string> families, TextWriter output)
    {
        int failures = 0;
        foreach (string family in families)
        {
            foreach (int threads in new[] { 1, 2 })
            {
                IReadOnlyList<Conformance.Result> results = Run(family, VectorWidths.Best, threads);
                failures += results.Count(r => r.Failure is not null);
                output.WriteLine(Summary(family, results));
            }
        }

        return failures;
    }

    public static string Summary(string family, IReadOnlyList<Conformance.Result> results)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{family}: {results.Count} comparisons, relative error at most {results.Select(r => r.Value).DefaultIfEmpty().Max():0.0e+0} (value) and {results.Select(r => r.Gradient).DefaultIfEmpty().Max():0.0e+0} (gradient)");
        foreach (Conformance.Result failed in results.Where(r => r.Failure is not null))
        {
            text.AppendLine().Append("  ").Append(failed.Failure);
        }

        return text.ToString();
    }

    private static Conformance.Result Attempt(OperationCase c, Func<Conformance.Result> compare)
    {
        try
        {
            return compare();
        }
#pragma warning disable CA1031 // one broken operation must not hide the others
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new Conformance.Result(c.Name, double.NaN, double.NaN, $"{c.Name}: {e.GetType().Name}: {e.Message} {e.StackTrace?.Split('\n').FirstOrDefault()}");
        }
    }
}
