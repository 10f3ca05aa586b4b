package attmask.eval;

import attmask.checkpoint.Checkpoint;
import attmask.config.TrainConfig;
import attmask.nn.NetworkParameters;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/** The teacher's backbone of a checkpoint, ready to encode. */
public final class TrainedModel implements AutoCloseable {
    private final TrainConfig config;
    private final Arena arena = new Arena("weights");
    private final Encoder encoder;

    /** @param checkpoint a checkpoint, or the folder of a run */
    public TrainedModel(Path checkpoint, Backend backend, int batch) {
        Path file = Files.isDirectory(checkpoint) ? checkpoint.resolve("checkpoint.safetensors") : checkpoint;
        config = Checkpoint.config(file);
        Parameters weights = new Parameters(NetworkParameters.backbone(config.model()), arena, backend);
        arena.allocate(backend::allocate);
        Checkpoint.readTeacher(file, backend, weights);
        encoder = new Encoder(backend, config.model(), weights, batch).allocate();
    }

    /** The settings it was trained with. */
    public TrainConfig config() {
        return config;
    }

    public Encoder encoder() {
        return encoder;
    }

    @Override
    public void close() {
        encoder.close();
        arena.close();
    }
}
