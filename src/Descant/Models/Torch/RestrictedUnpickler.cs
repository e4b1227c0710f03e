using System.Buffers.Binary;
using System.Text;

namespace Descant.Models.Torch;

/// <summary>Reads the part of Python's pickle format that PyTorch's weights are made of, and runs nothing.</summary>
/// <remarks>
/// A pickle is a program that may name any function of the reader's machine. This reader knows four names (an ordered dictionary, two
/// that describe a tensor, and storages) and refuses every other, as it refuses instructions it does not know. Values: null, bool,
/// long, double, string, <see cref="TorchStorage"/>, <see cref="TorchTensor"/>, arrays (tuples), lists and dictionaries.
/// </remarks>
internal sealed class RestrictedUnpickler(Stream stream)
{
    private const int MostValues = 1_000_000;     // a weights file has some hundreds
    private const int LongestText = 1 << 20;
    private static readonly object s_mark = new();

    private readonly List<object?> _stack = [];
    private readonly Dictionary<int, object?> _memo = [];
    private int _values;

    /// <summary>Reads one pickle and leaves the stream behind it.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or wants anything else than tensors; the message says what.</exception>
    public object? Read()
    {
        while (true)
        {
            byte code = Byte();
            if (++_values > MostValues)
            {
                throw new InvalidDataException($"has more than {MostValues} instructions in its pickle");
            }

            if (code == '.')
            {
                return Pop();
            }

            Run(code);
        }
    }

    private void Run(byte code)
    {
        switch ((char)code)
        {
            case '\x80': Expect(Byte() is >= 2 and <= 4, "a protocol of 2 to 4"); break;
            case '\x95': Bytes(8); break;                                       // a frame's length
            case '(': _stack.Add(s_mark); break;
            case 'N': _stack.Add(null); break;
            case '\x88': _stack.Add(true); break;
            case '\x89': _stack.Add(false); break;
            case 'K': _stack.Add((long)Byte()); break;
            case 'M': _stack.Add((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
            case 'J': _stack.Add((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;
            case '\x8a': _stack.Add(LongOf(Bytes(Byte()))); break;
            case 'G': _stack.Add(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
            case 'X': _stack.Add(Text(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4)))); break;
            case '\x8c': _stack.Add(Text(Byte())); break;
            case ')': _stack.Add(Array.Empty<object?>()); break;
            case '\x85': _stack.Add(new[] { Pop() }); break;
            case '\x86': { object? b = Pop(); _stack.Add(new[] { Pop(), b }); break; }
            case '\x87': { object? c = Pop(), b = Pop(); _stack.Add(new[] { Pop(), b, c }); break; }
            case 't': _stack.Add(Marked()); break;
            case ']': _stack.Add(new List<object?>()); break;
            case 'a': { object? item = Pop(); Top<List<object?>>().Add(item); break; }
            case 'e': { object?[] items = Marked(); Top<List<object?>>().AddRange(items); break; }
            case '}': _stack.Add(new Dictionary<string, object?>(StringComparer.Ordinal)); break;
            case 's': { object? value = Pop(), key = Pop(); Set(key, value); break; }
            case 'u': SetAll(Marked()); break;
            case 'q': _memo[Byte()] = Peek(); break;
            case 'r': _memo[BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))] = Peek(); break;
            case '\x94': _memo[_memo.Count] = Peek(); break;
            case 'h': _stack.Add(Remembered(Byte())); break;
            case 'j': _stack.Add(Remembered(BinaryPrimitives.ReadInt32LittleEndian(Bytes(4)))); break;
            case 'c': _stack.Add(Known($"{Line()}.{Line()}")); break;
            case '\x93': { object? name = Pop(), module = Pop(); _stack.Add(Known($"{module}.{name}")); break; }
            case 'R': { object? arguments = Pop(), name = Pop(); _stack.Add(Make(name as Name, arguments as object?[])); break; }
            case 'Q': _stack.Add(Storage(Pop() as object?[])); break;
            case 'b': Expect(Pop() is Dictionary<string, object?> && Peek() is Dictionary<string, object?>, "facts about a dictionary"); break;
            default: throw new InvalidDataException($"has an instruction in its pickle that weights do not need (0x{code:x2}); nothing was run");
        }
    }

    /// <summary>The names that weights need; any other could do anything.</summary>
    private static Name Known(string name) => name switch
    {
        "collections.OrderedDict" or "torch._utils._rebuild_tensor_v2" or "torch._utils._rebuild_parameter" => new Name(name),
        _ when name.StartsWith("torch.", StringComparison.Ordinal) && name.EndsWith("Storage", StringComparison.Ordinal) => new Name(name),
        _ => throw new InvalidDataException($"asks for '{name}', which is no part of weights; nothing was run"),
    };

    private static object Make(Name? name, object?[]? arguments)
    {
        switch (name?.Text)
        {
            case "collections.OrderedDict" when arguments is []:
                return new Dictionary<string, object?>(StringComparer.Ordinal);
            case "torch._utils._rebuild_parameter" when arguments is [TorchTensor tensor, ..]:
                return tensor;
            case "torch._utils._rebuild_tensor_v2" when arguments is [TorchStorage storage, long offset, object?[] shape, object?[] strides, ..] && shape.Length == strides.Length:
                return new TorchTensor(storage, offset, [.. shape.Select(Size)], [.. strides.Select(stride => (long)Size(stride))]);
            default:
                throw new InvalidDataException($"makes '{name?.Text ?? "something"}' in a way that weights do not; nothing was run");
        }
    }

    private static int Size(object? value) => value is long and >= 0 and <= int.MaxValue
        ? (int)(long)value
        : throw new InvalidDataException($"has a tensor with an axis of '{value}'");

    private static TorchStorage Storage(object?[]? id) => id is ["storage", Name type, string key, _, long elements, ..] && elements >= 0
        ? new TorchStorage(key, type.Text[(type.Text.LastIndexOf('.') + 1)..], elements)
        : throw new InvalidDataException("refers to something outside itself that is no storage of numbers");

    private static object LongOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8)
        {
            return Convert.ToHexStringLower(bytes); // the magic number of old files is wider than any size
        }

