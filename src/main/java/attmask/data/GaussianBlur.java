package attmask.data;

/**
 * Gaussian blur as Pillow computes it: three box blurs of fractional radius along rows, then three along columns, every
 * pass rounded to 8 bits, edges repeated (Gwosdek et al., "Theoretical foundations of Gaussian convolution by extended
 * box filtering", SSVM 2011).
 *
 * <p>A pass is the same sum of shifted copies for all pixels of a plane, along rows or columns. The copies are made,
 * since only loops whose arrays have the same index become vector instructions; at the published radii the box has one
 * or three whole pixels.
 *
 * <p>Keeps its planes between calls, so one instance serves one thread.
 */
final class GaussianBlur {
    private static final int PASSES = 3;
    /** One half in 8.24 fixed point. */
    private static final int HALF = 1 << 23;
    /** Pixels summed at a time, so that all arrays stay in the first-level cache. */
    private static final int CHUNK = 2048;

    /** A plane with a border of {@code border} pixels all round, values 0..255; and the same after a pass. */
    private int[] from = new int[0];

    private int[] to = new int[0];
    private final int[] sum = new int[CHUNK];
    private final int[] before = new int[CHUNK];
    private final int[] after = new int[CHUNK];

    private int radius;
    /** One more than the radius: the farthest pixel of which a fraction counts. */
    private int border;
    /**
     * Weights of a pixel inside the box and of the two beyond it, of which a fraction counts; unsigned 8.24 fixed
     * point.
     */
    private int inner;

    private int outer;

    /**
     * Blurs an image in place.
     *
     * @param deviation standard deviation in pixels; 0 leaves the image as it is
     */
    void blur(Planes image, float deviation) {
        float boxRadius = boxRadius(deviation);
        if (boxRadius == 0) {
            return;
        }
        radius = (int) boxRadius;
        border = radius + 1;
        inner = (int) (long) ((1 << 24) / (boxRadius * 2 + 1));
        outer = ((1 << 24) - (radius * 2 + 1) * inner) / 2;
        int bordered = (image.width() + 2 * border) * (image.height() + 2 * border);
        if (from.length < bordered) {
            from = new int[bordered];
            to = new int[bordered];
        }
        for (int channel = 0; channel < Planes.CHANNELS; channel++) {
            blurPlane(image.plane(channel), image.width(), image.height());
        }
    }

    /** Radius of the box whose three passes have the variance deviation²; equations [7], [11], [14] of the paper. */
    static float boxRadius(float deviation) {
        float variance = deviation * deviation / PASSES;
        float length = (float) Math.sqrt(12.0 * variance + 1.0);
        float whole = (float) Math.floor((length - 1.0) / 2.0);
        float fraction = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
        fraction /= 6 * (variance - (whole + 1) * (whole + 1));
        return whole + fraction;
    }

    private void blurPlane(int[] plane, int width, int height) {
        int stride = width + 2 * border;
        int start = border * stride + border;
        for (int y = 0; y < height; y++) {
            System.arraycopy(plane, y * width, from, start + y * stride, width);
        }
        int end = start + (height - 1) * stride + width;
        for (int pass = 0; pass < PASSES; pass++) {
            repeatColumns(start, width, height);
            box(start, end, 1);
        }
        for (int pass = 0; pass < PASSES; pass++) {
            repeatRows(stride, height);
            box(start, end, stride);
        }
        for (int y = 0; y < height; y++) {
            System.arraycopy(from, start + y * stride, plane, y * width, width);
        }
    }

    private void repeatColumns(int start, int width, int height) {
        int stride = width + 2 * border;
        for (int y = 0, left = start, right = start + width; y < height; y++, left += stride, right += stride) {
            for (int x = 1; x <= border; x++) {
                from[left - x] = from[left];
                from[right - 1 + x] = from[right - 1];
            }
        }
    }

    private void repeatRows(int stride, int height) {
        int first = border * stride;
        int last = first + (height - 1) * stride;
        for (int y = 1; y <= border; y++) {
            System.arraycopy(from, first, from, first - y * stride, stride);
            System.arraycopy(from, last, from, last + y * stride, stride);
        }
    }

    /** One box blur along pixels that lie {@code step} apart; what it leaves in the border is of no meaning. */
    private void box(int start, int end, int step) {
        for (int at = start; at < end; at += CHUNK) {
            int length = Math.min(CHUNK, end - at);
            System.arraycopy(from, at, sum, 0, length);
            for (int distance = 1; distance <= radius; distance++) {
                shifted(at, distance * step, length);
                add(sum, before, after, length);
            }
            shifted(at, border * step, length);
            weigh(sum, before, after, inner, outer, length);
            System.arraycopy(sum, 0, to, at, length);
        }
        int[] swap = from;
        from = to;
        to = swap;
    }

    /** Copies what lies {@code distance} before and after a chunk to where the chunk's own indices hold. */
    private void shifted(int at, int distance, int length) {
        System.arraycopy(from, at - distance, before, 0, length);
        System.arraycopy(from, at + distance, after, 0, length);
    }

    private static void add(int[] sum, int[] before, int[] after, int length) {
        for (int i = 0; i < length; i++) {
            sum[i] += before[i] + after[i];
        }
    }

    private static void weigh(int[] sum, int[] before, int[] after, int inner, int outer, int length) {
        for (int i = 0; i < length; i++) {
            sum[i] = sum[i] * inner + (before[i] + after[i]) * outer + HALF >>> 24;
        }
    }
}
