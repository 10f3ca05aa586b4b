package attmask.data;

/**
 * Colour changes in place, to the bit as Pillow's ImageEnhance and ImageOps (which torchvision's jitter calls) compute
 * them. {@link HueShift} is the one that has a class of its own.
 */
final class PixelTransform {
    private PixelTransform() {}

    /** Blend with black: factor 0 is black, 1 leaves the image as it is. */
    static void brightness(Planes image, float factor) {
        blendWithConstant(image.curve(), 0, factor);
    }

    /** Blend with the mean grey of the image. */
    static void contrast(Planes image, float factor) {
        int mean = (int) ((double) sumOfGrey(image) / image.pixels() + 0.5);
        blendWithConstant(image.curve(), mean, factor);
    }

    private static long sumOfGrey(Planes image) {
        int[] curve = image.curve();
        int[] reds = image.plane(0);
        int[] greens = image.plane(1);
        int[] blues = image.plane(2);
        long sum = 0;
        for (int i = 0; i < image.pixels(); i++) {
            sum += luminance(curve[reds[i]], curve[greens[i]], curve[blues[i]]);
        }
        return sum;
    }

    /** Blend of each pixel with its own grey: factor 0 is a grey image. */
    static void saturation(Planes image, float factor) {
        int[] curve = image.curve();
        int[] reds = image.plane(0);
        int[] greens = image.plane(1);
        int[] blues = image.plane(2);
        float[] products = products(factor);
        for (int i = 0; i < image.pixels(); i++) {
            int red = curve[reds[i]];
            int green = curve[greens[i]];
            int blue = curve[blues[i]];
            int grey = luminance(red, green, blue);
            float base = grey;
            int zero = LARGEST - grey;
            reds[i] = clip((int) (base + products[zero + red]));
            greens[i] = clip((int) (base + products[zero + green]));
            blues[i] = clip((int) (base + products[zero + blue]));
        }
        image.resetCurve();
    }

    private static final int LARGEST = Planes.LEVELS - 1;

    /** factor·d for every difference d of two values, -255..255. */
    private static float[] products(float factor) {
        float[] products = new float[2 * LARGEST + 1];
        for (int i = 0; i < products.length; i++) {
            products[i] = factor * (i - LARGEST);
        }
        return products;
    }

    /** Each pixel's three channels become its luminance. */
    static void greyscale(Planes image) {
        int[] curve = image.curve();
        int[] reds = image.plane(0);
        int[] greens = image.plane(1);
        int[] blues = image.plane(2);
        for (int i = 0; i < image.pixels(); i++) {
            int grey = luminance(curve[reds[i]], curve[greens[i]], curve[blues[i]]);
            reds[i] = grey;
            greens[i] = grey;
            blues[i] = grey;
        }
        image.resetCurve();
    }

    /** Inverts every value of {@code threshold} or more. */
    static void solarise(Planes image, int threshold) {
        int[] curve = image.curve();
        for (int i = 0; i < Planes.LEVELS; i++) {
            curve[i] = curve[i] < threshold ? curve[i] : LARGEST - curve[i];
        }
    }

    /** ITU-R 601-2 luma in 16-bit fixed point: Pillow's conversion from RGB to L. */
    private static int luminance(int red, int green, int blue) {
        return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
    }

    private static void blendWithConstant(int[] curve, int other, float factor) {
        for (int i = 0; i < Planes.LEVELS; i++) {
            curve[i] = blend(other, curve[i], factor);
        }
    }

    /** other + factor·(value - other), clipped and truncated: Pillow's Image.blend in float32. */
    private static int blend(int other, int value, float factor) {
        return clip((int) (other + factor * (value - other)));
    }

    private static int clip(int value) {
        return Math.max(0, Math.min(LARGEST, value));
    }
}
