package attmask.report;

import attmask.ops.Grid;

/** Smooth magnification of a map over patches, for the eye only: Keys' cubic with a = −0.5, borders repeated. */
final class Bicubic {
    private Bicubic() {}

    /** Returns (height, width) values in [0, 1]; {@code map} is (grid.height, grid.width), also in [0, 1]. */
    static double[] enlarge(double[] map, Grid grid, int height, int width) {
        double[] wide = new double[grid.height() * width];
        for (int y = 0; y < grid.height(); y++) {
            for (int x = 0; x < width; x++) {
                wide[y * width + x] = sample(map, y * grid.width(), 1, grid.width(), x, width);
            }
        }
        double[] out = new double[height * width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                out[y * width + x] = sample(wide, x, width, grid.height(), y, height);
            }
        }
        return out;
    }

    /** The value at position {@code i} of {@code size} along a line of {@code count} values. */
    private static double sample(double[] values, int start, int stride, int count, int i, int size) {
        double centre = (i + 0.5) * count / size - 0.5;
        int first = (int) Math.floor(centre) - 1;
        double sum = 0;
        for (int tap = first; tap < first + 4; tap++) {
            int at = Math.min(count - 1, Math.max(0, tap));
            sum += weight(centre - tap) * values[start + stride * at];
        }
        return Math.min(1, Math.max(0, sum));
    }

    private static double weight(double distance) {
        double d = Math.abs(distance);
        if (d < 1) {
            return (1.5 * d - 2.5) * d * d + 1;
        }
        return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
    }
}
