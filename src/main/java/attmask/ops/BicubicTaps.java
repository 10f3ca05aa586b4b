package attmask.ops;

/**
 * The four source indices and weights of each output position when one axis of a position embedding is resized from
 * {@code from} to {@code to} entries: bicubic with a = −0.75, source coordinate (i + 0.5)·from/(to + 0.1) − 0.5, border
 * clamped. The 0.1 is DINO's (it guards its floor) and changes the sampling, so it belongs to the result.
 *
 * @param index (to, 4) source indices
 * @param weight (to, 4) their weights, summing to 1
 */
public record BicubicTaps(int[][] index, double[][] weight) {
    private static final double A = -0.75;

    /** The taps for one axis. */
    public static BicubicTaps of(int from, int to) {
        int[][] index = new int[to][4];
        double[][] weight = new double[to][4];
        for (int i = 0; i < to; i++) {
            double source = (i + 0.5) * from / (to + 0.1) - 0.5;
            int floor = (int) Math.floor(source);
            for (int tap = 0; tap < 4; tap++) {
                index[i][tap] = Math.min(Math.max(floor - 1 + tap, 0), from - 1);
                weight[i][tap] = cubic(Math.abs(source - (floor - 1 + tap)));
            }
        }
        return new BicubicTaps(index, weight);
    }

    private static double cubic(double x) {
        return x <= 1 ? ((A + 2) * x - (A + 3)) * x * x + 1 : A * (((x - 5) * x + 8) * x - 4);
    }
}
