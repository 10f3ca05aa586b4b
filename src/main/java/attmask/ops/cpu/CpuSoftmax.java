package attmask.ops.cpu;

import attmask.ops.Softmax;
import attmask.tensor.Tensor;

/** {@link Softmax} row by row. */
final class CpuSoftmax extends Softmax {
    private final Workers workers;

    CpuSoftmax(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(Tensor y, Tensor x, Tensor center, double temperature) {
        int width = x.dim(-1);
        float inverse = (float) (1 / temperature);
        workers.rows(x.rowCount(), width, (from, rows, scratch) -> {
            float[] values = scratch.floats(0, width);
            float[] shift = scratch.floats(1, width);
            if (center != null) {
                Floats.of(center).get(0, shift, 0, width);
            }
            for (int row = from; row < from + rows; row++) {
                Floats.of(x).get((long) row * width, values, 0, width);
                if (center != null) {
                    subtract(values, shift, width);
                }
                float max = RowMath.max(values, 0, width);
                shiftAndScale(values, max, inverse, width);
                scratch.exponential.apply(values, 0, width);
                shiftAndScale(values, 0, 1 / RowMath.sum(values, 0, width), width);
                Floats.of(y).put((long) row * width, values, 0, width);
            }
        });
    }

    static void subtract(float[] x, float[] y, int count) {
        for (int i = 0; i < count; i++) {
            x[i] -= y[i];
        }
    }

    static void shiftAndScale(float[] x, float minus, float times, int count) {
        for (int i = 0; i < count; i++) {
            x[i] = (x[i] - minus) * times;
        }
    }

    @Override
    protected void computeBackward(Tensor dx, Tensor dy, Tensor y, double temperature) {
        int width = y.dim(-1);
        float inverse = (float) (1 / temperature);
        workers.rows(y.rowCount(), width, (from, rows, scratch) -> {
            float[] gradient = scratch.floats(0, width);
            float[] values = scratch.floats(1, width);
            for (int row = from; row < from + rows; row++) {
                Floats.of(dy).get((long) row * width, gradient, 0, width);
                Floats.of(y).get((long) row * width, values, 0, width);
                float dot = RowMath.dot(gradient, 0, values, 0, width);
                backward(gradient, values, dot, inverse, width);
                Floats.of(dx).put((long) row * width, gradient, 0, width);
            }
        });
    }

    private static void backward(float[] gradient, float[] y, float dot, float inverse, int count) {
        for (int i = 0; i < count; i++) {
            gradient[i] = y[i] * (gradient[i] - dot) * inverse;
        }
    }
}
