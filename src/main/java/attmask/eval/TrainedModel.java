package attmask.eval;

import attmask.checkpoint.Checkpoint;
import attmask.config.TrainConfig;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.tensor.Arena;
import java.nio.file.Path;
import java.util.function.Function;

/** The teacher of a checkpoint, ready to encode. */
public final class TrainedModel implements AutoCloseable {
    private final TrainConfig config;
    private final Arena arena = new Arena("weights");
    private final Encoder encoder;

    /** The same for the last block's [CLS]. */
    public TrainedModel(Path file, Backend backend, int batch) {
        this(file, backend, batch, trained -> Readout.cls());
    }

    /**
     * @param file a checkpoint
     * @param readout what the features are, given the settings it was trained with
     */
    public TrainedModel(Path file, Backend backend, int batch, Function<TrainConfig, Readout.Plan> readout) {
        config = Checkpoint.config(file);
        Readout.Plan plan = readout.apply(config);
        Parameters weights = new Parameters(plan.parameters(config.model()), arena, backend);
        arena.allocate(backend::allocate);
        Checkpoint.readTeacher(file, backend, weights);
        encoder = new Encoder(backend, config.model(), weights, batch, plan).allocate();
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
