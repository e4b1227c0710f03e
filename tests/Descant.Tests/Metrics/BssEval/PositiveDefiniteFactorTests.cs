using Descant.Metrics.BssEval;
using Descant.Tensors;

namespace Descant.Tests.Metrics.BssEval;

public sealed class PositiveDefiniteFactorTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 3)]
    [InlineData(128, 2)]
    [InlineData(131, 9)]
    [InlineData(300, 1)]
    [InlineData(517, 8)]
    public void Solutions_satisfy_the_equations(int order, int columns)
    {
        using WorkerPool pool = new(2);
        PositiveDefiniteFactor factor = PositiveDefiniteFactor.Of(order, (row, entries) => Fill(row, entries), pool);
        double[][] right = [.. Enumerable.Range(0, columns).Select(column => NoiseSignals.Noise((uint)column + 1, order))];
        double[][] solution = [.. right.Select(column => column.ToArray())];
        factor.Solve(solution, pool);
        Assert.Equal(0, factor.DependentUnknowns);
        for (int column = 0; column < columns; column++)
        {
            for (int row = 0; row < order; row++)
            {
                double sum = 0;
                for (int k = 0; k < order; k++)
                {
                    sum += Entry(row, k) * solution[column][k];
                }

                Assert.Equal(right[column][row], sum, 1e-11);
            }
        }
    }

    [Fact]
    public void A_dependent_unknown_is_set_to_zero_and_the_rest_solves_the_equations()
    {
        // Unknown 2 is the sum of unknowns 0 and 1: the Gram matrix of (1, 0), (0, 1), (1, 1).
        double[,] gram = { { 1, 0, 1 }, { 0, 1, 1 }, { 1, 1, 2 } };
        using WorkerPool pool = new(1);
        PositiveDefiniteFactor factor = PositiveDefiniteFactor.Of(
            3,
            (row, entries) =>
            {
                for (int i = 0; i <= row; i++)
                {
                    entries[i] = gram[row, i];
                }
            },
            pool);
        double[][] solution = [[3, 4, 7]];
        factor.Solve(solution, pool);
        Assert.Equal(1, factor.DependentUnknowns);
        Assert.Equal([3, 4, 0], solution[0]);
    }

    private static double Entry(int row, int column) => Math.Exp(-0.05 * Math.Abs(row - column)) + (row == column ? 0.5 : 0);

    private static void Fill(int row, Span<double> entries)
    {
        for (int column = 0; column <= row; column++)
        {
            entries[column] = Entry(row, column);
        }
    }
}
