namespace Descant.Networks;

/// <summary>Divides points into clusters around means.</summary>
/// <remarks>
/// Lloyd's iterations, begun far apart by chance (Arthur and Vassilvitskii, "k-means++", 2007) several times; the division with the
/// smallest sum of squared distances counts. The same points and seed give the same division.
/// </remarks>
/// <param name="clusters">How many.</param>
/// <param name="restarts">Beginnings that are tried.</param>
/// <param name="iterations">Most iterations of each.</param>
/// <param name="seed">Decides the beginnings.</param>
public sealed class KMeans(int clusters = 2, int restarts = 3, int iterations = 30, int seed = 1)
{
    /// <summary>Divides.</summary>
    /// <param name="points">[points, dimensions], at least as many points as clusters.</param>
    /// <param name="dimensions">Values of a point.</param>
    /// <returns>For each point its cluster, from 0.</returns>
    /// <exception cref="ArgumentException">There are fewer points than clusters.</exception>
    public int[] Divide(ReadOnlySpan<float> points, int dimensions)
    {
        int count = points.Length / dimensions;
        if (count < clusters || points.Length != count * dimensions)
        {
            throw new ArgumentException($"k-means: expects at least {clusters} points of {dimensions} values, got {points.Length} values.");
        }

        Random random = new(seed);
        int[] best = new int[count], labels = new int[count];
        double least = double.PositiveInfinity;
        for (int restart = 0; restart < restarts; restart++)
        {
            double[] means = Begin(points, dimensions, count, random);
            double spread = double.PositiveInfinity;
            for (int iteration = 0; iteration < iterations; iteration++)
            {
                double next = Assign(points, dimensions, means, labels);
                if (next >= spread)
                {
                    break;
                }

                spread = next;
                Average(points, dimensions, labels, means);
            }

            if (spread < least)
            {
                least = spread;
                labels.CopyTo(best, 0);
            }
        }

        return best;
    }

    /// <summary>First means: a random point, then points drawn as often as they are far from those there are.</summary>
    private double[] Begin(ReadOnlySpan<float> points, int dimensions, int count, Random random)
    {
        double[] means = new double[clusters * dimensions], nearest = new double[count];
        Array.Fill(nearest, double.PositiveInfinity);
        int chosen = random.Next(count);
        for (int cluster = 0; ; cluster++)
        {
            for (int d = 0; d < dimensions; d++)
            {
                means[(cluster * dimensions) + d] = points[(chosen * dimensions) + d];
            }

            if (cluster == clusters - 1)
            {
                return means;
            }

            double sum = 0;
            for (int i = 0; i < count; i++)
            {
                nearest[i] = Math.Min(nearest[i], Distance(points.Slice(i * dimensions, dimensions), means.AsSpan(cluster * dimensions, dimensions)));
                sum += nearest[i];
            }

            double place = random.NextDouble() * sum;
            for (chosen = 0; chosen < count - 1 && place >= nearest[chosen]; chosen++)
            {
                place -= nearest[chosen];
            }
        }
    }

    private double Assign(ReadOnlySpan<float> points, int dimensions, double[] means, int[] labels)
    {
        double sum = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            ReadOnlySpan<float> point = points.Slice(i * dimensions, dimensions);
            double least = double.PositiveInfinity;
            for (int cluster = 0; cluster < clusters; cluster++)
            {
                double distance = Distance(point, means.AsSpan(cluster * dimensions, dimensions));
                if (distance < least)
                {
                    (least, labels[i]) = (distance, cluster);
                }
            }

            sum += least;
        }

        return sum;
    }

    /// <summary>Means of the points of each cluster; an empty one keeps its place.</summary>
    private void Average(ReadOnlySpan<float> points, int dimensions, int[] labels, double[] means)
    {
        double[] sums = new double[means.Length];
        int[] counts = new int[clusters];
        for (int i = 0; i < labels.Length; i++)
        {
            counts[labels[i]]++;
            for (int d = 0; d < dimensions; d++)
            {
                sums[(labels[i] * dimensions) + d] += points[(i * dimensions) + d];
            }
        }

        for (int i = 0; i < means.Length; i++)
        {
            means[i] = counts[i / dimensions] > 0 ? sums[i] / counts[i / dimensions] : means[i];
        }
    }

    private static double Distance(ReadOnlySpan<float> point, ReadOnlySpan<double> mean)
    {
        double sum = 0;
        for (int d = 0; d < point.Length && d < mean.Length; d++)
        {
            double difference = point[d] - mean[d];
            sum += difference * difference;
        }

        return sum;
    }
}
