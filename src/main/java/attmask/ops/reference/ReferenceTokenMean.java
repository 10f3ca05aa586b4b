package attmask.ops.reference;

import static attmask.ops.reference.HeapMemory.read;
import static attmask.ops.reference.HeapMemory.write;

import attmask.ops.TokenMean;
import attmask.tensor.Tensor;

/** {@link TokenMean} as a sum. */
final class ReferenceTokenMean extends TokenMean {
    @Override
    protected void computeForward(Tensor mean, Tensor x, int tokens, int first) {
        int width = x.dim(-1);
        int rows = x.rowCount();
        double[] in = read(x);
        double[] sum = new double[width];
        for (int r = 0; r < rows; r++) {
            for (int d = 0; d < width && r % tokens >= first; d++) {
                sum[d] += in[r * width + d];
            }
        }
        for (int d = 0; d < width; d++) {
            sum[d] /= rows / tokens * (tokens - first);
        }
        write(mean, sum);
    }
}
