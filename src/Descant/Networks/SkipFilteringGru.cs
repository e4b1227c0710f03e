using Descant.Nn;
using Descant.Tensors;
using Descant.Tensors.Fourier;

namespace Descant.Networks;

/// <summary>GRU-NRI and GRU-RIS, S0's rivals: recurrent layers make a mask, the masked mixture skips to the output and is denoised there.</summary>
/// <remarks>
/// Mimilakis, Drossos, Santos, Schuller, Virtanen and Bengio, "Monaural singing voice separation with skip-filtering connections and
/// recurrent inference of time-frequency mask", ICASSP 2018, with the numbers of its code (Js-Mim/mss_pytorch). Encoder: a bidirectional
/// GRU over the lowest bins, the input added to both directions. Decoder: a GRU, with recurrent inference (RIS) applied to its own
/// output until it stands still. Then a rectified linear layer masks the mixture, and two more mask the result (the denoiser).
/// Deviations: the input is added to what the encoder gives, as in the paper (the code adds it to the running state, and pairs each
/// frame with its mirror image); recurrent weights begin uniform, not orthogonal; the penalty of the mask's diagonal has a gradient
/// (the code's has none). A segment is separated as a batch of sequences as long as those of training, which overlap by their contexts.
/// </remarks>
public sealed class SkipFilteringGru : Network
{
    private const float Smallest = 1e-6f; // inside the divergence's logarithms

    private readonly SkipFilteringGruOptions _options;
    private readonly Stft _stft;
    private readonly Gru _encoder;
    private readonly Gru _decoder;
    private readonly Linear _mask;
    private readonly IReadOnlyList<Linear> _denoiser;

    /// <summary>Builds the network with fresh weights.</summary>
    public SkipFilteringGru(SkipFilteringGruOptions options, Initializer init)
    {
        if (options.SequenceFrames <= 2 * options.ContextFrames)
        {
            throw new ArgumentException($"skip-filtering gru: a sequence expects more frames than its contexts, {2 * options.ContextFrames}, got {options.SequenceFrames}.");
        }

        _options = options;
        _stft = new Stft(new StftSettings(options.FftSize, options.HopLength)
        {
            Window = WindowShape.Hamming,
            WindowLength = options.WindowLength,
            WindowScale = 1 / Math.Sqrt(options.FftSize),
        });
        int bins = (options.FftSize / 2) + 1, seen = options.SeenBins, states = options.IsRecurrent ? 2 * seen : seen;
        _encoder = Child("encoder", new Gru(seen, seen, init, isBidirectional: true));
        _decoder = Child("decoder", new Gru(2 * seen, states, init));
        _mask = Child("mask", new Linear(states, bins, init));
        _denoiser = Children("denoiser", [new Linear(bins, bins / 2, init), new Linear(bins / 2, bins, init)]);
    }

    /// <inheritdoc/>
    public override int SampleRate => _options.SampleRate;

    /// <inheritdoc/>
    public override int Channels => 1;

    /// <inheritdoc/>
    public override IReadOnlyList<string> Sources { get; } = ["vocals", "accompaniment"];

    /// <inheritdoc/>
    public override int SegmentSamples => (_options.SegmentFrames - 1) * _options.HopLength;

    /// <inheritdoc/>
    public override int ContextSamples => _options.ContextFrames * _options.HopLength;

    /// <inheritdoc/>
    public override int ExcerptSamples => (_options.SequenceFrames - 1) * _options.HopLength;

    /// <inheritdoc/>
    public override Tensor Separate(Tensor mixture)
    {
        Tensor spectrum = mixture.Stft(_stft);                                          // [2, batch, 1, bins, frames]
        Tensor vocals = InSequences(Magnitudes(spectrum));                              // [frames, batch, bins]
        Tensor waveform = Resynthesis.GriffinLim(vocals.Transpose(0, 1), spectrum, _stft, _options.GriffinLimIterations, mixture.Size(2));
        return Tensor.Stack(1, waveform, mixture - waveform);
    }

    /// <summary>With all iterations: when the decoder stands still is a matter of weights and music.</summary>
    internal override void CountedPass(Tensor excerpt) => Forward(Magnitudes(excerpt.Stft(_stft)), contextFrames: 0, tolerance: 0);

