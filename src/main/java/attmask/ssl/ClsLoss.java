package attmask.ssl;

import attmask.ops.Backend;
import attmask.ops.DistillationCrossEntropy;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;

/**
 * The cross-view [CLS] loss of DINO: teacher crop q against student crop v over all v ≠ q, averaged over the 2(2+L) − 2
 * pairs and the images.
 */
final class ClsLoss {
    private final Backend backend;
    private final CropSet crops;
    private final double weight;
    private final RowLoss rowLoss;
    private final Tensor pairs;
    private final Tensor weights;

    ClsLoss(Backend backend, CropSet crops, double weight, Arena arena) {
        this.backend = backend;
        this.crops = crops;
        this.weight = weight;
        rowLoss = new RowLoss(backend, crops.images(), arena);
        pairs = arena.tensor(DType.I32, crops.images(), 2);
        weights = arena.tensor(backend.real(), crops.images());
    }

    /** Once the arena is allocated. */
    void prepare() {
        int batch = crops.batch();
        int[] table = new int[2 * crops.images()];
        double[] each = new double[crops.images()];
        int terms = 2 * (2 + crops.locals()) - 2;
        for (int row = 0; row < crops.images(); row++) {
            int view = row / batch;
            int image = row % batch;
            boolean global = view < 2;
            table[2 * row] = global ? (1 - view) * batch + image : image;
            table[2 * row + 1] = global ? -1 : batch + image;
            each[row] = weight / (terms * (double) batch * crops.parts());
        }
        backend.write(pairs, table, table.length);
        backend.write(weights, each);
    }

    /** The weighted loss, these images' share of the step's; {@code logits} ((2+L)·B, K) are replaced with their gradient. */
    RowLoss.Sum replaceWithGradient(
            Tensor logits, Tensor teacher, Tensor center, DistillationCrossEntropy.Temperatures temperatures) {
        return rowLoss.run(logits, teacher, pairs, weights, center, temperatures);
    }
}
