package attmask.train;

import attmask.config.NonFiniteException;
import attmask.data.ImageSource;
import attmask.file.WholeFile;
import attmask.ssl.Losses;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What becomes of steps whose loss or gradient is not finite: nothing of them is learned; each is logged, the first ones
 * with a file of their own that names the images; too many in a row end the run.
 */
final class SkippedSteps {
    /** Files of single steps, so that a run that goes on for long fills no disk. */
    private static final int MOST_FILES = 100;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final RunDirectory directory;
    private final TrainingLog log;
    private final ImageSource images;
    private final int limit;
    private int inRow;
    private int files;

    /** @param limit steps in a row that end the run */
    SkippedSteps(RunDirectory directory, TrainingLog log, ImageSource images, int limit) {
        this.directory = directory;
        this.log = log;
        this.images = images;
        this.limit = limit;
    }

    /** A step was learned from. */
    void learned() {
        inRow = 0;
    }

    /**
     * A step was not.
     *
     * @param offending name of what is not finite
     * @param step its number, from 1
     * @return a line for people
     * @throws NonFiniteException if it is one too many in a row
     */
    String skip(String offending, Losses losses, StepImages taken, int step, double learningRate) {
        inRow++;
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("tensor", offending);
        // JSON has no NaN.
        line.put("loss", Double.toString(losses.total()));
        line.put("in_row", inRow);
        line.put("learning_rate", learningRate);
        line.put("images", taken.indices().clone());
        log.add("skipped", taken.epoch() + 1, step, line);
        if (files < MOST_FILES) {
            files++;
            write(step, taken, line);
        }
        String what = "step " + step + " skipped: " + offending + " is not finite (loss " + losses.total() + ")";
        if (inRow >= limit) {
            throw new NonFiniteException(what + ", " + inRow + " in a row; "
                    + directory.checkpoint() + ", if there is one, holds the last good state; lower"
                    + " optimizer.learningRate, or allow more with --skip-limit");
        }
        return what;
    }

    private void write(int step, StepImages taken, Map<String, Object> line) {
        ObjectNode json = JSON.createObjectNode();
        json.put("step", step).put("epoch", taken.epoch() + 1);
        line.forEach((name, value) -> json.set(name, JSON.valueToTree(value)));
        ArrayNode names = json.putArray("names");
        for (int index : taken.indices()) {
            names.add(images.name(index));
        }
        byte[] text = (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
        WholeFile.write(directory.skippedStep(step), out -> out.write(text));
    }
}
