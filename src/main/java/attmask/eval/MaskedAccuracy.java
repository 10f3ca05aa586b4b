package attmask.eval;

import attmask.checkpoint.LinearHead;
import attmask.config.ModelConfig;
import attmask.config.UserException;
import attmask.data.EvalBatch;
import attmask.data.EvalLoader;
import attmask.data.Normaliser;
import attmask.data.ReadableImages;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;

/**
 * How well a linear head does when what the model attends to most is blacked out: the paper's measure of how much of an
 * image a model needs. The attention is the last block's, of [CLS] in the whole image, mean over heads.
 */
public final class MaskedAccuracy implements AutoCloseable {
    private static final int PREFETCH = 2;

    private final Encoder encoder;
    private final Arena arena = new Arena("linear head");
    private final HeadPredictor predictor;

    /**
     * @param share of the patches that is hidden
     * @param hidden how many patches that is: int(share · patches)
     * @param top1 in percent
     */
    public record Row(double share, int hidden, double top1) {}

    /**
     * Takes the memory.
     *
     * @param encoder of the features that {@code head} was trained on
     * @throws UserException if the head is of other features
     */
    public MaskedAccuracy(Backend backend, Encoder encoder, LinearHead head) {
        if (head.width() != encoder.featureWidth()) {
            throw new UserException("the head takes " + head.width() + " features, the model gives "
                    + encoder.featureWidth() + ": use the checkpoint that the head was trained on");
        }
        this.encoder = encoder;
        Parameters weights =
                new Parameters(NetworkParameters.classifiers(1, head.classes().size(), head.width()), arena, backend);
        predictor = new HeadPredictor(backend, weights, 1, encoder.batch(), arena);
        arena.allocate(backend::allocate);
        backend.write(weights.get("head.weight"), head.weight(), 0);
        backend.write(weights.get("head.bias"), head.bias(), 0);
    }

    /**
     * Top-1 on the images for each share.
     *
     * @param images whose labels mean the head's classes
     * @param shares each from 0 to 1
     * @param progress is told the number of images done
     */
    public List<Row> evaluate(ReadableImages images, List<Double> shares, int workers, IntConsumer progress) {
        ModelConfig model = encoder.model();
        int[] correct = new int[shares.size()];
        float[] masked = new float[encoder.batch() * 3 * model.image().pixels()];
        float[] features = new float[encoder.batch() * encoder.featureWidth()];
        int done = 0;
        try (EvalLoader loader = new EvalLoader(
                images, FeatureExtraction.transform(model.image()), encoder.batch(), workers, PREFETCH)) {
            for (EvalBatch batch = loader.next(); batch != null; batch = loader.next()) {
                int[][] order = mostAttendedFirst(encoder.attention(batch.images(), model.depth() - 1), batch.count());
                for (int i = 0; i < correct.length; i++) {
                    System.arraycopy(batch.images(), 0, masked, 0, masked.length);
                    blackOut(masked, order, hidden(shares.get(i)));
                    encoder.features(masked, features);
                    correct[i] += predictor.correct(features, batch.labels(), 0, batch.count())[0];
                }
                done += batch.count();
                batch.release();
                progress.accept(done);
            }
        }
        if (done == 0) {
            throw new UserException("none of the " + images.source().size() + " images can be read");
        }
        int seen = done;
        return IntStream.range(0, correct.length)
                .mapToObj(i -> new Row(shares.get(i), hidden(shares.get(i)), 100.0 * correct[i] / seen))
                .toList();
    }

    private int hidden(double share) {
        return (int) (encoder.model().patches() * share);
    }

    /** Each image's patches; of equally attended ones the earlier first. */
    private int[][] mostAttendedFirst(double[] attention, int images) {
        int patches = encoder.model().patches();
        return IntStream.range(0, images)
                .mapToObj(image -> IntStream.range(0, patches)
                        .boxed()
                        .sorted(Comparator.comparingDouble((Integer patch) -> -attention[image * patches + patch]))
                        .mapToInt(Integer::intValue)
                        .toArray())
                .toArray(int[][]::new);
    }

    private void blackOut(float[] pixels, int[][] order, int hidden) {
        for (int image = 0; image < order.length; image++) {
            for (int i = 0; i < hidden; i++) {
                blackOut(pixels, image, order[image][i]);
            }
        }
    }

    private void blackOut(float[] pixels, int image, int patch) {
        ModelConfig model = encoder.model();
        int side = model.patch();
        int top = patch / model.gridWidth() * side;
        int left = patch % model.gridWidth() * side;
        for (int channel = 0; channel < 3; channel++) {
            float black = Normaliser.black(channel);
            for (int y = top; y < top + side; y++) {
                int row = ((image * 3 + channel) * model.image().height() + y)
                        * model.image().width();
                for (int x = left; x < left + side; x++) {
                    pixels[row + x] = black;
                }
            }
        }
    }

    @Override
    public void close() {
        arena.close();
    }
}
