package attmask.ops;

/**
 * How one axis of an image is resized: Keys' bicubic kernel (a = -0.5), stretched when the axis shrinks, with weights
 * rounded to fixed point as Pillow does it.
 *
 * @param first (size) first source pixel of each result
 * @param weight (size, taps) the weights of that pixel and of those after it
 */
public record ResizeTaps(int[] first, int[][] weight) {
    /** Bits behind the point of a weight. */
    public static final int PRECISION = 22;

    private static final double SUPPORT = 2;

    /** The taps from {@code from} pixels to {@code size}. */
    public static ResizeTaps of(int from, int size) {
        double scale = (double) from / size;
        double stretch = Math.max(scale, 1);
        int[] first = new int[size];
        int[][] weight = new int[size][];
        for (int i = 0; i < size; i++) {
            double centre = (i + 0.5) * scale;
            first[i] = Math.max((int) (centre - SUPPORT * stretch + 0.5), 0);
            int end = Math.min((int) (centre + SUPPORT * stretch + 0.5), from);
            weight[i] = weights(first[i], end, centre, 1 / stretch);
        }
        return new ResizeTaps(first, weight);
    }

    /** No result has more taps than this. */
    public static int most(int from, int size) {
        return 2 * (int) Math.ceil(SUPPORT * Math.max((double) from / size, 1)) + 1;
    }

    private static int[] weights(int first, int end, double centre, double shrink) {
        double[] exact = new double[end - first];
        double total = 0;
        for (int t = 0; t < exact.length; t++) {
            exact[t] = cubic(Math.abs((t + first - centre + 0.5) * shrink));
            total += exact[t];
        }
        int[] fixed = new int[exact.length];
        for (int t = 0; t < fixed.length; t++) {
            double weight = (total == 0 ? exact[t] : exact[t] / total) * (1 << PRECISION);
            fixed[t] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
        }
        return fixed;
    }

    private static double cubic(double x) {
        double a = -0.5;
        if (x < 1) {
            return ((a + 2) * x - (a + 3)) * x * x + 1;
        }
        return x < SUPPORT ? (((x - 5) * x + 8) * x - 4) * a : 0;
    }
}
