package attmask.data;

import java.util.Arrays;

/**
 * Bicubic resize (a = -0.5) with antialiasing and 8-bit results, to the bit as Pillow's {@code Image.resize} computes
 * it: weights in double precision, rounded to fixed point with 22 bits, a horizontal pass rounded to 8 bits, then a
 * vertical one.
 *
 * <p>Two rows share the multiplications of the horizontal pass: 64 bits hold both sums, since each fits into 32.
 *
 * <p>Keeps its tables and rows between calls, so one instance serves one thread.
 */
final class BicubicResampler {
    private static final int PRECISION = 32 - 8 - 2;
    private static final int HALF = 1 << (PRECISION - 1);

    /** Of both sums that share a long. */
    private static final long START = 0x1_0000_0001L * HALF;

    /** Taps of an enlargement; the horizontal pass has them unrolled. */
    private static final int LEAST_TAPS = 4;

    private final Axis horizontal = new Axis();
    private final Axis vertical = new Axis();
    private long[] pairs = new long[0];
    /** Rows between the passes, each the three channels one after the other; values 0..255. */
    private int[][] rows = new int[0][0];
    /** A row of the result, likewise. */
    private int[] line = new int[0];

    /** The part of the source that is resized, in pixels; what lies outside is never looked at. */
    record Box(int left, int top, int width, int height) {
        static Box all(RgbImage image) {
            return new Box(0, 0, image.width(), image.height());
        }
    }

    /** Resizes {@code box} of {@code source} to width × height. */
    void resize(RgbImage source, Box box, int width, int height, Planes target) {
        resize(source, box, width, height, new Box(0, 0, width, height), false, target);
    }

    /**
     * Resizes {@code box} of {@code source} to width × height, computing only {@code window} of the result.
     *
     * @param window the part of the result that becomes {@code target}
     * @param mirrored whether its columns come in reverse order
     */
    void resize(RgbImage source, Box box, int width, int height, Box window, boolean mirrored, Planes target) {
        horizontal.prepare(box.width(), width, window.left(), window.width());
        vertical.prepare(box.height(), height, window.top(), window.height());
        int firstRow = vertical.first[0];
        int rowCount = vertical.first[window.height() - 1] + vertical.count[window.height() - 1] - firstRow;
        int stride = window.width() * Planes.CHANNELS;
        reserve(box.width(), window.width(), rowCount);
        for (int y = 0; y < rowCount; y += 2) {
            // The last of an odd number of rows is paired with itself; there is room for the result.
            int below = Math.min(y + 1, rowCount - 1);
            pair(source, box, firstRow + y, firstRow + below);
            resizePair(y, window.width(), mirrored);
            clip(rows[y], stride);
            clip(rows[y + 1], stride);
        }
        target.reshape(window.width(), window.height());
        resizeColumns(firstRow, target);
    }

    private void reserve(int sourceWidth, int width, int rowCount) {
        int stride = width * Planes.CHANNELS;
        int padded = (sourceWidth + horizontal.taps) * Planes.CHANNELS;
        if (pairs.length < padded) {
            pairs = new long[padded];
        }
        if (rows.length <= rowCount || rows[0].length < stride) {
            rows = new int[Math.max(rowCount + 1, rows.length)][stride];
        }
        if (line.length < stride) {
            line = new int[stride];
        }
    }

    /** Two rows of the box, the upper in the low halves, the lower in the high ones: one multiplication serves both. */
    private void pair(RgbImage source, Box box, int upper, int lower) {
        byte[] rgb = source.rgb();
        int above = ((box.top() + upper) * source.width() + box.left()) * Planes.CHANNELS;
        int below = ((box.top() + lower) * source.width() + box.left()) * Planes.CHANNELS;
        int last = horizontal.end() * Planes.CHANNELS;
        for (int i = horizontal.start() * Planes.CHANNELS; i < last; i++) {
            pairs[i] = rgb[above + i] & 0xFF | (rgb[below + i] & 0xFFL) << 32;
        }
    }

    /** The pair to rows y and y + 1, not yet shifted and clipped. */
    private void resizePair(int y, int width, boolean mirrored) {
        long[] weights = horizontal.weights;
        int taps = horizontal.taps;
        int[] above = rows[y];
        int[] below = rows[y + 1];
        int to = mirrored ? width - 1 : 0;
        int step = mirrored ? -1 : 1;
        for (int x = 0; x < width; x++, to += step) {
            int at = horizontal.first[x] * Planes.CHANNELS;
            int k = x * taps;
            long weight0 = weights[k];
            long weight1 = weights[k + 1];
            long weight2 = weights[k + 2];
            long weight3 = weights[k + 3];
            long red = START
                    + weight0 * pairs[at]
                    + weight1 * pairs[at + 3]
                    + weight2 * pairs[at + 6]
                    + weight3 * pairs[at + 9];
            long green = START
                    + weight0 * pairs[at + 1]
                    + weight1 * pairs[at + 4]
                    + weight2 * pairs[at + 7]
                    + weight3 * pairs[at + 10];
            long blue = START
                    + weight0 * pairs[at + 2]
                    + weight1 * pairs[at + 5]
                    + weight2 * pairs[at + 8]
                    + weight3 * pairs[at + 11];
            for (int t = LEAST_TAPS; t < taps; t++) {
                at += Planes.CHANNELS;
                long weight = weights[k + t];
                red += weight * pairs[at + 9];
                green += weight * pairs[at + 10];
                blue += weight * pairs[at + 11];
            }
            above[to] = lowHalf(red);
            above[to + width] = lowHalf(green);
            above[to + 2 * width] = lowHalf(blue);
            below[to] = highHalf(red);
            below[to + width] = highHalf(green);
            below[to + 2 * width] = highHalf(blue);
        }
    }