        long value = bytes.Length > 0 ? (sbyte)bytes[^1] : 0; // two's complement, lowest byte first
        for (int i = bytes.Length - 2; i >= 0; i--)
        {
            value = (value << 8) | bytes[i];
        }

        return value;
    }

    private void Set(object? key, object? value) => Top<Dictionary<string, object?>>()[key as string ?? throw new InvalidDataException("has a dictionary whose keys are no text")] = value;

    private void SetAll(object?[] pairs)
    {
        Expect(pairs.Length % 2 == 0, "pairs of keys and values");
        for (int i = 0; i < pairs.Length; i += 2)
        {
            Set(pairs[i], pairs[i + 1]);
        }
    }

    private object?[] Marked()
    {
        int mark = _stack.LastIndexOf(s_mark);
        Expect(mark >= 0, "a mark");
        object?[] items = [.. _stack.Skip(mark + 1)];
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }

    private object? Remembered(int index) => _memo.TryGetValue(index, out object? value) ? value : throw new InvalidDataException("refers to a value that it never made");

    private T Top<T>()
        where T : class => Peek() as T ?? throw new InvalidDataException("has a pickle that is not put together as weights are");

    private object? Peek() => _stack.Count > 0 ? _stack[^1] : throw new InvalidDataException("has a pickle that takes more than it made");

    private object? Pop()
    {
        object? value = Peek();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private string Text(uint length)
    {
        Expect(length <= LongestText, "texts of at most a megabyte");
        return Encoding.UTF8.GetString(Bytes((int)length));
    }

    private string Line()
    {
        StringBuilder line = new();
        for (byte letter = Byte(); letter != '\n'; letter = Byte())
        {
            Expect(line.Length < 1000, "names of at most 1000 letters");
            line.Append((char)letter);
        }

        return line.ToString();
    }

    private byte Byte() => Bytes(1)[0];

    private byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        return stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false) == count ? bytes : throw new InvalidDataException("ends in the middle of its pickle");
    }

    private static void Expect(bool holds, string what)
    {
        if (!holds)
        {
            throw new InvalidDataException($"has a pickle in which {what} should be");
        }
    }

    private sealed record Name(string Text);
}
