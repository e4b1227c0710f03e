namespace Descant.Tensors.Kernels;

/// <summary>Copies parts of images, channels of several images side by side, with zeros outside their bounds.</summary>
internal static unsafe class InputTile
{
    /// <summary>
    /// Rows [row, row + rows) and columns [column, column + columns) of image <paramref name="n"/> to
    /// target[y · rowStride + x · pixelStride + c].
    /// </summary>
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

    /// <summary>The channels of one pixel of every image, or zeros outside.</summary>
    public static void FillPixel<TV>(Image[] inputs, int n, int y, int x, float* target)
        where TV : struct, IVector<TV>
    {
        foreach (Image input in inputs)
        {
            if ((uint)y >= (uint)input.Height || (uint)x >= (uint)input.Width)
            {
                Packing.Clear<TV>(target, input.Channels);
            }
            else if (input.ChannelStride == 1)
            {
                Packing.CopyRun<TV>(input.At(n, y, x), target, input.Channels);
            }
            else
            {
                Copy<TV>(input, input.At(n, y, x), 1, target, 0);
            }

            target += input.Channels;
        }
    }

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
