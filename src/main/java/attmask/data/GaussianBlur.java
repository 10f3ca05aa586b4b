package attmask.data;

/**
 * Gaussian blur as Pillow computes it: three box blurs of fractional radius along rows, then three along columns, every pass
 * rounded to 8 bits, edges repeated (Gwosdek et al., "Theoretical foundations of Gaussian convolution by extended box
 * filtering", SSVM 2011).
 *
 * <p>Keeps its line buffers between calls, so one instance serves one thread.
 */
final class GaussianBlur {
    private static final int PASSES = 3;

    private byte[] from = new byte[0];
    private byte[] to = new byte[0];

    /**
     * Blurs an image in place.
     *
     * @param radius standard deviation in pixels; 0 leaves the image as it is
     */
    void blur(byte[] rgb, int width, int height, float radius) {
        float boxRadius = boxRadius(radius);
        if (boxRadius == 0) {
            return;
        }
        int longest = Math.max(width, height) * 3;
        if (from.length < longest) {
            from = new byte[longest];
            to = new byte[longest];
        }
        for (int y = 0; y < height; y++) {
            blurLine(rgb, y * width * 3, 3, width, boxRadius);
        }
        for (int x = 0; x < width; x++) {
            blurLine(rgb, x * 3, width * 3, height, boxRadius);
        }
    }

    /** Radius of the box whose three passes have the variance radius²; equations [7], [11], [14] of the paper. */
    static float boxRadius(float radius) {
        float variance = radius * radius / PASSES;
        float length = (float) Math.sqrt(12.0 * variance + 1.0);
        float whole = (float) Math.floor((length - 1.0) / 2.0);
        float fraction = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
        fraction /= 6 * (variance - (whole + 1) * (whole + 1));
        return whole + fraction;
    }

    /** All passes over one row or column: pixels start, start+step, … of {@code rgb}. */
    private void blurLine(byte[] rgb, int start, int step, int pixels, float boxRadius) {
        for (int i = 0, at = start; i < pixels * 3; i += 3, at += step) {
            from[i] = rgb[at];
            from[i + 1] = rgb[at + 1];
            from[i + 2] = rgb[at + 2];
        }
        for (int pass = 0; pass < PASSES; pass++) {
            for (int channel = 0; channel < 3; channel++) {
                box(from, to, channel, pixels - 1, boxRadius);
            }
            byte[] swap = from;
            from = to;
            to = swap;
        }
        for (int i = 0, at = start; i < pixels * 3; i += 3, at += step) {
            rgb[at] = from[i];
            rgb[at + 1] = from[i + 1];
            rgb[at + 2] = from[i + 2];
        }
    }

    /** One box blur: weight 1/(2r+1) for whole pixels, a fraction of it for the two beyond; unsigned 8.24 fixed point. */
    private static void box(byte[] in, byte[] out, int channel, int last, float boxRadius) {
        int radius = (int) boxRadius;
        int whole = (int) (long) ((1 << 24) / (boxRadius * 2 + 1));
        int edge = ((1 << 24) - (radius * 2 + 1) * whole) / 2;
        int sum = 0;
        for (int x = -radius - 1; x < radius; x++) {
            sum += at(in, channel, x, last);
        }
        for (int x = 0; x <= last; x++) {
            int left = at(in, channel, x - radius - 1, last);
            sum += at(in, channel, x + radius, last) - left;
            int blurred = sum * whole + (left + at(in, channel, x + radius + 1, last)) * edge;
            out[x * 3 + channel] = (byte) ((blurred + (1 << 23)) >>> 24);
        }
    }

    private static int at(byte[] line, int channel, int x, int last) {
        return line[Math.max(0, Math.min(last, x)) * 3 + channel] & 0xFF;
    }
}
