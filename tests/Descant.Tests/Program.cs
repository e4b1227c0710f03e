using Descant.Tensors;
using Descant.Tests.Tensors;

namespace Descant.Tests;

/// <summary>What a child process of the tests runs: the operation suite on the vectors that its environment left.</summary>
internal static class Program
{
    /// <summary><c>operations WIDTH [FAMILY…]</c>: asserts the vector width, runs the operation suite, exits with the number of failures.</summary>
    private static int Main(string[] arguments)
    {
        if (arguments is not ["operations", string expected, .. string[] families])
        {
            Console.Error.WriteLine("These are tests: run them with 'dotnet test'. A child process is given: operations WIDTH [FAMILY…].");
            return 2;
        }

        if (VectorWidths.Best.ToString() != expected)
        {
            Console.Error.WriteLine($"operations: expected the vector width {expected}, got {VectorWidths.Best}. Does this runtime still know the switch?");
            return 3;
        }

        Console.WriteLine($"width {expected}");
        return Math.Min(OperationSuite.RunAll(families.Length == 0 ? OperationSuite.Families : families, Console.Out), 1);
    }
}
