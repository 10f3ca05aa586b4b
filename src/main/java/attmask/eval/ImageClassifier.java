package attmask.eval;

import attmask.config.ModelConfig;
import attmask.config.UserException;
import attmask.data.ReadableImages;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import java.util.List;

/** A backbone with a linear classifier on its [CLS] token, to be evaluated. */
public final class ImageClassifier implements AutoCloseable {
    private final Backend backend;
    private final Encoder encoder;
    private final Arena arena = new Arena("evaluation, classifier");
    private final HeadPredictor predictor;

    /**
     * Plans the memory; {@link #allocate} takes it.
     *
     * @param weights of backbone and {@code head}, read at every call; they may go on learning in between
     */
    public ImageClassifier(Backend backend, ModelConfig model, Parameters weights, int batch) {
        this.backend = backend;
        encoder = new Encoder(backend, model, weights, batch);
        predictor = new HeadPredictor(backend, weights, 1, batch, arena);
    }

    /** The planned memory. */
    public List<Arena> arenas() {
        return List.of(encoder.arena(), arena);
    }

    /** Takes the memory. */
    public void allocate() {
        encoder.allocate();
        arena.allocate(backend::allocate);
    }

    /**
     * Top-1 in percent on all readable images, centre crop.
     *
     * @throws UserException if none is readable
     */
    public double accuracy(ReadableImages images, int workers) {
        long correct = 0;
        long seen = 0;
        try (FeatureStream stream = new FeatureStream(encoder, images, workers)) {
            while (stream.next()) {
                correct += predictor.correct(stream.rows(), stream.labels(), 0, stream.count())[0];
                seen += stream.count();
            }
        }
        if (seen == 0) {
            throw new UserException("none of the " + images.source().size() + " validation images can be read");
        }
        return 100.0 * correct / seen;
    }

    @Override
    public void close() {
        encoder.close();
        arena.close();
    }
}
