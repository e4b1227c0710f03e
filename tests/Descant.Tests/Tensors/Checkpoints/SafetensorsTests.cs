using System.Buffers.Binary;
using System.Text;
using Descant.Tensors.Checkpoints;

namespace Descant.Tests.Tensors.Checkpoints;

/// <summary>The checkpoint format, against files that numpy wrote and read and against bytes made by hand.</summary>
public sealed class SafetensorsTests : IDisposable
{
    private static readonly Dictionary<string, string> Metadata = new()
    {
        ["model"] = "descant",
        ["config"] = "{\"depth\": 6, \"name\": \"Grüße\"}",
    };

    private static readonly (string Name, IReadOnlyList<int> Shape)[] Layout =
    [
        ("a.weight", [2, 3, 4]), ("a.bias", [5]), ("Übung \"x\"", [3]), ("empty", [0, 2]), ("scalar", []),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("descant-safetensors-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Reads_every_type_from_a_file_that_numpy_wrote()
    {
        using SafetensorsFile file = SafetensorsFile.Open(Fixture("safetensors.safetensors"));
        Assert.Equal("test", file.Metadata["model"]);
        Assert.Equal("{\"depth\": 6, \"name\": \"Grüße\"}", file.Metadata["config"]);
        Assert.Equal([3, 4, 2], file["layer.weight"].Shape);
        AssertClose(Values(0, 24), file.Read("layer.weight"), 6e-8);       // half a unit of the last place at 1
        AssertClose(Values(1, 7), file.Read("layer.half"), 2.5e-4);       // binary16 rounds to 2^-12 at 1
        AssertClose(Values(2, 5), file.Read("layer.brain"), 7.9e-3);      // bfloat16, truncated: 2^-7 at 1
        AssertClose(Values(3, 4), file.Read("Übung \"x\""), 6e-8);
        Assert.Equal([0.5f], file.Read("scalar"));
        Assert.Empty(file["scalar"].Shape);
        Assert.Empty(file.Read("empty"));
        Assert.Equal("I64", file["count"].TypeName);
        string message = Assert.Throws<InvalidDataException>(() => file.Read("count")).Message;
        Assert.Contains("'count'", message, StringComparison.Ordinal);
        Assert.Contains($"byte {file["count"].FileOffset}", message, StringComparison.Ordinal);
        Assert.Contains("7 others", Assert.Throws<InvalidDataException>(() => file["missing"]).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => file.Read("scalar", new float[2]));
    }

    [Theory]
    [InlineData(SafetensorsType.F32, "csharp.safetensors")]
    [InlineData(SafetensorsType.F16, "csharp_f16.safetensors")]
    public void Writes_the_bytes_that_numpy_has_checked(SafetensorsType type, string fixture)
    {
        string path = Path.Combine(_folder, "a.safetensors");
        using (var writer = new SafetensorsWriter(path, Layout, Metadata, type))
        {
            foreach (int k in new[] { 3, 1, 4, 0, 2 })   // the order of writing is free
            {
                writer.Write(Layout[k].Name, Values(k, Layout[k].Shape.Aggregate(1, (a, b) => a * b)));
            }

            writer.Complete();
        }

        if (Environment.GetEnvironmentVariable("DESCANT_WRITE_FIXTURES") == "1")
        {
            File.Copy(path, Fixture(fixture), overwrite: true);
        }

        Assert.Equal(File.ReadAllBytes(Fixture(fixture)), File.ReadAllBytes(path));
    }

    [Fact]
    public void Survives_a_round_trip_bit_for_bit_including_special_values_and_several_blocks()
    {
        float[] special = [0f, -0f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, float.MaxValue, -1.5f];
        float[] large = [.. Enumerable.Range(0, 100_003).Select(i => (i % 4001) - 2000f)];   // integers to 2048 are exact in F16
        foreach (SafetensorsType type in new[] { SafetensorsType.F32, SafetensorsType.F16 })
        {
            string path = Path.Combine(_folder, $"{type}.safetensors");
            using (var writer = new SafetensorsWriter(path, [("special", [8]), ("large", [100_003])], type: type))
            {
                writer.Write("special", special);
                writer.Write("large", large);
                writer.Complete();
            }

            using SafetensorsFile file = SafetensorsFile.Open(path);
            Assert.Empty(file.Metadata);
            Assert.Equal(large, file.Read("large"));
            float[] expected = type == SafetensorsType.F32 ? special : [.. special.Select(v => (float)(Half)v)];
            Assert.Equal(expected.Select(BitConverter.SingleToInt32Bits), file.Read("special").Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void An_unfinished_write_leaves_the_previous_file_whole()
    {
        string path = Path.Combine(_folder, "a.safetensors");
        File.WriteAllText(path, "previous");
        using (var writer = new SafetensorsWriter(path, [("a", [1]), ("b", [1])]))
        {
            writer.Write("a", [1f]);
            Assert.Contains("'b'", Assert.Throws<InvalidOperationException>(writer.Complete).Message, StringComparison.Ordinal);
            Assert.Contains("twice", Assert.Throws<ArgumentException>(() => writer.Write("a", [1f])).Message, StringComparison.Ordinal);
            Assert.Contains("not declared", Assert.Throws<ArgumentException>(() => writer.Write("c", [1f])).Message, StringComparison.Ordinal);
            Assert.Contains("expects 1 elements, got 2", Assert.Throws<ArgumentException>(() => writer.Write("b", [1f, 2f])).Message, StringComparison.Ordinal);
        }

        Assert.Equal("previous", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void Reads_bytes_made_by_hand()
    {
        string path = Make("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}", [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        Assert.Equal([1f, -2f], file.Read("x"));
        Assert.Equal(8 + 54, file["x"].FileOffset);
    }

    [Theory]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,12]}}", 12, "[2] does not fit data_offsets [0, 12] of 12 bytes")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}", 8, "within the 8 bytes of data, got [0, 12]")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,4]}}", 8, "got [8, 4]")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 8, "4 more bytes that no tensor claims")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "leaves a hole")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"y\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "'y' overlaps")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "expected an integer from 0 to 2147483647, got -1")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "got 1.5")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[2147483647,2147483647,2147483647],\"data_offsets\":[0,4]}}", 4, "does not fit")]
    [InlineData("{\"x\":{\"dtype\":\"Q4\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "unknown dtype 'Q4'")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "two data_offsets")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"more\":1}}", 4, "got 'more'")]
    [InlineData("{\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "'x' twice")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", 0, "expects String here, got Number")]
    [InlineData("{\"x\":3}", 0, "expects StartObject here, got Number")]
    [InlineData("[1,2]", 0, "begin with '{'")]
    [InlineData("{\"x\":", 0, "not valid JSON")]
    [InlineData("{} {}", 0, "not valid JSON")]
    public void Refuses_a_broken_header_naming_path_and_byte(string header, int dataBytes, string expected)
    {
        string path = Make(header, new byte[dataBytes]);
        string message = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path)).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
        Assert.StartsWith(path, message, StringComparison.Ordinal);
        Assert.Contains("at byte ", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_a_length_that_the_file_cannot_hold_without_allocating_it()
    {
        foreach ((ulong length, string expected) in new[]
        {
            (ulong.MaxValue, "got 18446744073709551615"), (100_000_001UL, "2 to 100000000"), (99_999_999UL, "got only 2 bytes"), (1UL, "got 1"),
        })
        {
            byte[] bytes = new byte[10];
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
            bytes[8] = (byte)'{';
            string path = Path.Combine(_folder, "length.safetensors");
            File.WriteAllBytes(path, bytes);
            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path)).Message, StringComparison.Ordinal);
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
        }

        string empty = Path.Combine(_folder, "empty.safetensors");
        File.WriteAllBytes(empty, []);
        Assert.Contains("a file of 0", Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(empty)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_to_declare_what_the_format_cannot_hold()
    {
        string path = Path.Combine(_folder, "a.safetensors");
        Assert.Contains("__metadata__", Assert.Throws<ArgumentException>(() => new SafetensorsWriter(path, [("__metadata__", [1])])).Message, StringComparison.Ordinal);
        Assert.Contains("'a' twice", Assert.Throws<ArgumentException>(() => new SafetensorsWriter(path, [("a", [1]), ("a", [2])])).Message, StringComparison.Ordinal);
        Assert.Contains("[-1]", Assert.Throws<ArgumentException>(() => new SafetensorsWriter(path, [("a", [-1])])).Message, StringComparison.Ordinal);
        Assert.Contains("BF16", Assert.Throws<ArgumentException>(() => new SafetensorsWriter(path, [], type: SafetensorsType.BF16)).Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    private static string Fixture(string name) => Path.Combine(Checkout.Root, "tests", "Descant.Tests", "Fixtures", name);

    private static float[] Values(int k, int count) => [.. Enumerable.Range(0, count).Select(i => (float)Math.Sin(1 + i + (100 * k)))];

    private static void AssertClose(float[] expected, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.InRange(Math.Abs(pair.First - pair.Second), 0, tolerance));
    }

    private string Make(string header, byte[] data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        string path = Path.Combine(_folder, "hand.safetensors");
        File.WriteAllBytes(path, [.. prefix, .. json, .. data]);
        return path;
    }
}
