using Descant.Tensors;

namespace Descant.Nn;

/// <summary>Sines and cosines that tell an attention layer where in a sequence a frame is.</summary>
/// <remarks>Vaswani et al., NeurIPS 2017, section 3.5: feature 2i of frame t is sin(t / 10000^(2i/width)), feature 2i + 1 the cosine.</remarks>
public static class PositionalEncoding
{
    /// <summary>The features to be added to a sequence.</summary>
    /// <param name="engine">Where they are made.</param>
    /// <param name="frames">Length of the sequence.</param>
    /// <param name="width">Features.</param>
    /// <returns>[frames, width], in [-1, 1].</returns>
    public static Tensor Sinusoidal(Engine engine, int frames, int width)
    {
        ArgumentNullException.ThrowIfNull(engine);
        float[] values = new float[frames * width];
        for (int feature = 0; feature < width; feature++)
        {
            double frequency = Math.Pow(10000, -(feature - (feature % 2)) / (double)width); // radians per frame
            for (int frame = 0; frame < frames; frame++)
            {
                double angle = frame * frequency;
                values[(frame * width) + feature] = (float)(feature % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
            }
        }

        return engine.Tensor(values, frames, width);
    }
}