    /// <inheritdoc/>
    public override Tensor Loss(TrainingBatch batch)
    {
        int context = _options.ContextFrames;
        Tensor sound = batch.Mixture.Detach();
        Tensor mixture = Magnitudes(sound.Stft(_stft)), voice = Magnitudes(batch.Sources.Select(1, 0).Stft(_stft));

        // An ideal ratio of voice to voice and mixture, hence at most about a half, hence doubled (nnet_helpers.py).
        Tensor target = (mixture * voice / (mixture + voice + Smallest) * 2f).Clamp(0, 1).Slice(0, context, mixture.Size(0) - (2 * context));
        Tensor known = batch.KnownFrequencies(Enumerable.Range(0, mixture.Size(2)).Select(bin => (float)bin * SampleRate / _options.FftSize)).Unsqueeze(0);
        (Tensor masked, Tensor denoised) = Forward(mixture.Clamp(0, 1).On(batch.Mixture.Engine), context);
        Tensor loss = Divergence(target, denoised, known), maskLoss = Divergence(target, masked, known);
        if (maskLoss.Item() >= _options.MaskThreshold && loss.Item() >= _options.GoodThreshold)
        {
            loss += maskLoss;
        }

        Engine engine = batch.Mixture.Engine;
        Tensor squares = _denoiser[1].Weight.On(engine).Square().Sum().Reshape();
        return loss + (Diagonal(_mask.Weight.On(engine)).Abs().Sum().Reshape() * _options.MaskPenalty) + (squares * _options.DenoiserPenalty);
    }

    /// <summary>Estimates the voice's magnitudes, [frames, batch, bins], of a mixture of any length in sequences of training's length, all at once.</summary>
    private Tensor InSequences(Tensor mixture)
    {
        int context = _options.ContextFrames, kept = _options.SequenceFrames - (2 * context);
        (int frames, int batch, int bins) = (mixture.Size(0), mixture.Size(1), mixture.Size(2));
        int count = (frames + kept - 1) / kept;
        Tensor padded = mixture.PadZeros(0, context, (count * kept) - frames + context);
        Tensor sequences = Tensor.Concat(1, [.. Enumerable.Range(0, count).Select(i => padded.Slice(0, i * kept, _options.SequenceFrames))]);
        Tensor voice = Forward(sequences, context).Denoised;                            // [kept, count · batch, bins]
        return voice.Reshape(kept, count, batch, bins).Transpose(0, 1).Reshape(count * kept, batch, bins).Slice(0, 0, frames);
    }

    /// <summary>Estimates the voice's magnitudes.</summary>
    /// <param name="mixture">Magnitudes of the mixture, [frames, batch, bins], ≥ 0.</param>
    /// <param name="contextFrames">Frames at each end that only the encoder sees.</param>
    /// <param name="tolerance">The decoder stands still when the mean square of a change is below this; null for that of the options, 0 never.</param>
    /// <returns>The masked mixture and the denoised one, without the context.</returns>
    internal (Tensor Masked, Tensor Denoised) Forward(Tensor mixture, int contextFrames, float? tolerance = null)
    {
        int frames = mixture.Size(0) - (2 * contextFrames);
        Tensor seen = mixture.Slice(2, 0, _options.SeenBins);
        Tensor encoded = (_encoder.Forward(seen) + Tensor.Concat(2, seen, seen)).Slice(0, contextFrames, frames);
        Tensor masked = _mask.Forward(Decode(encoded, tolerance ?? _options.Tolerance)).Relu() * mixture.Slice(0, contextFrames, frames);
        Tensor gain = _denoiser[1].Forward(_denoiser[0].Forward(masked).Relu()).Relu();
        return (masked, gain * masked);
    }

    private Tensor Decode(Tensor encoded, float tolerance)
    {
        Tensor states = _decoder.Forward(encoded);
        for (int iteration = 0; _options.IsRecurrent && iteration < _options.MostIterations; iteration++)
        {
            Tensor next = _decoder.Forward(states);
            bool standsStill = Tensor.MseLoss(next.Detach(), states.Detach()).Item() < tolerance;
            states = next;
            if (standsStill)
            {
                break;
            }
        }

        return states;
    }

    /// <summary>Generalised Kullback–Leibler divergence, summed over bins, averaged over frames: a scalar.</summary>
    internal static Tensor Divergence(Tensor target, Tensor estimate, Tensor known)
    {
        Tensor ratio = (target + Smallest).Log() - (estimate + Smallest).Log();
        return (((target * ratio) + estimate - target) * known).Mean().Reshape() * target.Size(2);
    }

    /// <summary>The diagonal of a matrix: a row with one more column makes every step go one to the right.</summary>
    private static Tensor Diagonal(Tensor matrix)
    {
        int size = Math.Min(matrix.Size(0), matrix.Size(1));
        Tensor square = matrix.Slice(0, 0, size).Slice(1, 0, size).Reshape(size * size);
        return square.PadZeros(0, 0, size).Reshape(size, size + 1).Slice(1, 0, 1).Reshape(size);
    }

    /// <summary>[frames, batch, bins].</summary>
    private static Tensor Magnitudes(Tensor spectrum) =>
        Tensor.Hypotenuse(spectrum.Select(0, 0), spectrum.Select(0, 1)).Select(1, 0).Permute(2, 0, 1);
}
