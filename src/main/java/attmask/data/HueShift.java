package attmask.data;

/**
 * Turns the hue to the bit as Pillow's 8-bit HSV conversions, there and back, do (which torchvision's jitter calls).
 *
 * <p>There: hue and saturation are bytes that depend on differences of a pixel's largest, middle and smallest channel,
 * and on which is which, so tables hold them. Back: one channel is the value v (the largest), one p = v·(1 - s), and one
 * between, m = v·(1 - s·w), all rounded; s = saturation/255, and w goes linearly to 0 or from 0 with the hue within its
 * sector of 60 degrees, in steps of 1/255.
 */
final class HueShift {
    private static final int LEVELS = Planes.LEVELS;
    private static final int LARGEST = LEVELS - 1;
    private static final int SECTORS = 6;
    /** Common denominator of s·w. */
    private static final int SQUARE = LARGEST * LARGEST;

    /** Where a pixel's value, p and m are while they are packed into an int, as shifts. */
    private static final int V = 0;

    private static final int P = 8;
    private static final int M = 16;

    /** By sector: what red, green and blue are. */
    private static final int[][] ROLES = {{V, M, P}, {M, V, P}, {P, V, M}, {P, M, V}, {M, P, V}, {V, P, M}};

    /** Bits of the order of the channels: red < green, green < blue, red < blue. */
    private static final int ORDERS = 8;

    /** Hue by order, largest - smallest and largest - middle. */
    private static final byte[] HUE = hues();

    /** Saturation by largest and largest - smallest. */
    private static final byte[] SATURATION = saturations();

    private final int[] redShift = new int[LEVELS];
    private final int[] greenShift = new int[LEVELS];
    private final int[] blueShift = new int[LEVELS];
    private final int[] weight = new int[LEVELS];

    /** Prepares a turn of the hue by {@code turn} of a full circle, -0.5..0.5. */
    private void prepare(double turn) {
        int shift = (int) (turn * LARGEST);
        for (int hue = 0; hue < LEVELS; hue++) {
            int turned = (hue + shift & LARGEST) * SECTORS;
            int sector = turned / LARGEST;
            int within = turned % LARGEST;
            weight[hue] = sector % 2 == 0 ? LARGEST - within : within;
            int[] roles = ROLES[sector % SECTORS];
            redShift[hue] = roles[0];
            greenShift[hue] = roles[1];
            blueShift[hue] = roles[2];
        }
    }

    /** Turns the hue of all pixels. */
    void apply(Planes image, double turn) {
        prepare(turn);
        int[] curve = image.curve();
        int[] reds = image.plane(0);
        int[] greens = image.plane(1);
        int[] blues = image.plane(2);
        for (int i = 0; i < image.pixels(); i++) {
            int red = curve[reds[i]];
            int green = curve[greens[i]];
            int blue = curve[blues[i]];
            int value = Math.max(red, Math.max(green, blue));
            int smallest = Math.min(red, Math.min(green, blue));
            int spread = value - smallest;
            int middle = red + green + blue - value - smallest;
            int hue = HUE[index(red, green, blue, spread, value - middle)] & 0xFF;
            int saturation = SATURATION[value * LEVELS + spread] & 0xFF;
            int packed =
                    value << V | part(value, saturation * LARGEST) << P | part(value, saturation * weight[hue]) << M;
            reds[i] = packed >> redShift[hue] & LARGEST;
            greens[i] = packed >> greenShift[hue] & LARGEST;
            blues[i] = packed >> blueShift[hue] & LARGEST;
        }
        image.resetCurve();
    }

    /**
     * value·(1 - share/255²), rounded. There are no ties, since 255² is odd; a test shows that Pillow's float32 and
     * double arithmetic gives the same for every hue, saturation and value.
     */
    static int part(int value, int share) {
        return (value * (SQUARE - share) + SQUARE / 2) / SQUARE;
    }

    private static int index(int red, int green, int blue, int spread, int belowLargest) {
        int order = (red - green >>> 31) << 2 | (green - blue >>> 31) << 1 | red - blue >>> 31;
        return (order * LEVELS + spread) * LEVELS + belowLargest;
    }

    /** Every order, with each spread from largest to smallest and each place of the middle between. */
    private static byte[] hues() {
        byte[] table = new byte[ORDERS * LEVELS * LEVELS];
        for (int spread = 1; spread < LEVELS; spread++) {
            for (int middle = 0; middle <= spread; middle++) {
                for (int[] roles : ROLES) {
                    int red = channel(roles[0], spread, middle);
                    int green = channel(roles[1], spread, middle);
                    int blue = channel(roles[2], spread, middle);
                    table[index(red, green, blue, spread, spread - middle)] = (byte) hue(red, green, blue, spread);
                }
            }
        }
        return table;
    }

    private static int channel(int role, int largest, int middle) {
        return role == V ? largest : role == M ? middle : 0;
    }

    private static int hue(int red, int green, int blue, float spread) {
        float r = (spread - red) / spread;
        float g = (spread - green) / spread;
        float b = (spread - blue) / spread;
        float h;
        if (r == 0) {
            h = b - g;
        } else if (g == 0) {
            h = (float) (2.0 + r - b);
        } else {
            h = (float) (4.0 + g - r);
        }
        double around = h / 6.0 + 1.0;
        float turns = (float) (around < 1 ? around : around - 1);
        return (int) (turns * 255.0);
    }

    private static byte[] saturations() {
        byte[] table = new byte[LEVELS * LEVELS];
        for (int value = 1; value < LEVELS; value++) {
            for (int spread = 0; spread <= value; spread++) {
                table[value * LEVELS + spread] = (byte) ((float) spread / value * 255.0);
            }
        }
        return table;
    }
}
