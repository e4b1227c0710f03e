namespace Descant.Tensors;

/// <summary>What was computed from a parameter's values and stays valid until they change: packed weights, folded filters.</summary>
internal sealed class DerivedValues
{
    private readonly Lock _lock = new();
    private List<Entry>? _entries;

    /// <summary>The value for <paramref name="key"/>, made (or remade from its stale predecessor) when <paramref name="version"/> moved on.</summary>
    public T Get<T>(object key, long version, Func<T?, T> make)
        where T : class
    {
        lock (_lock)
        {
            _entries ??= [];
            Entry? entry = _entries.Find(e => e.Key.Equals(key));
            if (entry is null)
            {
                _entries.Add(entry = new Entry(key));
            }

            if (entry.Value is null || entry.Version != version)
            {
                entry.Value = make((T?)entry.Value);
                entry.Version = version;
            }

            return (T)entry.Value;
        }
    }

    private sealed class Entry(object key)
    {
        public object Key { get; } = key;

        public object? Value { get; set; }

        public long Version { get; set; }
    }
}
