package attmask.ptx;

/** a·b + c rounded as {@code .rm}, {@code .rp} and {@code .rz} do. */
final class Rounding {
    private Rounding() {}

    static float down(float a, float b, float c) {
        float nearest = Math.fma(a, b, c);
        return finite(nearest) && error(a, b, c, nearest) < 0 ? Math.nextDown(nearest) : nearest;
    }

    static float up(float a, float b, float c) {
        float nearest = Math.fma(a, b, c);
        return finite(nearest) && error(a, b, c, nearest) > 0 ? Math.nextUp(nearest) : nearest;
    }

    static float towardZero(float a, float b, float c) {
        return Math.fma(a, b, c) < 0 ? up(a, b, c) : down(a, b, c);
    }

    private static boolean finite(float x) {
        return Math.abs(x) <= Float.MAX_VALUE;
    }

    /** The sign of exact − rounded: the product is exact in double, and the sum's error is known (Knuth's two-sum). */
    private static double error(float a, float b, float c, float rounded) {
        double product = (double) a * b;
        double sum = product + c;
        double part = sum - product;
        double lost = (product - (sum - part)) + (c - part);
        double difference = sum - rounded;
        return difference != 0 ? difference : lost;
    }
}
