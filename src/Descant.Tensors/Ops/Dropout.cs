namespace Descant.Tensors;

public sealed partial class Tensor
{
    /// <summary>Zeroes elements at random and scales the others by 1/(1 − rate), so that the expectation stays (inverted dropout).</summary>
    /// <param name="rate">Probability of zero, in [0, 1).</param>
    /// <remarks>
    /// Acts only while a tape records, and draws from the tape's seed: a step with the same seed drops the same elements,
    /// whatever the thread count and however often training was interrupted before it.
    /// </remarks>
    public Tensor Dropout(float rate)
    {
        if (rate is not (>= 0 and < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(rate), rate, $"dropout: the rate expects a value in [0, 1), got {rate}.");
        }

        if (rate == 0 || Engine.Tape is not { IsOpen: true } tape)
        {
            return this;
        }

        Tensor mask = Engine.Allocate(_shape, Layout.DenseLike(_shape, _strides));
        uint threshold = (uint)(rate * 65536.0);
        float keep = 1 / (1 - rate);
        Span<float> values = mask.DenseSpan();
        ulong state = tape.NextSeed(), draw = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (i % 4 == 0)
            {
                draw = SplitMix64.Next(ref state);
            }

            uint bits = (uint)(draw >> (16 * (i % 4))) & 0xFFFF; // four 16-bit draws from one 64-bit number
            values[i] = bits < threshold ? 0 : keep;
        }

        return this * mask;
    }

}
