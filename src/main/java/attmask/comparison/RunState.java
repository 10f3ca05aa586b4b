package attmask.comparison;

import attmask.checkpoint.Checkpoint;
import attmask.config.ConfigJson;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.train.RunDirectory;
import java.nio.file.Files;
import java.util.Optional;

/**
 * What a run's folder holds.
 *
 * @param step done, of {@code steps}; both 0 when nothing is known
 * @param problem why the run failed or the folder cannot be used; else empty
 */
public record RunState(Kind kind, int step, int steps, int epochs, String problem) {
    /** How far it is. */
    public enum Kind {
        /** Not begun, or cut off before its first checkpoint. */
        NEW,
        /** To be continued from its checkpoint. */
        BEGUN,
        /** Trained to the end. */
        TRAINED,
        /** Its numbers were not finite; it would fail again, bit for bit. */
        FAILED,
        /** Not what the plan says, or not readable. */
        DAMAGED
    }

    /** Looks at a folder, which need not exist. */
    static RunState of(RunDirectory directory, TrainConfig config) {
        if (!directory.checkpoints().exist()) {
            return new RunState(Kind.NEW, 0, 0, config.run().epochs(), "");
        }
        try {
            Checkpoint.Summary summary =
                    Checkpoint.summary(directory.checkpoints().good().file());
            Optional<String> difference = ConfigJson.firstDifference(summary.config(), config.experiment());
            if (difference.isPresent()) {
                return damaged(config, "its checkpoint is of a run with other settings (" + difference.get() + ")");
            }
            if (summary.step() > 0 && !Files.isRegularFile(directory.log())) {
                return damaged(config, "its log.jsonl is missing");
            }
            Optional<String> failure = RunFailure.read(directory);
            if (failure.isPresent() && !summary.finished()) {
                return new RunState(
                        Kind.FAILED,
                        summary.step(),
                        summary.steps(),
                        config.run().epochs(),
                        failure.get());
            }
            return new RunState(
                    summary.finished() ? Kind.TRAINED : Kind.BEGUN,
                    summary.step(),
                    summary.steps(),
                    config.run().epochs(),
                    "");
        } catch (UserException e) {
            return damaged(config, e.getMessage());
        }
    }

    private static RunState damaged(TrainConfig config, String problem) {
        return new RunState(Kind.DAMAGED, 0, 0, config.run().epochs(), problem);
    }

    /** For people. */
    @Override
    public String toString() {
        return switch (kind) {
            case NEW -> "to do";
            case BEGUN -> String.format("begun: epoch %d of %d", (int) ((long) step * epochs / steps) + 1, epochs);
            case TRAINED -> "trained";
            case FAILED -> "failed: " + problem;
            case DAMAGED -> "damaged: " + problem;
        };
    }
}
