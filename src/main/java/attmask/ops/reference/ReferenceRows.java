package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.readInts;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.Rows;
import attmask.tensor.Tensor;

/** {@link Rows} as copies. */
final class ReferenceRows extends Rows {
    @Override
    protected void computeGather(Tensor packed, Tensor all, Tensor index) {
        int width = all.dim(-1);
        double[] source = read(all);
        int[] rows = readInts(index);
        double[] out = new double[(int) packed.count()];
        for (int i = 0; i < out.length / width; i++) {
            System.arraycopy(source, rows[i] * width, out, i * width, width);
        }
        write(packed, out);
    }

    @Override
    protected void computeScatter(Tensor all, Tensor packed, Tensor index) {
        int width = all.dim(-1);
        double[] source = read(packed);
        int[] rows = readInts(index);
        double[] out = read(all);
        for (int i = 0; i < source.length / width; i++) {
            System.arraycopy(source, i * width, out, rows[i] * width, width);
        }
        write(all, out);
    }
}
