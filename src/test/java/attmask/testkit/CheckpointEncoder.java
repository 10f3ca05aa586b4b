package attmask.testkit;

import attmask.checkpoint.Checkpoint;
import attmask.config.ModelConfig;
import attmask.eval.Encoder;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import java.nio.file.Path;

/** What this program computes with a checkpoint. */
public final class CheckpointEncoder implements AutoCloseable {
    private final ModelConfig model;
    private final Arena arena = new Arena("weights");
    private final Encoder encoder;

    /** @param batch images at a time */
    public CheckpointEncoder(Path checkpoint, Backend backend, int batch) {
        model = Checkpoint.config(checkpoint).model();
        Parameters weights = new Parameters(NetworkParameters.backbone(model), arena, backend);
        arena.allocate(backend::allocate);
        Checkpoint.readTeacher(checkpoint, backend, weights);
        encoder = new Encoder(backend, model, weights, batch).allocate();
    }

    public ModelConfig model() {
        return model;
    }

    /** (batch, D) of (batch, 3, H, W). */
    public float[] features(float[] images) {
        float[] features = new float[encoder.batch() * model.width()];
        encoder.features(images, features);
        return features;
    }

    /** [CLS] attention of the last block, mean over heads: (batch, N). */
    public double[] scores(float[] images) {
        return encoder.attention(images, model.depth() - 1);
    }

    @Override
    public void close() {
        encoder.close();
        arena.close();
    }
}
