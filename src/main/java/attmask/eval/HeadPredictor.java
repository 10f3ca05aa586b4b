package attmask.eval;

import attmask.nn.Classifier;
import attmask.nn.Parameters;
import attmask.nn.Weights;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import attmask.tensor.DType;
import attmask.tensor.Tensor;

/** What linear heads make of features. */
final class HeadPredictor {
    private final Backend backend;
    private final Weights weights;
    private final Classifier classifier;
    private final int heads;
    private final Tensor features;
    private final Tensor choice;
    private final int[] host;

    /**
     * Plans memory in {@code arena}.
     *
     * @param parameters with {@code head}, read at every call
     * @param heads H, side by side in {@code head}
     * @param batch most images at a time
     */
    HeadPredictor(Backend backend, Parameters parameters, int heads, int batch, Arena arena) {
        this.backend = backend;
        this.heads = heads;
        weights = new Weights(backend, parameters, null, arena);
        classifier = new Classifier(weights, batch, arena);
        features = arena.tensor(
                backend.activation(), batch, parameters.get("head.weight").dim(1));
        choice = arena.tensor(DType.I32, batch * heads);
        host = new int[batch * heads];
    }

    /**
     * Counts for each head the images that it puts into their class.
     *
     * @param rows (at least count, F)
     * @param labels the images' classes, from {@code first} on
     */
    int[] correct(float[] rows, int[] labels, int first, int count) {
        Tensor x = features.rows(0, count);
        backend.write(x, rows, 0);
        weights.refresh();
        Tensor logits = classifier.forward(x);
        backend.argMax().forward(choice.rows(0, count * heads), logits.view(count * heads, logits.dim(1) / heads));
        backend.read(choice, host);
        int[] correct = new int[heads];
        for (int i = 0; i < count; i++) {
            for (int head = 0; head < heads; head++) {
                correct[head] += host[i * heads + head] == labels[first + i] ? 1 : 0;
            }
        }
        return correct;
    }

    /** Share of images put into their class, in percent, for each head. */
    double[] accuracy(Features images) {
        int batch = features.dim(0);
        int width = images.width();
        float[] rows = new float[batch * width];
        long[] correct = new long[heads];
        for (int first = 0; first < images.count(); first += batch) {
            int count = Math.min(batch, images.count() - first);
            System.arraycopy(images.rows(), first * width, rows, 0, count * width);
            int[] some = correct(rows, images.labels(), first, count);
            for (int head = 0; head < heads; head++) {
                correct[head] += some[head];
            }
        }
        double[] top1 = new double[heads];
        for (int head = 0; head < heads; head++) {
            top1[head] = 100.0 * correct[head] / images.count();
        }
        return top1;
    }
}
