package attmask.ssl;

import attmask.ops.Backend;
import attmask.ops.DistillationCrossEntropy;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;
import java.util.Arrays;

/**
 * iBOT's masked-patch loss: teacher and student of the same crop, mean over the crop's masked tokens (divisor at least
 * 1), then over all images, masked or not, then over the two crops.
 */
final class PatchLoss {
    private final Backend backend;
    private final double weight;
    private final int parts;
    private final RowLoss rowLoss;
    private final Tensor pairs;
    private final Tensor weights;

    /** @param parts of a step, whose losses add up */
    PatchLoss(Backend backend, double weight, int parts, int capacity, Arena arena) {
        this.backend = backend;
        this.weight = weight;
        this.parts = parts;
        rowLoss = new RowLoss(backend, capacity, arena);
        pairs = arena.tensor(DType.I32, capacity, 1);
        weights = arena.tensor(backend.real(), capacity);
    }

    /** Once the arena is allocated. */
    void prepare() {
        int[] same = new int[pairs.dim(0)];
        Arrays.setAll(same, i -> i);
        backend.write(pairs, same, same.length);
    }

    /**
     * The weighted loss; {@code logits} (M, K') are replaced with their gradient.
     *
     * @param counts masked tokens of each of the 2B crops, which sum to M
     */
    RowLoss.Sum replaceWithGradient(
            Tensor logits,
            Tensor teacher,
            int[] counts,
            Tensor center,
            DistillationCrossEntropy.Temperatures temperatures) {
        int rows = logits.dim(0);
        double[] each = new double[rows];
        int row = 0;
        for (int count : counts) {
            Arrays.fill(each, row, row + count, weight / (counts.length * (double) Math.max(1, count) * parts));
            row += count;
        }
        backend.write(weights.rows(0, rows), each);
        return rowLoss.run(logits, teacher, pairs.rows(0, rows), weights.rows(0, rows), center, temperatures);
    }
}
