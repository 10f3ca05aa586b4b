package attmask.data;

/**
 * Flip and pixel-wise colour changes, in place on interleaved RGB bytes, to the bit as Pillow's ImageEnhance, ImageOps
 * and 8-bit HSV conversions (which torchvision's jitter calls) compute them. {@code length} is the number of bytes, a
 * multiple of 3.
 */
final class PixelTransform {
    private PixelTransform() {}

    /** Mirrors every row. */
    static void flip(byte[] rgb, int width, int height) {
        for (int y = 0; y < height; y++) {
            int left = y * width * 3;
            for (int right = left + (width - 1) * 3; left < right; left += 3, right -= 3) {
                for (int channel = 0; channel < 3; channel++) {
                    byte swap = rgb[left + channel];
                    rgb[left + channel] = rgb[right + channel];
                    rgb[right + channel] = swap;
                }
            }
        }
    }

    /** Blend with black: factor 0 is black, 1 leaves the image as it is. */
    static void brightness(byte[] rgb, int length, float factor) {
        blendWithConstant(rgb, length, 0, factor);
    }

    /** Blend with the mean grey of the image. */
    static void contrast(byte[] rgb, int length, float factor) {
        long sum = 0;
        for (int i = 0; i < length; i += 3) {
            sum += luminance(rgb, i);
        }
        int pixels = length / 3;
        int mean = (int) ((double) sum / pixels + 0.5);
        blendWithConstant(rgb, length, mean, factor);
    }

    /** Blend of each pixel with its own grey: factor 0 is a grey image. */
    static void saturation(byte[] rgb, int length, float factor) {
        for (int i = 0; i < length; i += 3) {
            int grey = luminance(rgb, i);
            rgb[i] = blend(grey, rgb[i] & 0xFF, factor);
            rgb[i + 1] = blend(grey, rgb[i + 1] & 0xFF, factor);
            rgb[i + 2] = blend(grey, rgb[i + 2] & 0xFF, factor);
        }
    }

    /** Turns the hue by {@code turn} of a full circle, -0.5..0.5, through 8-bit HSV. */
    static void hue(byte[] rgb, int length, double turn) {
        int shift = (int) (turn * 255) & 0xFF;
        for (int i = 0; i < length; i += 3) {
            int red = rgb[i] & 0xFF;
            int green = rgb[i + 1] & 0xFF;
            int blue = rgb[i + 2] & 0xFF;
            int value = Math.max(red, Math.max(green, blue));
            int spread = value - Math.min(red, Math.min(green, blue));
            // Grey pixels have saturation 0 and come back unchanged.
            if (spread > 0) {
                int saturation = (int) ((float) spread / value * 255.0);
                int hue = hue(red, green, blue, value, spread) + shift & 0xFF;
                fromHsv(hue, saturation, value, rgb, i);
            }
        }
    }

    private static int hue(int red, int green, int blue, int value, float spread) {
        float r = (value - red) / spread;
        float g = (value - green) / spread;
        float b = (value - blue) / spread;
        float h;
        if (red == value) {
            h = b - g;
        } else if (green == value) {
            h = (float) (2.0 + r - b);
        } else {
            h = (float) (4.0 + g - r);
        }
        double around = h / 6.0 + 1.0;
        float turns = (float) (around < 1 ? around : around - 1);
        return (int) (turns * 255.0);
    }

    private static void fromHsv(int hue, int saturation, int value, byte[] rgb, int at) {
        if (saturation == 0) {
            store(rgb, at, value, value, value);
            return;
        }
        double angle = hue * 6f / 255.0;
        int sector = (int) angle;
        float rest = (float) (angle - sector);
        float s = (float) (saturation / 255.0);
        int p = (int) (value * (1.0 - s) + 0.5);
        int q = (int) (value * (1.0 - s * rest) + 0.5);
        int t = (int) (value * (1.0 - s * (1.0 - rest)) + 0.5);
        switch (sector % 6) {
            case 0 -> store(rgb, at, value, t, p);
            case 1 -> store(rgb, at, q, value, p);
            case 2 -> store(rgb, at, p, value, t);
            case 3 -> store(rgb, at, p, q, value);
            case 4 -> store(rgb, at, t, p, value);
            default -> store(rgb, at, value, p, q);
        }
    }

    /** Each pixel's three channels become its luminance. */
    static void greyscale(byte[] rgb, int length) {
        for (int i = 0; i < length; i += 3) {
            int grey = luminance(rgb, i);
            store(rgb, i, grey, grey, grey);
        }
    }

    /** Inverts every value of {@code threshold} or more. */
    static void solarise(byte[] rgb, int length, int threshold) {
        for (int i = 0; i < length; i++) {
            int value = rgb[i] & 0xFF;
            rgb[i] = (byte) (value < threshold ? value : 255 - value);
        }
    }

    /** ITU-R 601-2 luma in 16-bit fixed point: Pillow's conversion from RGB to L. */
    private static int luminance(byte[] rgb, int at) {
        return (19595 * (rgb[at] & 0xFF) + 38470 * (rgb[at + 1] & 0xFF) + 7471 * (rgb[at + 2] & 0xFF) + 0x8000) >> 16;
    }

    private static void blendWithConstant(byte[] rgb, int length, int other, float factor) {
        byte[] table = new byte[256];
        for (int value = 0; value < 256; value++) {
            table[value] = blend(other, value, factor);
        }
        for (int i = 0; i < length; i++) {
            rgb[i] = table[rgb[i] & 0xFF];
        }
    }

    /** other + factor·(value - other), clipped and truncated: Pillow's Image.blend in float32. */
    private static byte blend(int other, int value, float factor) {
        float mixed = other + factor * (value - other);
        return (byte) Math.max(0, Math.min(255, (int) mixed));
    }

    private static void store(byte[] rgb, int at, int red, int green, int blue) {
        rgb[at] = (byte) red;
        rgb[at + 1] = (byte) green;
        rgb[at + 2] = (byte) blue;
    }
}
