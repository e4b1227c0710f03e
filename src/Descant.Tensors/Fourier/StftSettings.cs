namespace Descant.Tensors.Fourier;

/// <summary>A short-time Fourier transform's conventions. The defaults are those of torch and of Open-Unmix's inference.</summary>
/// <remarks>
/// librosa and torch: <c>new(fft, hop)</c>. Open-Unmix's training and Wave-U-Net's TensorFlow U-Net: <c>Center = false</c>, the
/// latter with <see cref="StftNormalisation.EndlessWindows"/>. Never scaled: the forward transform is the raw sum.
/// </remarks>
/// <param name="FftSize">Samples of one transform; the bins are FftSize/2 + 1.</param>
/// <param name="HopLength">Samples from one frame to the next.</param>
public sealed record StftSettings(int FftSize, int HopLength)
{
    /// <summary>Samples of the window, at most <see cref="FftSize"/>; a shorter one stands in its middle. 0 means FftSize.</summary>
    public int WindowLength { get; init; }

    /// <summary>Shape of the window.</summary>
    public WindowShape Window { get; init; } = WindowShape.Hann;

    /// <summary>Factor of the window (1/√4096 in GRU-RIS); the inverse undoes it.</summary>
    public double WindowScale { get; init; } = 1;

    /// <summary>Whether frame t is centred on sample t·hop (padding both ends by FftSize/2) rather than starting there.</summary>
    public bool Center { get; init; } = true;

    /// <summary>What a centred transform sees beyond the ends.</summary>
    public StftPadding Padding { get; init; } = StftPadding.Reflect;

    /// <summary>What the inverse divides by.</summary>
    public StftNormalisation Normalisation { get; init; } = StftNormalisation.OverlappingWindows;

    /// <summary>The window with its scale, <see cref="FftSize"/> long, zero outside <see cref="WindowLength"/>.</summary>
    public double[] WindowSamples()
    {
        int length = WindowLength == 0 ? FftSize : WindowLength;
        double[] window = new double[FftSize];
        int start = (FftSize - length) / 2;
        for (int n = 0; n < length; n++)
        {
            double cosine = Math.Cos(2 * Math.PI * n / length);
            window[start + n] = WindowScale * Window switch
            {
                WindowShape.Hann => 0.5 - (0.5 * cosine),
                WindowShape.Hamming => 0.54 - (0.46 * cosine),
                _ => 1,
            };
        }

        return window;
    }

    /// <summary>Refuses settings that mean nothing.</summary>
    /// <exception cref="ArgumentException">One line: what was expected and what was given.</exception>
    internal void Check()
    {
        if (FftSize < 1 || HopLength < 1 || WindowLength < 0 || WindowLength > FftSize || !(Math.Abs(WindowScale) > 0))
        {
            throw new ArgumentException(
                $"Stft: expected FftSize and HopLength of at least 1, WindowLength of 0 to FftSize and a WindowScale other than 0, got {this}");
        }
    }
}
