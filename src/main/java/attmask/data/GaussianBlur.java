package attmask.data;

/**
 * Gaussian blur as Pillow computes it: three box blurs of fractional radius along rows, then three along columns, every
 * pass rounded to 8 bits, edges repeated (Gwosdek et al., "Theoretical foundations of Gaussian convolution by extended
 * box filtering", SSVM 2011).
 *
 * <p>Keeps its line buffers between calls, so one instance serves one thread.
 */
final class GaussianBlur {
    private static final int PASSES = 3;

    /**
     * One row or column as values 0..255, with {@code radius + 1} pixels repeated at each end; and the same after a
     * pass.
     */
    private int[] from = new int[0];

    private int[] to = new int[0];

    private int radius;
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
    void blur(byte[] rgb, int width, int height, float deviation) {
        float boxRadius = boxRadius(deviation);
        if (boxRadius == 0) {
            return;
        }
        radius = (int) boxRadius;
        inner = (int) (long) ((1 << 24) / (boxRadius * 2 + 1));
        outer = ((1 << 24) - (radius * 2 + 1) * inner) / 2;
        int longest = (Math.max(width, height) + 2 * (radius + 1)) * 3;
        if (from.length < longest) {
            from = new int[longest];
            to = new int[longest];
        }
        for (int y = 0; y < height; y++) {
            blurLine(rgb, y * width * 3, 3, width);
        }
        for (int x = 0; x < width; x++) {
            blurLine(rgb, x * 3, width * 3, height);
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

    /** All passes over one row or column: pixels start, start+step, ... of {@code rgb}. */
    private void blurLine(byte[] rgb, int start, int step, int pixels) {
        int first = (radius + 1) * 3;
        int end = first + pixels * 3;
        for (int i = first, at = start; i < end; i += 3, at += step) {
            from[i] = rgb[at] & 0xFF;
            from[i + 1] = rgb[at + 1] & 0xFF;
            from[i + 2] = rgb[at + 2] & 0xFF;
        }
        for (int pass = 0; pass < PASSES; pass++) {
            repeatEnds(from, first, end);
            box(from, to, first, end);
            int[] swap = from;
            from = to;
            to = swap;
        }
        for (int i = first, at = start; i < end; i += 3, at += step) {
            rgb[at] = (byte) from[i];
            rgb[at + 1] = (byte) from[i + 1];
            rgb[at + 2] = (byte) from[i + 2];
        }
    }

    private static void repeatEnds(int[] line, int first, int end) {
        for (int i = 0; i < first; i += 3) {
            for (int channel = 0; channel < 3; channel++) {
                line[i + channel] = line[first + channel];
                line[end + i + channel] = line[end - 3 + channel];
            }
        }
    }

    /** One box blur of {@code in[first .. end)}; a running sum per channel. */
    private void box(int[] in, int[] out, int first, int end) {
        int red = 0;
        int green = 0;
        int blue = 0;
        int ahead = 2 * first - 3;
        for (int i = 0; i < ahead; i += 3) {
            red += in[i];
            green += in[i + 1];
            blue += in[i + 2];
        }
        // The box round pixel i reaches from i - first + 3 to i + first - 3; "left" and "right" are the pixels beyond.
        for (int i = first, left = 0, last = ahead, right = ahead + 3;
                i < end;
                i += 3, left += 3, last += 3, right += 3) {
            red += in[last] - in[left];
            green += in[last + 1] - in[left + 1];
            blue += in[last + 2] - in[left + 2];
            out[i] = rounded(red, in[left] + in[right]);
            out[i + 1] = rounded(green, in[left + 1] + in[right + 1]);
            out[i + 2] = rounded(blue, in[left + 2] + in[right + 2]);
        }
    }

    private int rounded(int sum, int beyond) {
        return (sum * inner + beyond * outer + (1 << 23)) >>> 24;
    }
}
