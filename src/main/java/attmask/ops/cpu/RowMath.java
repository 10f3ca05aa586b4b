package attmask.ops.cpu;

/**
 * Reductions over part of a Java array. Each keeps eight running values and combines them in a fixed order, so that the
 * processor is not held up by one chain of additions and the result is the same on every machine.
 */
final class RowMath {
    private RowMath() {}

    static float sum(float[] x, int from, int count) {
        float a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
        int i = from;
        for (int end = from + (count & ~7); i < end; i += 8) {
            a += x[i];
            b += x[i + 1];
            c += x[i + 2];
            d += x[i + 3];
            e += x[i + 4];
            f += x[i + 5];
            g += x[i + 6];
            h += x[i + 7];
        }
        for (; i < from + count; i++) {
            a += x[i];
        }
        return ((a + b) + (c + d)) + ((e + f) + (g + h));
    }

    static float dot(float[] x, int from, float[] y, int yFrom, int count) {
        float a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0;
        int i = 0;
        for (int end = count & ~7; i < end; i += 8) {
            a += x[from + i] * y[yFrom + i];
            b += x[from + i + 1] * y[yFrom + i + 1];
            c += x[from + i + 2] * y[yFrom + i + 2];
            d += x[from + i + 3] * y[yFrom + i + 3];
            e += x[from + i + 4] * y[yFrom + i + 4];
            f += x[from + i + 5] * y[yFrom + i + 5];
            g += x[from + i + 6] * y[yFrom + i + 6];
            h += x[from + i + 7] * y[yFrom + i + 7];
        }
        for (; i < count; i++) {
            a += x[from + i] * y[yFrom + i];
        }
        return ((a + b) + (c + d)) + ((e + f) + (g + h));
    }

    /** Σ x² in double precision. */
    static double squares(float[] x, int from, int count) {
        double a = 0, b = 0, c = 0, d = 0;
        int i = from;
        for (int end = from + (count & ~3); i < end; i += 4) {
            a += (double) x[i] * x[i];
            b += (double) x[i + 1] * x[i + 1];
            c += (double) x[i + 2] * x[i + 2];
            d += (double) x[i + 3] * x[i + 3];
        }
        for (; i < from + count; i++) {
            a += (double) x[i] * x[i];
        }
        return (a + b) + (c + d);
    }

    /** The largest entry; NaN if there is one. */
    static float max(float[] x, int from, int count) {
        float a = x[from], b = a, c = a, d = a;
        int i = from;
        for (int end = from + (count & ~3); i < end; i += 4) {
            a = Math.max(a, x[i]);
            b = Math.max(b, x[i + 1]);
            c = Math.max(c, x[i + 2]);
            d = Math.max(d, x[i + 3]);
        }
        for (; i < from + count; i++) {
            a = Math.max(a, x[i]);
        }
        return Math.max(Math.max(a, b), Math.max(c, d));
    }
}
