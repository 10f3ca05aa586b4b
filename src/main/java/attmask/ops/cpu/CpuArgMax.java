package attmask.ops.cpu;

import attmask.ops.ArgMax;
import attmask.tensor.Tensor;
import java.nio.IntBuffer;

/** {@link ArgMax} row by row. */
final class CpuArgMax extends ArgMax {
    private final Workers workers;

    CpuArgMax(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(Tensor index, Tensor x) {
        int width = x.dim(-1);
        IntBuffer result = (IntBuffer) index.handle();
        workers.rows(x.rowCount(), width, (from, rows, scratch) -> {
            float[] values = scratch.floats(0, width);
            for (int row = from; row < from + rows; row++) {
                Floats.of(x).get((long) row * width, values, 0, width);
                int best = 0;
                for (int i = 1; i < width; i++) {
                    if (values[i] > values[best]) {
                        best = i;
                    }
                }
                result.put(row, best);
            }
        });
    }
}
