using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Kernels;

namespace Descant.Benchmarks;

/// <summary>A U-Net of plain 3 × 3 convolutions without normalisation, on two seconds of a 1025-bin spectrogram: the shapes of S3.</summary>
internal static class PlainUNetWorkload
{
    /// <summary>Inference of one spectrogram.</summary>
    public static Workload Full { get; } = new("unet3x3-full", 49.34, engine =>
    {
        PlainUNet network = new(new Initializer(engine, seed: 1));
        Tensor mixture = MatrixWorkloads.Noise(engine, 2, 1, 1, 1025, 173);
        return () =>
        {
            using Engine scope = engine.Scope();
            network.Forward(mixture.On(scope));
        };
    });

    private sealed class PlainUNet : Module
    {
        private static readonly int[] Widths = [32, 64, 128, 256];

        private readonly IReadOnlyList<Pair> _encoders;
        private readonly IReadOnlyList<ConvTranspose2d> _ups;
        private readonly IReadOnlyList<Pair> _decoders;
        private readonly Conv2d _head;

        public PlainUNet(Initializer init)
        {
            int[] levels = [2, 1, 0];
            _encoders = Children("encoder", Widths.Select((width, i) => new Pair(i == 0 ? 1 : Widths[i - 1], width, init)));
            _ups = Children("up", levels.Select(i => new ConvTranspose2d(Widths[i + 1], Widths[i], 2, init, stride: 2)));
            _decoders = Children("decoder", levels.Select(i => new Pair(2 * Widths[i], Widths[i], init)));
            _head = Child("head", new Conv2d(Widths[0], 4, 1, init));
        }

        public Tensor Forward(Tensor x)
        {
            Stack<Tensor> skips = new();
            foreach (Pair encoder in _encoders)
            {
                x = encoder.Forward(skips.Count == 0 ? x : x.MaxPool2d(2));
                skips.Push(x);
            }

            skips.Pop();
            for (int i = 0; i < _ups.Count; i++)
            {
                Tensor skip = skips.Pop(), up = _ups[i].Forward(x);
                up = up.PadZeros(3, 0, skip.Size(3) - up.Size(3)).PadZeros(2, 0, skip.Size(2) - up.Size(2));
                x = _decoders[i].Forward(skip, up);
            }

            return _head.Forward([x], Activation.Relu);
        }
    }

    private sealed class Pair : Module
    {
        private readonly Conv2d _first;
        private readonly Conv2d _second;

        public Pair(int inputs, int outputs, Initializer init)
        {
            _first = Child("0", new Conv2d(inputs, outputs, 3, init, padding: 1));
            _second = Child("1", new Conv2d(outputs, outputs, 3, init, padding: 1));
        }

        public Tensor Forward(params ReadOnlySpan<Tensor> inputs) =>
            _second.Forward([_first.Forward(inputs, Activation.Relu)], Activation.Relu);
    }
}
