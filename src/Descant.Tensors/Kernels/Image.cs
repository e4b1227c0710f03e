namespace Descant.Tensors.Kernels;

/// <summary>
/// A batch of feature maps, channels last: element [n, y, x, c] lies at
/// n · ImageStride + y · RowStride + x · PixelStride + c · ChannelStride. One-dimensional signals have Height 1.
/// </summary>
/// <remarks>
/// Results need ChannelStride 1. Inputs may have any strides (a channels-first tensor has PixelStride 1), at the price of a
/// slower copy. Distinct elements of a result must not share memory.
/// </remarks>
internal readonly unsafe struct Image(
    float* data, int batch, int height, int width, int channels, nint imageStride, nint rowStride, nint pixelStride,
    nint channelStride = 1)
{
    public float* Data { get; } = data;

    public int Batch { get; } = batch;

    public int Height { get; } = height;

    public int Width { get; } = width;

    public int Channels { get; } = channels;

    public nint ImageStride { get; } = imageStride;

    public nint RowStride { get; } = rowStride;

    public nint PixelStride { get; } = pixelStride;

    public nint ChannelStride { get; } = channelStride;

    /// <summary>Whether the pixels of all rows follow each other at <see cref="PixelStride"/>.</summary>
    public bool RowsAreJoined => Height == 1 || RowStride == Width * PixelStride;

    /// <summary>Whether images with joined rows follow each other without gaps.</summary>
    public bool ImagesAreJoined => Batch == 1 || ImageStride == Height * Width * PixelStride;

    /// <summary>Channels last without gaps.</summary>
    public static Image Dense(float* data, int batch, int height, int width, int channels) => new(
        data, batch, height, width, channels, (nint)height * width * channels, (nint)width * channels, channels);

    /// <summary>Views of the channels [first, first + count) of images whose channels are joined in their order.</summary>
    public static Image[] Slice(Image[] images, int first, int count)
    {
        List<Image> slices = [];
        foreach (Image image in images)
        {
            int taken = Math.Min(first + count, image.Channels) - first;
            if (taken > 0)
            {
                slices.Add(new Image(
                    image.Data + (first * image.ChannelStride), image.Batch, image.Height, image.Width, taken, image.ImageStride,
                    image.RowStride, image.PixelStride, image.ChannelStride));
                count -= taken;
            }

            first = Math.Max(0, first - image.Channels);
        }

        return [.. slices];
    }

    public float* At(int n, int y, int x) => Data + (n * ImageStride) + (y * RowStride) + (x * PixelStride);

    /// <summary>All pixels as one row of one image; requires joined rows and images.</summary>
    public Image Flattened() => new(
        Data, 1, 1, Batch * Height * Width, Channels, 0, 0, PixelStride, ChannelStride);
}
