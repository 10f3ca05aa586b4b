package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;

import attmask.ops.ArgMax;
import attmask.tensor.Tensor;
import java.nio.IntBuffer;

/** {@link ArgMax} by scanning. */
final class ReferenceArgMax extends ArgMax {
    @Override
    protected void computeForward(Tensor index, Tensor x) {
        int width = x.dim(-1);
        double[] in = read(x);
        int[] best = new int[x.rowCount()];
        for (int r = 0; r < best.length; r++) {
            for (int k = 1; k < width; k++) {
                if (in[r * width + k] > in[r * width + best[r]]) {
                    best[r] = k;
                }
            }
        }
        ((IntBuffer) index.handle()).put(0, best);
    }
}
