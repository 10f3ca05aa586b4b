package attmask.train;

import attmask.config.TrainConfig;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ssl.SelfDistillation;
import attmask.testkit.TestConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Trains and keeps what each step left on the device. */
final class RecordedTraining implements ProgressView {
    private final List<Step> steps = new ArrayList<>();
    private final Backend backend;
    private SelfDistillation learned;

    private RecordedTraining(Backend backend) {
        this.backend = backend;
    }

    /** @param mask of all global crops, (2B, N) bytes */
    record Step(double loss, byte[] mask) {
        boolean sameMask(Step other) {
            return Arrays.equals(mask, other.mask);
        }
    }

    /**
     * A whole run.
     *
     * @param settings {@code path=value}, over the default preset
     * @param backend is closed at the end
     */
    static List<Step> run(List<String> settings, Backend backend, Path folder, int threads) {
        TrainConfig config = TestConfig.of(settings);
        RecordedTraining record = new RecordedTraining(backend);
        try (backend;
                Trainer trainer = new Trainer(
                        config,
                        backend,
                        RunDirectory.create(folder),
                        DataSets.open(config.data(), config.globalSize()),
                        record,
                        threads)) {
            record.learned = trainer.plan();
            trainer.run(false);
        }
        return record.steps;
    }

    @Override
    public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
        byte[] mask = new byte[Math.toIntExact(learned.mask().count())];
        backend.read(learned.mask(), mask);
        steps.add(new Step(loss, mask));
    }

    @Override
    public void epoch(int epoch, int epochs, int first, int count) {}

    @Override
    public void note(String line) {}

    @Override
    public void close() {}
}
