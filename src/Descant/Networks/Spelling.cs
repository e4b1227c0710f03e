using System.Text;

namespace Descant.Networks;

/// <summary>How settings are spelt in recipes, and what was meant by a misspelt one.</summary>
public static class Spelling
{
    /// <summary>The name of a property in recipes: <c>LearningRate</c> is <c>learning-rate</c>.</summary>
    public static string Hyphenated(string property)
    {
        StringBuilder key = new();
        foreach (char letter in property)
        {
            if (char.IsUpper(letter) && key.Length > 0)
            {
                key.Append('-');
            }

            key.Append(char.ToLowerInvariant(letter));
        }

        return key.ToString();
    }

    /// <summary>The known name with the fewest letters to add, remove or change (Levenshtein's distance).</summary>
    /// <param name="name">What was written.</param>
    /// <param name="known">At least one name.</param>
    public static string Nearest(string name, IEnumerable<string> known) => known.MinBy(candidate => Distance(candidate, name))
        ?? throw new ArgumentException("spelling: expects at least one known name, got none.", nameof(known));

    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }

        return row[b.Length];
    }
}
