using System.Runtime.CompilerServices;

namespace Descant.Tensors.Kernels;

/// <summary>Copies parts of images, channels of several images side by side, with zeros outside their bounds.</summary>
internal static unsafe class InputTile
{
    /// <summary>
    /// Rows [row, row + rows) and columns [column, column + columns) of image <paramref name="n"/> to
    /// target[y · rowStride + x · pixelStride + c].
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Fill<TV>(
        Image[] inputs, int n, int row, int rows, int column, int columns, float* target, nint rowStride, nint pixelStride)
        where TV : struct, IVector<TV>
    {
        int height = inputs[0].Height;
        int width = inputs[0].Width;
        int left = Math.Clamp(-column, 0, columns);
        int right = Math.Clamp(width - column, left, columns);
        for (int y = row; y < row + rows; y++, target += rowStride)
        {
            if (y < 0 || y >= height)
            {
                Packing.Clear<TV>(target, (int)(columns * pixelStride));
                continue;
            }

            Packing.Clear<TV>(target, (int)(left * pixelStride));
            Packing.Clear<TV>(target + (right * pixelStride), (int)((columns - right) * pixelStride));
            if (left == right)
            {
                continue;
            }

            float* pixels = target + (left * pixelStride);
            foreach (Image input in inputs)
            {
                Copy<TV>(input, input.At(n, y, column + left), right - left, pixels, pixelStride);
                pixels += input.Channels;
            }
        }
    }

    /// <summary>Channels [first, first + count) of the joined images at one pixel, or zeros outside.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void FillPixel<TV>(Image[] inputs, int n, int y, int x, int first, int count, float* target)
        where TV : struct, IVector<TV>
    {
        if ((uint)y >= (uint)inputs[0].Height || (uint)x >= (uint)inputs[0].Width)
        {
            Packing.Clear<TV>(target, count);
            return;
        }

        foreach (Image input in inputs)
        {
            int taken = Math.Min(first + count, input.Channels) - first;
            if (taken > 0)
            {
                float* source = input.At(n, y, x) + (first * input.ChannelStride);
                if (input.ChannelStride == 1)
                {
                    Packing.CopyRun<TV>(source, target, taken);
                }
                else
                {
                    Packing.Copy<TV>(source, 0, input.ChannelStride, 1, taken, target, 0, taken);
                }

                target += taken;
            }

            // What is left begins at channel 0 of the next image, or first channels further on.
            count -= Math.Max(0, taken);
            first = Math.Max(0, first - input.Channels);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Copy<TV>(Image input, float* source, int pixels, float* target, nint pixelStride)
        where TV : struct, IVector<TV>
    {
        int channels = input.Channels;
        if (input.ChannelStride == 1 && input.PixelStride == channels && pixelStride == channels)
        {
            Packing.CopyRun<TV>(source, target, pixels * channels);
        }
        else
        {
            Packing.Copy<TV>(source, input.PixelStride, input.ChannelStride, pixels, channels, target, pixelStride, channels);
        }
    }
}
