using Descant.Tensors;
using Descant.Tests.Fixtures;

namespace Descant.Tests.Tensors;

/// <summary>Recurrent layers, stacked from the operation's single layers.</summary>
internal static partial class OperationTable
{
    private static Dictionary<string, Tensor> Lstm(OperationCase c, IReadOnlyDictionary<string, Tensor> t)
    {
        int directions = c.Flag("bidirectional") ? 2 : 1;
        Tensor y = t["x"];
        List<Tensor> hidden = [], cell = [];
        for (int layer = 0; layer < c.Integer("layers"); layer++)
        {
            Tensor h = t["h0"].Slice(0, layer * directions, directions), s = t["c0"].Slice(0, layer * directions, directions);
            y = y.Lstm(Weights(t, layer, ""), directions == 2 ? Weights(t, layer, "_reverse") : null, ref h, ref s);
            hidden.Add(h);
            cell.Add(s);
        }

        return new() { ["y"] = y, ["hn"] = Tensor.Concat(0, [.. hidden]), ["cn"] = Tensor.Concat(0, [.. cell]) };
    }

    private static Dictionary<string, Tensor> Gru(OperationCase c, IReadOnlyDictionary<string, Tensor> t)
    {
        int directions = c.Flag("bidirectional") ? 2 : 1;
        Tensor y = t["x"];
        List<Tensor> hidden = [];
        for (int layer = 0; layer < c.Integer("layers"); layer++)
        {
            Tensor h = t["h0"].Slice(0, layer * directions, directions);
            y = y.Gru(Weights(t, layer, ""), directions == 2 ? Weights(t, layer, "_reverse") : null, ref h);
            hidden.Add(h);
        }

        return new() { ["y"] = y, ["hn"] = Tensor.Concat(0, [.. hidden]) };
    }

    private static RecurrentWeights Weights(IReadOnlyDictionary<string, Tensor> t, int layer, string suffix) => new(
        t[$"weight_ih_l{layer}{suffix}"], t[$"weight_hh_l{layer}{suffix}"], t[$"bias_ih_l{layer}{suffix}"], t[$"bias_hh_l{layer}{suffix}"]);
}
