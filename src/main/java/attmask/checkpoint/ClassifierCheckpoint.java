package attmask.checkpoint;

import attmask.config.FineTuneConfig;
import attmask.config.ModelConfig;
import attmask.config.UserException;
import attmask.nn.Parameters;
import attmask.ops.Backend;
import attmask.optim.Optimizer;
import attmask.tensor.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Fine-tuning in one safetensors file: backbone and classifier under timm's names, their average if one is kept,
 * optimiser, progress and settings.
 */
public final class ClassifierCheckpoint {
    static final String FORMAT = "attmask-jcuda classifier 2";
    /** The same without a checksum. */
    private static final String FIRST_FORMAT = "attmask-jcuda classifier 1";

    private static final String AVERAGE = "average/";
    private static final String FIRST = "optimizer/first/";
    private static final String SECOND = "optimizer/second/";
    private static final String STEPS = "optimizer/steps";
    private static final ObjectMapper JSON = new ObjectMapper();

    private ClassifierCheckpoint() {}

    /**
     * What must be equal for a run to go on.
     *
     * @param images number of training images; their order depends on it
     */
    public record Experiment(ModelConfig model, FineTuneConfig settings, List<String> classes, int images) {
        String json() {
            return JSON.valueToTree(this).toString();
        }
    }

    /**
     * How far a run is.
     *
     * @param step steps done
     * @param loss sum over the current epoch's steps
     * @param unreadable images of the same that could not be read
     * @param best highest top-1 so far, and
     * @param bestEpoch the epoch after which it was reached, from 1; 0 before the first evaluation
     */
    public record Progress(int step, double loss, int unreadable, double best, int bestEpoch) {
        public static final Progress START = new Progress(0, 0, 0, 0, 0);
    }

    /**
     * Writes the newest checkpoint of a run; the one before it is kept.
     *
     * @param average null if none is kept
     */
    public static void save(
            LastCheckpoints last,
            Experiment experiment,
            Backend backend,
            Parameters weights,
            Parameters average,
            Optimizer optimizer,
            Progress progress) {
        SafeTensorsWriter writer = new SafeTensorsWriter()
                .metadata("format", FORMAT)
                .metadata("experiment", experiment.json())
                .metadata("progress", JSON.valueToTree(progress).toString());
        Checkpoint.add(writer, backend, "", weights);
        if (average != null) {
            Checkpoint.add(writer, backend, AVERAGE, average);
        }
        Checkpoint.add(writer, backend, FIRST, optimizer.firstMoments());
        Checkpoint.add(writer, backend, SECOND, optimizer.secondMoments());
        int[] steps = optimizer.stepCounts();
        writer.ints(STEPS, Shape.of(steps.length), () -> steps);
        last.add(writer);
    }

    /**
     * Restores a run exactly.
     *
     * @throws UserException if the file is damaged, or of another experiment
     */
    public static Progress restore(
            Path path,
            Experiment experiment,
            Backend backend,
            Parameters weights,
            Parameters average,
            Optimizer optimizer) {
        try (SafeTensors file = SafeTensors.open(path)) {
            String format = file.metadata().get("format");
            if (!FORMAT.equals(format) && !FIRST_FORMAT.equals(format)) {
                throw new UserException(path + " is not a checkpoint of finetune; name the folder of such a run");
            }
            Checksum.verify(file);
            requireSame(path, JSON.readTree(file.metadata("experiment")), JSON.readTree(experiment.json()));
            Checkpoint.copy(file, backend, "", weights);
            if (average != null) {
                Checkpoint.copy(file, backend, AVERAGE, average);
            }
            Checkpoint.copy(file, backend, FIRST, optimizer.firstMoments());
            Checkpoint.copy(file, backend, SECOND, optimizer.secondMoments());
            optimizer.restoreStepCounts(file.ints(STEPS));
            return JSON.readValue(file.metadata("progress"), Progress.class);
        } catch (JsonProcessingException e) {
            throw new UserException(path + " is damaged: its settings cannot be read; start anew", e);
        }
    }

    private static void requireSame(Path path, JsonNode there, JsonNode here) {
        for (Map.Entry<String, JsonNode> part : ((ObjectNode) here).properties()) {
            JsonNode other = there.path(part.getKey());
            if (part.getValue().isObject() && other.isObject()) {
                requireSame(path, other, part.getValue());
            } else if (!part.getValue().equals(other)) {
                throw new UserException("cannot resume from " + path + ": its " + part.getKey() + " is " + other
                        + ", not " + part.getValue() + "; give the same settings and data, or another --output");
            }
        }
    }
}
