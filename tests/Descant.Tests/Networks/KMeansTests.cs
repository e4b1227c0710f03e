using Descant.Networks;

namespace Descant.Tests.Networks;

public sealed class KMeansTests
{
    [Fact]
    public void Clouds_that_lie_apart_are_told_apart_whichever_points_come_first()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            Random random = new(seed);
            float[] points = new float[300 * 3];
            int[] cloud = new int[300];
            for (int i = 0; i < cloud.Length; i++)
            {
                cloud[i] = random.Next(10) < 3 ? 1 : 0;
                for (int d = 0; d < 3; d++)
                {
                    points[(3 * i) + d] = (cloud[i] * 2) + random.NextSingle(); // cubes of side 1, two apart in every direction
                }
            }

            int[] found = new KMeans(seed: seed).Divide(points, 3);
            int first = found[Array.IndexOf(cloud, 1)];
            Assert.Equal(cloud, found.Select(label => label == first ? 1 : 0));
        }
    }

    [Fact]
    public void The_division_of_four_points_on_a_line_is_the_best_of_all()
    {
        // 0, 1 | 8, 10 has the smallest sum of squares of all divisions: 0.5 + 2.
        int[] found = new KMeans().Divide([0, 1, 8, 10], 1);
        Assert.Equal(found[0], found[1]);
        Assert.Equal(found[2], found[3]);
        Assert.NotEqual(found[0], found[2]);
    }

    [Fact]
    public void Fewer_points_than_clusters_are_refused() => Assert.Throws<ArgumentException>(() => new KMeans().Divide([1, 2, 3], 3));
}
