using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Descant.Web.Library;

/// <summary>Names of uploads, tracks and jobs: 26 characters, 128 bits that nobody can guess. Only such names become paths.</summary>
internal static partial class Identifier
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Characters = 26;

    /// <summary>A fresh one.</summary>
    public static string Create() => Encode(RandomNumberGenerator.GetBytes(17));

    /// <summary>One that follows from a purpose and a text, for who holds the key: repeating a request finds the same thing.</summary>
    public static string Derive(byte[] key, string purpose, string text) =>
        Encode(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{purpose}\n{text}")));

    /// <summary>Whether a client's text can be one.</summary>
    public static bool IsValid(string? text) => text is not null && Pattern().IsMatch(text);

    private static string Encode(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(Characters);
        int bits = 0;
        int value = 0;
        foreach (byte next in bytes)
        {
            value = (value << 8) | next;
            bits += 8;
            while (bits >= 5 && text.Length < Characters)
            {
                bits -= 5;
                text.Append(Alphabet[(value >> bits) & 31]);
            }

            value &= (1 << bits) - 1;
        }

        return text.ToString();
    }

    [GeneratedRegex(@"\A[a-z0-9]{26}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
