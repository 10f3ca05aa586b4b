package attmask.data;

import java.util.Arrays;

/**
 * Bicubic resize (a = -0.5) with antialiasing and 8-bit results, to the bit as Pillow's {@code Image.resize} computes
 * it: weights in double precision, rounded to fixed point with 22 bits, a horizontal pass rounded to 8 bits, then a
 * vertical one.
 *
 * <p>Keeps its tables and rows between calls, so one instance serves one thread.
 */
final class BicubicResampler {
    private static final int PRECISION = 32 - 8 - 2;
    private static final int HALF = 1 << (PRECISION - 1);

    private final Axis horizontal = new Axis();
    private final Axis vertical = new Axis();
    private int[] rows = new int[0];
    private int[] line = new int[0];

    /** The part of the source that is resized, in pixels; what lies outside is never looked at. */
    record Box(int left, int top, int width, int height) {
        static Box all(RgbImage image) {
            return new Box(0, 0, image.width(), image.height());
        }
    }

    /** Resizes {@code box} of {@code source} to width × height and writes it to {@code target[0 .. 3·width·height)}. */
    void resize(RgbImage source, Box box, int width, int height, byte[] target) {
        resize(source, box, width, height, new Box(0, 0, width, height), target);
    }

    /**
     * Resizes {@code box} of {@code source} to width × height, computing only {@code window} of the result.
     *
     * @param window the part of the result to write to {@code target}, row by row
     */
    void resize(RgbImage source, Box box, int width, int height, Box window, byte[] target) {
        horizontal.prepare(box.width(), width, window.left(), window.width());
        vertical.prepare(box.height(), height, window.top(), window.height());
        int firstRow = vertical.first[0];
        int rowCount = vertical.first[window.height() - 1] + vertical.count[window.height() - 1] - firstRow;
        int stride = window.width() * 3;
        if (rows.length < rowCount * stride) {
            rows = new int[rowCount * stride];
        }
        for (int y = 0; y < rowCount; y++) {
            int start = ((box.top() + firstRow + y) * source.width() + box.left()) * 3;
            resizeRow(source.rgb(), start, window.width(), y * stride);
        }
        resizeColumns(window.height(), stride, firstRow, target);
    }

    /** One source row to {@code rows[to ..)}; values 0..255. */
    private void resizeRow(byte[] rgb, int start, int width, int to) {
        int[] weights = horizontal.weights;
        for (int x = 0; x < width; x++) {
            int red = HALF;
            int green = HALF;
            int blue = HALF;
            int at = start + horizontal.first[x] * 3;
            int k = x * horizontal.taps;
            for (int end = k + horizontal.count[x]; k < end; k++, at += 3) {
                int weight = weights[k];
                red += weight * (rgb[at] & 0xFF);
                green += weight * (rgb[at + 1] & 0xFF);
                blue += weight * (rgb[at + 2] & 0xFF);
            }
            rows[to++] = clip(red);
            rows[to++] = clip(green);
            rows[to++] = clip(blue);
        }
    }

    /** Sums whole rows, so that the inner loop is a vector multiply-add. */
    private void resizeColumns(int height, int stride, int firstRow, byte[] target) {
        if (line.length < stride) {
            line = new int[stride];
        }
        int[] sum = line;
        int[] from = rows;
        for (int y = 0; y < height; y++) {
            Arrays.fill(sum, 0, stride, HALF);
            for (int t = 0; t < vertical.count[y]; t++) {
                int weight = vertical.weights[y * vertical.taps + t];
                int row = (vertical.first[y] - firstRow + t) * stride;
                for (int i = 0; i < stride; i++) {
                    sum[i] += weight * from[row + i];
                }
            }
            for (int i = 0; i < stride; i++) {
                target[y * stride + i] = (byte) clip(sum[i]);
            }
        }
    }

    private static int clip(int fixed) {
        return Math.max(0, Math.min(255, fixed >> PRECISION));
    }

    /** For each result pixel along one axis: first source pixel, number of taps, fixed-point weights. */
    private static final class Axis {
        private static final double SUPPORT = 2;

        private int taps;
        private int[] first = new int[0];
        private int[] count = new int[0];
        private int[] weights = new int[0];
        private double[] unscaled = new double[0];

        /** Resize of {@code from} to {@code to} pixels, of which results start .. start+size-1 are wanted. */
        void prepare(int from, int to, int start, int size) {
            double scale = (double) from / to;
            double stretch = Math.max(scale, 1);
            double support = SUPPORT * stretch;
            reserve((int) Math.ceil(support) * 2 + 1, size);
            for (int i = 0; i < size; i++) {
                double centre = (start + i + 0.5) * scale;
                int low = Math.max((int) (centre - support + 0.5), 0);
                int high = Math.min((int) (centre + support + 0.5), from);
                first[i] = low;
                count[i] = high - low;
                weigh(i, centre, 1 / stretch);
            }
        }

        private void reserve(int tapsNeeded, int size) {
            taps = tapsNeeded;
            if (first.length < size) {
                first = new int[size];
                count = new int[size];
            }
            if (weights.length < taps * size) {
                weights = new int[taps * size];
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
