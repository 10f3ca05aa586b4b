package attmask.comparison;

import attmask.config.UserException;
import attmask.train.StepTimes;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.commons.math3.stat.descriptive.rank.Median;
import org.apache.commons.math3.stat.descriptive.rank.Min;

/** What a run's {@code log.jsonl} says, read back. */
final class RunLog {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Evaluated before training, and after an epoch; other lines say something about a step. */
    private static final Set<String> KINDS = Set.of("eval", "epoch");

    /** Lines by epoch; 0 is before training. */
    private final SortedMap<Integer, JsonNode> epochs = new TreeMap<>();

    private RunLog() {}

    /** @throws UserException if it is missing or damaged */
    static RunLog read(Path file) {
        RunLog log = new RunLog();
        int number = 0;
        try {
            for (String text : Files.readAllLines(file)) {
                number++;
                JsonNode line = JSON.readTree(text);
                if (!line.path("epoch").isInt()) {
                    throw damaged(file, number, null);
                }
                if (KINDS.contains(line.path("kind").asText())) {
                    log.epochs.put(line.get("epoch").intValue(), line);
                }
            }
        } catch (JsonProcessingException e) {
            throw damaged(file, number, e);
        } catch (IOException e) {
            throw new UserException(
                    file + " cannot be read (" + e.getMessage() + "); delete its folder to repeat the run", e);
        }
        return log;
    }

    private static UserException damaged(Path file, int line, Exception cause) {
        return new UserException(file + " line " + line + " is damaged; delete its folder to repeat the run", cause);
    }

    /** Online k-NN top-1 in percent by epoch, 0 before training; without the epochs that were not evaluated. */
    SortedMap<Integer, Double> curve(int k) {
        SortedMap<Integer, Double> curve = new TreeMap<>();
        epochs.forEach((epoch, line) -> {
            JsonNode value = line.path("knn" + k + "_top1");
            if (value.isNumber()) {
                curve.put(epoch, value.doubleValue());
            }
        });
        return curve;
    }

    /** Milliseconds of a step: the median over the epochs of their medians, and the fastest of all steps. */
    StepTimes stepTimes() {
        return new StepTimes(
                new Median().evaluate(epochValues("step_ms")), new Min().evaluate(epochValues("step_ms_min")));
    }

    /** A number of the trained epochs; the first, with what is compiled in it, is left out where there are others. */
    private double[] epochValues(String name) {
        return epochs.tailMap(epochs.size() > 2 ? 2 : 1).values().stream()
                .map(line -> line.path(name))
                .filter(JsonNode::isNumber)
                .mapToDouble(JsonNode::doubleValue)
                .toArray();
    }
}
