package attmask.data;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.DataBufferByte;
import java.awt.image.IndexColorModel;
import java.awt.image.PixelInterleavedSampleModel;
import java.awt.image.Raster;

/**
 * Reads a decoder's raster as 8-bit RGB, band by band: BufferedImage.getRGB would apply colour profiles and gamma to
 * grey images, which Pillow does not.
 */
final class RasterColors {
    private static final ColorModel RGB = new ComponentColorModel(
            ColorSpace.getInstance(ColorSpace.CS_sRGB), false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);

    private RasterColors() {}

    /** The same bytes as a BufferedImage: what is drawn into it is in the image. */
    static BufferedImage view(RgbImage image) {
        DataBufferByte bytes = new DataBufferByte(image.rgb(), image.rgb().length);
        int stride = image.width() * Planes.CHANNELS;
        int[] order = {0, 1, 2};
        return new BufferedImage(
                RGB,
                Raster.createInterleavedRaster(
                        bytes, image.width(), image.height(), stride, Planes.CHANNELS, order, null),
                false,
                null);
    }

    /** Grey, grey and alpha, palette, RGB or RGBA of any depth; alpha is dropped. */
    static RgbImage toRgb(BufferedImage image) {
        if (image.getColorModel() instanceof IndexColorModel palette) {
            return fromPalette(image.getRaster(), palette);
        }
        Raster raster = image.getRaster();
        if (raster.getSampleModel() instanceof PixelInterleavedSampleModel model
                && raster.getDataBuffer() instanceof DataBufferByte buffer
                && model.getNumBands() == Planes.CHANNELS) {
            return fromBytes(raster, model, buffer);
        }
        int bands = raster.getNumBands();
        RgbImage result = RgbImage.black(raster.getWidth(), raster.getHeight());
        int step = bands >= 3 ? 1 : 0;
        int bits = raster.getSampleModel().getSampleSize(0);
        boolean sameDepth = bits == raster.getSampleModel().getSampleSize(step);
        int greenBits = sameDepth ? bits : raster.getSampleModel().getSampleSize(1);
        int[] row = new int[raster.getWidth() * bands];
        for (int y = 0, to = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, row);
            for (int at = 0; at < row.length; at += bands) {
                result.rgb()[to++] = eightBits(row[at], bits);
                result.rgb()[to++] = eightBits(row[at + step], greenBits);
                result.rgb()[to++] = eightBits(row[at + 2 * step], bits);
            }
        }
        return result;
    }

    /** Three bytes a pixel in any order: what decoders give for most photographs. */
    private static RgbImage fromBytes(Raster raster, PixelInterleavedSampleModel model, DataBufferByte buffer) {
        byte[] bytes = buffer.getData();
        RgbImage result = RgbImage.black(raster.getWidth(), raster.getHeight());
        byte[] rgb = result.rgb();
        int[] bands = model.getBandOffsets();
        int step = model.getPixelStride();
        for (int y = 0, to = 0; y < raster.getHeight(); y++) {
            int row = buffer.getOffset()
                    + (y - raster.getSampleModelTranslateY() + raster.getMinY()) * model.getScanlineStride()
                    + (raster.getMinX() - raster.getSampleModelTranslateX()) * step;
            for (int end = to + raster.getWidth() * Planes.CHANNELS; to < end; to += Planes.CHANNELS, row += step) {
                rgb[to] = bytes[row + bands[0]];
                rgb[to + 1] = bytes[row + bands[1]];
                rgb[to + 2] = bytes[row + bands[2]];
            }
        }
        return result;
    }

    private static byte eightBits(int sample, int bits) {
        if (bits == 8) {
            return (byte) sample;
        }
        if (bits > 8) {
            return (byte) (sample >> (bits - 8));
        }
        int max = (1 << bits) - 1;
        return (byte) ((sample * 255 + max / 2) / max);
    }

    private static RgbImage fromPalette(Raster raster, IndexColorModel palette) {
        int[] colors = new int[palette.getMapSize()];
        palette.getRGBs(colors);
        RgbImage result = RgbImage.black(raster.getWidth(), raster.getHeight());
        int[] row = new int[raster.getWidth()];
        for (int y = 0, to = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, row.length, 1, row);
            for (int index : row) {
                int color = index < colors.length ? colors[index] : 0;
                result.rgb()[to++] = (byte) (color >> 16);
                result.rgb()[to++] = (byte) (color >> 8);
                result.rgb()[to++] = (byte) color;
            }
        }
        return result;
    }

    /**
     * The four components of a JPEG, which by Adobe's convention are stored inverted, to RGB without a profile.
     *
     * @param ycck whether the first three are YCbCr
     */
    static RgbImage cmykToRgb(Raster raster, boolean ycck) {
        RgbImage result = RgbImage.black(raster.getWidth(), raster.getHeight());
        int[] row = new int[raster.getWidth() * 4];
        for (int y = 0, to = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, row);
            for (int at = 0; at < row.length; at += 4) {
                if (ycck) {
                    yccToInvertedCmy(row, at);
                }
                int light = row[at + 3];
                for (int channel = 0; channel < 3; channel++) {
                    int product = (255 - row[at + channel]) * light + 128;
                    int ink = ((product >> 8) + product) >> 8;
                    result.rgb()[to++] = (byte) (light - ink);
                }
            }
        }
        return result;
    }

    /** ITU-R 601: (Y, Cb, Cr) to 255 - RGB. */
    private static void yccToInvertedCmy(int[] row, int at) {
        int luma = row[at];
        int blue = row[at + 1] - 128;
        int red = row[at + 2] - 128;
        row[at] = 255 - clip(luma + 1.402 * red);
        row[at + 1] = 255 - clip(luma - 0.344136 * blue - 0.714136 * red);
        row[at + 2] = 255 - clip(luma + 1.772 * blue);
    }

    private static int clip(double value) {
        return (int) Math.max(0, Math.min(255, Math.round(value)));
    }
}
