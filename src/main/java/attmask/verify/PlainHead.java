package attmask.verify;

import attmask.config.HeadConfig;
import attmask.nn.Parameters;
import attmask.nn.ProjectionHead;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.Tensor;

/**
 * The projection head in its plain form: every token through both last layers, as the original program runs it. The
 * training step computes masked tokens only; comparing both with the golden logits proves that saving.
 */
final class PlainHead {
    private final double[] cls;
    private final double[] patches;

    /**
     * @param tokens (at least images·T, D), [CLS] first in each image
     * @param perImage T
     */
    PlainHead(Backend backend, Parameters parameters, HeadConfig config, Tensor tokens, int images, int perImage) {
        int rows = images * perImage;
        try (Arena arena = new Arena("plain head")) {
            Weights weights = new Weights(backend, parameters, null, arena);
            ProjectionHead head = new ProjectionHead(weights, config, rows, arena);
            Tensor clsLogits = arena.tensor(backend.real(), rows, config.prototypes());
            Tensor patchLogits = arena.tensor(backend.real(), rows, config.patchPrototypes());
            arena.allocate(backend::allocate);
            weights.refresh();
            head.prepare();
            Tensor z = head.bottleneck(tokens.rows(0, rows));
            head.clsLogits(clsLogits, z);
            head.patchLogits(patchLogits, z);
            cls = pick(read(backend, clsLogits), config.prototypes(), perImage, 0, 1);
            patches = pick(read(backend, patchLogits), config.patchPrototypes(), perImage, 1, perImage);
        }
    }

    /** (images, K). */
    double[] cls() {
        return cls;
    }

    /** (images, N, K'). */
    double[] patches() {
        return patches;
    }

    private static double[] read(Backend backend, Tensor tensor) {
        double[] values = new double[(int) tensor.count()];
        backend.read(tensor, values);
        return values;
    }

    /** The rows of each image whose token index lies in [from, to). */
    private static double[] pick(double[] rows, int width, int perImage, int from, int to) {
        int images = rows.length / width / perImage;
        int length = (to - from) * width;
        double[] picked = new double[images * length];
        for (int b = 0; b < images; b++) {
            System.arraycopy(rows, (b * perImage + from) * width, picked, b * length, length);
        }
        return picked;
    }
}
