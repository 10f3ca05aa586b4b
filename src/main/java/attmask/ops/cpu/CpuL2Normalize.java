package attmask.ops.cpu;

import attmask.ops.L2Normalize;
import attmask.tensor.Tensor;

/** {@link L2Normalize} row by row; the length is summed in double precision, so that no square overflows. */
final class CpuL2Normalize extends L2Normalize {
    private final Workers workers;

    CpuL2Normalize(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(Tensor y, Tensor norm, Tensor x) {
        int width = x.dim(-1);
        workers.rows(x.rowCount(), width, (from, rows, scratch) -> {
            float[] values = scratch.floats(0, width);
            for (int row = from; row < from + rows; row++) {
                Floats.of(x).get((long) row * width, values, 0, width);
                double length = Math.sqrt(RowMath.squares(values, 0, width));
                CpuSoftmax.shiftAndScale(values, 0f, (float) (1 / Math.max(length, EPSILON)), width);
                Floats.of(norm).put(row, (float) length);
                Floats.of(y).put((long) row * width, values, 0, width);
            }
        });
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor y, Tensor norm) {
        int width = y.dim(-1);
        workers.rows(y.rowCount(), width, (from, rows, scratch) -> {
            float[] gradient = scratch.floats(0, width);
            float[] values = scratch.floats(1, width);
            for (int row = from; row < from + rows; row++) {
                Floats.of(dy).get((long) row * width, gradient, 0, width);
                Floats.of(y).get((long) row * width, values, 0, width);
                float length = Floats.of(norm).get(row);
                boolean clamped = length < (float) EPSILON;
                float dot = clamped ? 0f : RowMath.dot(gradient, 0, values, 0, width);
                project(gradient, values, dot, (float) (1 / Math.max(length, EPSILON)), width);
                Floats.of(dx).put((long) row * width, gradient, 0, width);
            }
        });
    }

    private static void project(float[] gradient, float[] y, float dot, float scale, int count) {
        for (int i = 0; i < count; i++) {
            gradient[i] = (gradient[i] - y[i] * dot) * scale;
        }
    }
}