    private static int lowHalf(long sums) {
        return (int) sums;
    }

    /** What the low sum, if negative, has borrowed is given back. */
    private static int highHalf(long sums) {
        return (int) (sums - (int) sums >> 32);
    }

    /** Sums whole rows, so that the loops are vector instructions; for that, all arrays have the same index. */
    private void resizeColumns(int firstRow, Planes target) {
        int width = target.width();
        int stride = width * Planes.CHANNELS;
        for (int y = 0; y < target.height(); y++) {
            Arrays.fill(line, 0, stride, HALF);
            for (int t = 0; t < vertical.count[y]; t++) {
                int weight = (int) vertical.weights[y * vertical.taps + t];
                addRow(line, rows[vertical.first[y] - firstRow + t], weight, stride);
            }
            clip(line, stride);
            for (int channel = 0; channel < Planes.CHANNELS; channel++) {
                System.arraycopy(line, channel * width, target.plane(channel), y * width, width);
            }
        }
    }

    private static void addRow(int[] sum, int[] row, int weight, int length) {
        for (int i = 0; i < length; i++) {
            sum[i] += weight * row[i];
        }
    }

    /** Fixed point to 0..255, without branches or Math.min, which would not be vector instructions. */
    private static void clip(int[] sum, int length) {
        for (int i = 0; i < length; i++) {
            int value = sum[i] >> PRECISION;
            int positive = value & ~(value >> 31);
            int room = 255 - positive;
            sum[i] = positive + (room & room >> 31);
        }
    }

    /** For each result pixel along one axis: first source pixel, number of taps, and fixed-point weights, with zeros up to
     * {@code taps}, the largest number: loops of one length are predicted. */
    private static final class Axis {
        private static final double SUPPORT = 2;

        private int size;
        private int taps;
        private int[] first = new int[0];
        private int[] count = new int[0];
        private long[] weights = new long[0];
        private double[] unscaled = new double[0];

        /** Resize of {@code from} to {@code to} pixels, of which results start .. start+results-1 are wanted. */
        void prepare(int from, int to, int start, int results) {
            size = results;
            if (first.length < size) {
                first = new int[size];
                count = new int[size];
            }
            double scale = (double) from / to;
            double stretch = Math.max(scale, 1);
            double support = SUPPORT * stretch;
            taps = LEAST_TAPS;
            for (int i = 0; i < size; i++) {
                double centre = (start + i + 0.5) * scale;
                first[i] = Math.max((int) (centre - support + 0.5), 0);
                count[i] = Math.min((int) (centre + support + 0.5), from) - first[i];
                taps = Math.max(taps, count[i]);
            }
            reserve();
            for (int i = 0; i < size; i++) {
                weigh(i, (start + i + 0.5) * scale, 1 / stretch);
            }
        }

        /** First source pixel that is looked at. */
        int start() {
            return first[0];
        }

        /** The one after the last. */
        int end() {
            return first[size - 1] + count[size - 1];
        }

        private void reserve() {
            if (weights.length < taps * size) {
                weights = new long[taps * size];
            }
            if (unscaled.length < taps) {
                unscaled = new double[taps];
            }
        }

        private void weigh(int i, double centre, double shrink) {
            double total = 0;
            for (int t = 0; t < count[i]; t++) {
                unscaled[t] = cubic((t + first[i] - centre + 0.5) * shrink);
                total += unscaled[t];
            }
            for (int t = 0; t < count[i]; t++) {
                double weight = total == 0 ? unscaled[t] : unscaled[t] / total;
                double fixed = weight * (1 << PRECISION);
                weights[i * taps + t] = (int) (fixed < 0 ? fixed - 0.5 : fixed + 0.5);
            }
            Arrays.fill(weights, i * taps + count[i], (i + 1) * taps, 0);
        }

        /** Keys' cubic kernel with a = -0.5. */
        private static double cubic(double signed) {
            double a = -0.5;
            double x = Math.abs(signed);
            if (x < 1) {
                return ((a + 2) * x - (a + 3)) * x * x + 1;
            }
            return x < SUPPORT ? (((x - 5) * x + 8) * x - 4) * a : 0;
        }
    }
}
