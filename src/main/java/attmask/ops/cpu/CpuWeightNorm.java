package attmask.ops.cpu;

import attmask.ops.WeightNorm;
import attmask.tensor.Tensor;

/** {@link WeightNorm} row by row. */
final class CpuWeightNorm extends WeightNorm {
    private final Workers workers;

    CpuWeightNorm(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(Tensor w, Tensor norm, Tensor v, Tensor g) {
        int width = v.dim(1);
        workers.rows(v.dim(0), width, (from, rows, scratch) -> {
            float[] values = scratch.floats(0, width);
            for (int row = from; row < from + rows; row++) {
                Floats.of(v).get((long) row * width, values, 0, width);
                double length = Math.sqrt(RowMath.squares(values, 0, width));
                CpuSoftmax.shiftAndScale(values, 0f, (float) (Floats.of(g).get(row) / length), width);
                Floats.of(norm).put(row, (float) length);
                Floats.of(w).put((long) row * width, values, 0, width);
            }
        });
    }

    @Override
    protected void computeBackward(Tensor dv, Tensor dg, Tensor dw, Tensor v, Tensor g, Tensor norm) {
        int width = v.dim(1);
        workers.rows(v.dim(0), width, (from, rows, scratch) -> {
            float[] gradient = scratch.floats(0, width);
            float[] values = scratch.floats(1, width);
            float[] result = scratch.floats(2, width);
            for (int row = from; row < from + rows; row++) {
                Floats.of(dw).get((long) row * width, gradient, 0, width);
                Floats.of(v).get((long) row * width, values, 0, width);
                Floats.of(dv).get((long) row * width, result, 0, width);
                float length = Floats.of(norm).get(row);
                float s = RowMath.dot(gradient, 0, values, 0, width) / length;
                if (dg != null) {
                    Floats.of(dg).put(row, Floats.of(dg).get(row) + s);
                }
                addProjected(result, gradient, values, s / length, Floats.of(g).get(row) / length, width);
                Floats.of(dv).put((long) row * width, result, 0, width);
            }
        });
    }

    private static void addProjected(float[] to, float[] dw, float[] v, float along, float scale, int count) {
        for (int i = 0; i < count; i++) {
            to[i] += scale * (dw[i] - along * v[i]);
        }
    }
}
