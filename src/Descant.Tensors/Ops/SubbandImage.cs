using System.Buffers;
using System.Numerics;

namespace Descant.Tensors;

/// <summary>Between a stereo spectrum and the image whose channels are its subbands: one pass each way instead of a dozen over memory.</summary>
public sealed unsafe partial class Tensor
{
    /// <summary>Added to powers before their roots are taken, so that silence divides by something.</summary>
    internal const float SubbandPowerFloor = 1e-6f;

    private const int FramesPerJob = 16;

    /// <summary>
    /// Eight views of a stereo spectrum, compressed by the square root: the magnitudes |x|/(|x|² + 10⁻⁶)^¼ of left, right, middle (l + r)/2 and
    /// side (l − r)/2, then x/(|x|² + 10⁻⁶)^¼ of left and right, real parts before imaginary ones.
    /// </summary>
    /// <param name="gain">What each item is multiplied by first, [batch].</param>
    /// <param name="scale">What each bin of the views is multiplied by, [bins − 1].</param>
    /// <param name="subbands">Contiguous parts of the spectrum to be stacked as channels.</param>
    /// <param name="multiple">Columns are added until their number is a multiple of this; they hold zeros.</param>
    /// <returns>[batch, 8 · subbands, (bins − 1)/subbands, columns] of [2, batch, 2, bins, frames], channels innermost in memory. Data, so that no gradient passes; the last bin is left out.</returns>
    internal Tensor SubbandViews(Tensor gain, Tensor scale, int subbands, int multiple)
    {
        SubbandShape size = SubbandShape.Of("subband views", this, subbands, multiple);
        Tensor spectrum = AsFrameMajor();
        int channels = 8 * subbands;
        int[] shape = [size.Batch, channels, size.Rows, size.Columns];
        Tensor y = Engine.Allocate(shape, Layout.ChannelsLast(shape));
        float* from = spectrum.Pointer(), to = y.Pointer(), scales = scale.AsRowMajor().Pointer();
        float[] gains = gain.ToArray();
        Engine.Workers.Run(size.Jobs, (job, _) =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(channels * size.LineStride);
            fixed (float* lines = rented)
            {
                (int item, int first, int last) = size.Columns16(job);
                for (int column = first; column < last; column++)
                {
                    if (column < size.Frames)
                    {
                        View(size, from, item, column, gains[item], scales, lines);
                    }
                    else
                    {
                        new Span<float>(lines, channels * size.LineStride).Clear();
                    }

                    size.Scatter(lines, to, channels, item, column);
                }
            }

            ArrayPool<float>.Shared.Return(rented);
        });
        return Engine.Record(y, [this], _ => [null]);
    }

    /// <summary>Multiplies a stereo spectrum by complex masks that lie in an image whose channels are subbands.</summary>
    /// <param name="spectrum">[2, batch, 2, bins, frames]; data, so that no gradient passes to it.</param>
    /// <param name="subbands">Contiguous parts of the spectrum that the channels stand for.</param>
    /// <returns>
    /// [2, batch, masks · 2, bins, frames] of [batch, masks · 2 · 2 · subbands, rows, columns], whose channels count masks, left and right,
    /// real and imaginary, and subbands, in this order; columns beyond the frames are ignored and the last bin is 0.
    /// </returns>
    internal Tensor SubbandMask(Tensor spectrum, int subbands)
    {
        SubbandShape size = SubbandShape.Of("subband mask", spectrum, subbands, 1) with { Columns = Size(3) };
        int channels = Size(1), signals = channels / (2 * subbands);
        if (Rank != 4 || Size(0) != size.Batch || Size(2) != size.Rows || Size(3) < size.Frames || channels % (4 * subbands) != 0)
        {
            throw new ArgumentException($"subband mask: expects [{size.Batch}, masks · {4 * subbands}, {size.Rows}, at least {size.Frames}] for {spectrum}, got {this}.");
        }

        Tensor mask = ChannelsLast(), x = spectrum.Detach().AsFrameMajor();
        Tensor y = Engine.AllocateFrameMajor([2, size.Batch, signals], size.Bins + 1, size.Frames);
        float* masks = mask.Pointer(), mixture = x.Pointer(), to = y.Pointer();
        nint plane = y.ElementCount / 2;
        Engine.Workers.Run(size.Jobs, (job, _) =>
        {
            float[] rented = ArrayPool<float>.Shared.Rent(channels * size.LineStride);
            fixed (float* lines = rented)
            {
                (int item, int first, int last) = size.Columns16(job);
                for (int column = first; column < Math.Min(last, size.Frames); column++)
                {
                    size.Gather(masks, lines, channels, item, column);
                    for (int signal = 0; signal < signals; signal++)
                    {
                        float* real = to + ((((nint)item * signals) + signal) * size.Frames + column) * (size.Bins + 1);
                        Multiply(size, mixture, item, signal % 2, column, lines + (signal * 2 * subbands * size.LineStride), real, real + plane);
                    }
                }
            }

            ArrayPool<float>.Shared.Return(rented);
        });
        return Engine.Record(y, [this], g =>
        {
            Tensor gradient = g.AsFrameMajor();
            Tensor dMask = g.Engine.Allocate(mask.Shape, Layout.ChannelsLast(mask.Shape));
            float* from = gradient.Pointer(), into = dMask.Pointer(), known = x.Pointer();
            g.Engine.Workers.Run(size.Jobs, (job, _) =>
            {
                float[] rented = ArrayPool<float>.Shared.Rent(channels * size.LineStride);
                fixed (float* lines = rented)
                {
                    (int item, int first, int last) = size.Columns16(job);
                    for (int column = first; column < last; column++)
                    {
                        new Span<float>(lines, channels * size.LineStride).Clear();
                        for (int signal = 0; signal < signals && column < size.Frames; signal++)
                        {
                            float* real = from + ((((nint)item * signals) + signal) * size.Frames + column) * (size.Bins + 1);
                            MultiplyTransposed(size, known, item, signal % 2, column, real, real + plane, lines + (signal * 2 * subbands * size.LineStride));
                        }

                        size.Scatter(lines, into, channels, item, column);
                    }
                }

                ArrayPool<float>.Shared.Return(rented);
            });
            return [dMask];
        });
    }

    private static void View(SubbandShape size, float* spectrum, int item, int frame, float gain, float* scales, float* lines)
    {
        float* leftReal = size.Frame(spectrum, item, 0, frame, out float* leftImaginary);
        float* rightReal = size.Frame(spectrum, item, 1, frame, out float* rightImaginary);
        int lane = Vector<float>.Count;
        Vector<float> floor = new(SubbandPowerFloor), half = new(0.5f);
        int step = size.Subbands * size.LineStride; // from one view to the next
        for (int band = 0; band < size.Subbands; band++)
        {
            int bin = band * size.Rows;
            float* line = lines + (band * size.LineStride);
            for (int row = 0; row < size.Rows; row += lane, bin += lane)
            {
                Vector<float> scale = Vector.Load(scales + bin);
                Vector<float> lr = Vector.Load(leftReal + bin) * gain, li = Vector.Load(leftImaginary + bin) * gain;
                Vector<float> rr = Vector.Load(rightReal + bin) * gain, ri = Vector.Load(rightImaginary + bin) * gain;
                Vector<float> left = Magnitude(lr, li, floor, scale, out Vector<float> leftSqueeze);
                Vector<float> right = Magnitude(rr, ri, floor, scale, out Vector<float> rightSqueeze);
                left.Store(line + row);
                right.Store(line + step + row);
                Magnitude((lr + rr) * half, (li + ri) * half, floor, scale, out _).Store(line + (2 * step) + row);
                Magnitude((lr - rr) * half, (li - ri) * half, floor, scale, out _).Store(line + (3 * step) + row);
                (lr * leftSqueeze).Store(line + (4 * step) + row);
                (rr * rightSqueeze).Store(line + (5 * step) + row);
                (li * leftSqueeze).Store(line + (6 * step) + row);
                (ri * rightSqueeze).Store(line + (7 * step) + row);
            }
        }
    }

    private static Vector<float> Magnitude(Vector<float> real, Vector<float> imaginary, Vector<float> floor, Vector<float> scale, out Vector<float> squeeze)
    {
        Vector<float> power = (real * real) + (imaginary * imaginary);
        squeeze = scale / Vector.SquareRoot(Vector.SquareRoot(power + floor));
        return Vector.SquareRoot(power) * squeeze;
    }

    private static void Multiply(SubbandShape size, float* spectrum, int item, int channel, int frame, float* lines, float* real, float* imaginary)
    {
        float* xReal = size.Frame(spectrum, item, channel, frame, out float* xImaginary);
        int lane = Vector<float>.Count;
        for (int band = 0; band < size.Subbands; band++)
        {
            int bin = band * size.Rows;
            float* maskReal = lines + (band * size.LineStride), maskImaginary = maskReal + (size.Subbands * size.LineStride);
            for (int row = 0; row < size.Rows; row += lane, bin += lane)
            {
                Vector<float> mr = Vector.Load(maskReal + row), mi = Vector.Load(maskImaginary + row);
                Vector<float> xr = Vector.Load(xReal + bin), xi = Vector.Load(xImaginary + bin);
                ((mr * xr) - (mi * xi)).Store(real + bin);
                ((mr * xi) + (mi * xr)).Store(imaginary + bin);
            }
        }

        real[size.Bins] = imaginary[size.Bins] = 0;
    }

    private static void MultiplyTransposed(SubbandShape size, float* spectrum, int item, int channel, int frame, float* real, float* imaginary, float* lines)
    {
        float* xReal = size.Frame(spectrum, item, channel, frame, out float* xImaginary);
        int lane = Vector<float>.Count;
        for (int band = 0; band < size.Subbands; band++)
        {
            int bin = band * size.Rows;
            float* maskReal = lines + (band * size.LineStride), maskImaginary = maskReal + (size.Subbands * size.LineStride);
            for (int row = 0; row < size.Rows; row += lane, bin += lane)
            {
                Vector<float> gr = Vector.Load(real + bin), gi = Vector.Load(imaginary + bin);
                Vector<float> xr = Vector.Load(xReal + bin), xi = Vector.Load(xImaginary + bin);
                ((gr * xr) + (gi * xi)).Store(maskReal + row);
                ((gi * xr) - (gr * xi)).Store(maskImaginary + row);
            }
        }
    }

    /// <summary>Sizes of a spectrum and its image.</summary>
    private sealed record SubbandShape(int Batch, int Bins, int Frames, int Columns, int Subbands)
    {
        public int Rows => Bins / Subbands;

        /// <summary>Floats from one channel of a column to the next while it is worked on: not a power of two, or all channels would share a few cache sets.</summary>
        public int LineStride => Rows + 16;

        public int Jobs => Batch * JobsPerItem;

        private int JobsPerItem => (Columns + FramesPerJob - 1) / FramesPerJob;

        /// <summary>Sizes of [2, batch, 2, bins + 1, frames].</summary>
        public static SubbandShape Of(string operation, Tensor spectrum, int subbands, int multiple)
        {
            if (spectrum.Rank != 5 || spectrum.Size(0) != 2 || spectrum.Size(2) != 2 || (spectrum.Size(3) - 1) % (subbands * Vector<float>.Count) != 0)
            {
                throw new ArgumentException($"{operation}: expects a stereo spectrum [2, batch, 2, bins, frames] with a multiple of {subbands * Vector<float>.Count} bins and one more, got {spectrum}.");
            }

            int frames = spectrum.Size(4);
            return new SubbandShape(spectrum.Size(1), spectrum.Size(3) - 1, frames, (frames + multiple - 1) / multiple * multiple, subbands);
        }

        public (int Item, int First, int Last) Columns16(int job)
        {
            int first = job % JobsPerItem * FramesPerJob;
            return (job / JobsPerItem, first, Math.Min(first + FramesPerJob, Columns));
        }

        /// <summary>Real and imaginary parts of one frame.</summary>
        public float* Frame(float* spectrum, int item, int channel, int frame, out float* imaginary)
        {
            float* real = spectrum + ((((((nint)item * 2) + channel) * Frames) + frame) * (Bins + 1));
            imaginary = real + ((nint)Batch * 2 * Frames * (Bins + 1));
            return real;
        }

        /// <summary>Writes a column's channels, lying one behind the other, into the image, where they lie side by side.</summary>
        public void Scatter(float* lines, float* image, int channels, int item, int column)
        {
            for (int row = 0; row < Rows; row++)
            {
                float* to = image + (((((nint)item * Rows) + row) * Columns) + column) * channels;
                float* from = lines + row;
                for (int channel = 0; channel < channels; channel++, from += LineStride)
                {
                    to[channel] = *from;
                }
            }
        }

        /// <summary>The opposite of <see cref="Scatter"/>.</summary>
        public void Gather(float* image, float* lines, int channels, int item, int column)
        {
            for (int row = 0; row < Rows; row++)
            {
                float* from = image + (((((nint)item * Rows) + row) * Columns) + column) * channels;
                float* to = lines + row;
                for (int channel = 0; channel < channels; channel++, to += LineStride)
                {
                    *to = from[channel];
                }
            }
        }
    }
}
