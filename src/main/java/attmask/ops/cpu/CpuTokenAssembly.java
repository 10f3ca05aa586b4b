package attmask.ops.cpu;

import attmask.ops.TokenAssembly;
import attmask.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** {@link TokenAssembly}: forward by image; backward by token position, whose sum over images runs in order. */
final class CpuTokenAssembly extends TokenAssembly {
    private final Workers workers;
    private float[] maskSums = new float[0];

    CpuTokenAssembly(Workers workers) {
        this.workers = workers;
    }

    @Override
    protected void computeForward(
            Tensor tokens, Tensor patches, Tensor cls, Tensor maskToken, Tensor mask, Tensor positions) {
        int width = positions.dim(1);
        int perImage = positions.dim(0);
        ByteBuffer hidden = mask == null ? null : (ByteBuffer) mask.handle();
        workers.rows(tokens.rowCount(), width, (from, rows, scratch) -> {
            float[] token = scratch.floats(0, width);
            float[] position = scratch.floats(1, width);
            for (int row = from; row < from + rows; row++) {
                int image = row / perImage;
                int t = row % perImage;
                int patch = image * (perImage - 1) + t - 1;
                if (t == 0) {
                    Floats.of(cls).get(0, token, 0, width);
                } else if (hidden != null && hidden.get(patch) != 0) {
                    Floats.of(maskToken).get(0, token, 0, width);
                } else {
                    Floats.of(patches).get((long) patch * width, token, 0, width);
                }
                Floats.of(positions).get((long) t * width, position, 0, width);
                ColumnSums.addRow(token, 0, position, 0, width);
                Floats.of(tokens).put((long) row * width, token, 0, width);
            }
        });
    }

    @Override
    protected void computeBackward(
            Tensor dpatches, Tensor dcls, Tensor dmaskToken, Tensor dpositions, Tensor dtokens, Tensor mask) {
        int width = dpositions.dim(1);
        int perImage = dpositions.dim(0);
        if (maskSums.length < perImage * width) {
            maskSums = new float[perImage * width];
        }
        Arrays.fill(maskSums, 0, perImage * width, 0f);
        ByteBuffer hidden = mask == null ? null : (ByteBuffer) mask.handle();
        workers.each(perImage, (t, scratch) -> {
            float[] sum = scratch.floats(0, width);
            sumOverImages(sum, t, dpatches, dtokens, hidden, perImage, width, scratch);
            if (t == 0) {
                accumulate(Floats.of(dcls), 0, sum, 0, width, scratch);
            }
            accumulate(Floats.of(dpositions), (long) t * width, sum, 0, width, scratch);
        });
        if (mask != null) {
            float[] total = new float[width];
            for (int t = 1; t < perImage; t++) {
                ColumnSums.addRow(total, 0, maskSums, t * width, width);
            }
            workers.each(1, (item, scratch) -> accumulate(Floats.of(dmaskToken), 0, total, 0, width, scratch));
        }
    }

    /** sum ← the sum of token t's gradients; on the way each goes to its patch, or to the mask token's sum. */
    private void sumOverImages(
            float[] sum,
            int t,
            Tensor dpatches,
            Tensor dtokens,
            ByteBuffer hidden,
            int perImage,
            int width,
            Scratch scratch) {
        float[] token = scratch.floats(1, width);
        float[] zero = scratch.floats(2, width);
        Arrays.fill(sum, 0, width, 0f);
        Arrays.fill(zero, 0, width, 0f);
        int images = dtokens.rowCount() / perImage;
        for (int image = 0; image < images; image++) {
            Floats.of(dtokens).get(((long) image * perImage + t) * width, token, 0, width);
            ColumnSums.addRow(sum, 0, token, 0, width);
            if (t > 0) {
                int patch = image * (perImage - 1) + t - 1;
                boolean masked = hidden != null && hidden.get(patch) != 0;
                if (masked) {
                    ColumnSums.addRow(maskSums, t * width, token, 0, width);
                }
                Floats.of(dpatches).put((long) patch * width, masked ? zero : token, 0, width);
            }
        }
    }

    private static void accumulate(Floats to, long at, float[] values, int from, int count, Scratch scratch) {
        float[] old = scratch.floats(3, count);
        to.get(at, old, 0, count);
        ColumnSums.addRow(old, 0, values, from, count);
        to.put(at, old, 0, count);
    }
}
