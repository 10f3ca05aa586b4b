package attmask.ops.cpu;

import attmask.ops.Rows;
import attmask.tensor.Tensor;
import java.nio.IntBuffer;

/** {@link Rows} by chunks of packed rows. */
final class CpuRows extends Rows {
    private final Workers workers;

    CpuRows(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeGather(Tensor packed, Tensor all, Tensor index) {
        int width = all.dim(-1);
        IntBuffer rowOf = (IntBuffer) index.handle();
        workers.rows(packed.rowCount(), width, (from, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * width);
            for (int i = 0; i < rows; i++) {
                Floats.of(all).get(checked(rowOf.get(from + i), all) * width, values, i * width, width);
            }
            Floats.of(packed).put((long) from * width, values, 0, rows * width);
        });
    }

    @Override
    protected void computeScatter(Tensor all, Tensor packed, Tensor index) {
        int width = all.dim(-1);
        IntBuffer rowOf = (IntBuffer) index.handle();
        workers.rows(packed.rowCount(), width, (from, rows, scratch) -> {
            float[] values = scratch.floats(0, rows * width);
            Floats.of(packed).get((long) from * width, values, 0, rows * width);
            for (int i = 0; i < rows; i++) {
                Floats.of(all).put(checked(rowOf.get(from + i), all) * width, values, i * width, width);
            }
        });
    }

    private static long checked(int row, Tensor all) {
        if (row < 0 || row >= all.rowCount()) {
            throw new IndexOutOfBoundsException("rows: index " + row + " is outside the rows of " + all.shape());
        }
        return row;
    }
}
