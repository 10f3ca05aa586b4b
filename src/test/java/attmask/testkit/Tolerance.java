package attmask.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import attmask.tensor.DType;

/** How far a number may be from the expected one: |actual − expected| ≤ absolute + relative·|expected|. */
public record Tolerance(double absolute, double relative) {
    /** Nothing may differ. */
    public static final Tolerance EXACT = new Tolerance(0, 0);

    /** A handful of roundings that every result has, whatever its sums. */
    private static final int ROUNDINGS = 8;

    /** What rounding to bfloat16 is off by at most, relatively: half the distance of two neighbours around 1. */
    static final double BF16_ROUNDOFF = 0x1p-8;

    /**
     * What the arithmetic deserves. A sum of n terms of order one, in whatever order it is taken, has n roundings of
     * random sign, u times the partial sums with the unit roundoff u. Those are of order √n, which makes an error of
     * order n·u, or as large as the result, which makes √n·u of it. The former is doubled: the worst of many thousand
     * elements lies several deviations out.
     *
     * @param terms length of the longest sum behind a number
     * @param size order of magnitude of those terms
     */
    public static Tolerance of(DType type, int terms, double size) {
        if (type == DType.BF16) {
            // Sums are float32's; only the result is rounded.
            Tolerance sums = of(DType.F32, terms, size);
            return new Tolerance(sums.absolute, sums.relative + BF16_ROUNDOFF);
        }
        double unitRoundoff =
                switch (type) {
                    case F64 -> 0x1p-53;
                    case F32 -> 0x1p-24;
                    default -> 0;
                };
        return new Tolerance(
                unitRoundoff * (ROUNDINGS + 2.0 * terms) * size, unitRoundoff * (ROUNDINGS + Math.sqrt(terms)));
    }

    /** Fails with the worst element when any is outside. */
    public void check(String what, double[] expected, double[] actual) {
        assertEquals(expected.length, actual.length, what + ": number of elements");
        int worst = -1;
        double worstExcess = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = Math.abs(actual[i] - expected[i]);
            double allowed = absolute + relative * Math.abs(expected[i]);
            boolean same = actual[i] == expected[i]; // also equal infinities
            // Not (difference > allowed): a NaN must fail.
            if (!same && !(difference <= allowed)) {
                double excess = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference - allowed;
                if (worst < 0 || excess > worstExcess) {
                    worst = i;
                    worstExcess = excess;
                }
            }
        }
        if (worst >= 0) {
            fail(what + " [" + worst + "]: expected " + expected[worst] + ", got " + actual[worst] + ", difference "
                    + Math.abs(actual[worst] - expected[worst]) + ", allowed "
                    + (absolute + relative * Math.abs(expected[worst])));
        }
    }

    /** The same for one number. */
    public void check(String what, double expected, double actual) {
        check(what, new double[] {expected}, new double[] {actual});
    }
}
