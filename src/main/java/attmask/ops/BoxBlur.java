package attmask.ops;

/**
 * The box whose three passes have a Gaussian's variance (Gwosdek et al., "Theoretical foundations of Gaussian
 * convolution by extended box filtering", SSVM 2011), in Pillow's fixed point.
 *
 * @param radius pixels on each side of the middle one
 * @param inner weight of a pixel of the box, {@link #ONE} in all
 * @param outer weight of the one pixel beyond it on each side
 */
public record BoxBlur(int radius, int inner, int outer) {
    /** Passes along each axis. */
    public static final int PASSES = 3;

    /** 1 as 8.24 fixed point. */
    public static final int ONE = 1 << 24;

    /** The box for a standard deviation in pixels. */
    public static BoxBlur of(double deviation) {
        float length = length((float) deviation);
        int radius = (int) length;
        int inner = (int) (long) (ONE / (length * 2 + 1));
        return new BoxBlur(radius, inner, (ONE - (radius * 2 + 1) * inner) / 2);
    }

    /** The radius with its fraction: equations 7, 11 and 14. */
    private static float length(float deviation) {
        float variance = deviation * deviation / PASSES;
        float side = (float) Math.sqrt(12.0 * variance + 1.0);
        float whole = (float) Math.floor((side - 1.0) / 2.0);
        float fraction = (2 * whole + 1) * (whole * (whole + 1) - 3 * variance);
        fraction /= 6 * (variance - (whole + 1) * (whole + 1));
        return whole + fraction;
    }

    /** True if every pixel stays as it is. */
    public boolean isNone() {
        return inner == ONE;
    }

    /** The weighted sum of a box's pixels and of the two beyond it, rounded to 8 bits. */
    public int round(int sum, int beyond) {
        return (sum * inner + beyond * outer + ONE / 2) >>> 24;
    }
}
