namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>Short-time Fourier transform of the last axis.</summary>
    /// <param name="transform">Conventions and plan; see <see cref="Fourier.StftSettings"/>.</param>
    /// <returns>Real and imaginary parts, [2, …, bins, frames] of […, samples]; bins innermost in memory.</returns>
    public Tensor Stft(Fourier.Stft transform)
    {
        if (Rank == 0 || Size(-1) + (2L * (transform.Settings.Center ? transform.Settings.FftSize / 2 : 0)) < transform.Settings.FftSize)
        {
            throw new ArgumentException($"stft: expects samples on the last axis, at least {transform.Settings.FftSize} without centring, got {this}. Pad it.");
        }

        Tensor x = AsRowMajor();
        int samples = Size(-1), frames = transform.Frames(samples);
        int[] leading = _shape[..^1];
        Tensor y = Engine.AllocateFrameMajor([2, .. leading], transform.Bins, frames);
        int rows = Layout.Count(leading), plane = y.ElementCount / 2;
        if (rows > 0)
        {
            Span<float> parts = y.DenseSpan();
            transform.Forward(x.DenseSpan(), rows, parts[..plane], parts[plane..], Engine.Workers);
        }

        return Engine.Record(y, [this], g =>
        {
            Tensor spectrum = g.AsFrameMajor();
            Tensor gradient = g.Engine.Allocate([.. leading, samples]);
            if (rows > 0)
            {
                Span<float> parts = spectrum.DenseSpan();
                transform.ForwardAdjoint(parts[..plane], parts[plane..], rows, gradient.DenseSpan(), g.Engine.Workers);
            }

            return [gradient];
        });
    }

    /// <summary>The inverse of <see cref="Stft"/> by overlap-add.</summary>
    /// <param name="transform">Conventions and plan.</param>
    /// <param name="samples">Length of the result; what no frame reaches is 0.</param>
    /// <returns>[…, samples] of [2, …, bins, frames].</returns>
    public Tensor InverseStft(Fourier.Stft transform, int samples)
    {
        if (Rank < 3 || Size(0) != 2 || Size(-2) != transform.Bins)
        {
            throw new ArgumentException($"inverse stft: expects [2, …, {transform.Bins} bins, frames], got {this}.");
        }

        ArgumentOutOfRangeException.ThrowIfNegative(samples);
        Tensor spectrum = AsFrameMajor();
        int[] leading = _shape[1..^2];
        int frames = Size(-1), rows = Layout.Count(leading), plane = ElementCount / 2;
        Tensor y = Engine.Allocate([.. leading, samples]);
        if (rows > 0)
        {
            Span<float> parts = spectrum.DenseSpan();
            transform.Inverse(parts[..plane], parts[plane..], rows, y.DenseSpan(), Engine.Workers);
        }

        return Engine.Record(y, [this], g =>
        {
            Tensor gradient = g.Engine.AllocateFrameMajor([2, .. leading], transform.Bins, frames);
            if (rows > 0)
            {
                Span<float> parts = gradient.DenseSpan();
                transform.InverseAdjoint(g.AsRowMajor().DenseSpan(), rows, parts[..plane], parts[plane..], g.Engine.Workers);
            }

            return [gradient];
        });
    }

    private Tensor AsFrameMajor()
    {
        int[] axes = [.. Enumerable.Range(0, Rank - 2), Rank - 1, Rank - 2];
        return Permute(axes).AsRowMajor();
    }
}
