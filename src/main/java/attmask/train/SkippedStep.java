package attmask.train;

import attmask.config.UserException;
import attmask.data.ImageSource;
import attmask.file.FileProblem;
import attmask.file.WholeFile;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A step that nothing was learned from.
 *
 * @param step its number, from 1
 * @param epoch from 1
 * @param tensor name of what was not finite
 * @param loss as text: JSON has no NaN
 * @param inRow which it was of steps left out one after the other
 * @param images numbers of its images in the training data
 * @param names of these images
 * @param state file beside this one with all that was learned before the step, if there is one
 */
record SkippedStep(
        int step,
        int epoch,
        String tensor,
        String loss,
        int inRow,
        double learningRate,
        List<Integer> images,
        List<String> names,
        Optional<String> state) {
    private static final ObjectMapper JSON = new ObjectMapper();

    SkippedStep {
        images = List.copyOf(images);
        names = List.copyOf(names);
    }

    /** The same with a state beside it. */
    SkippedStep with(Path state) {
        return new SkippedStep(
                step,
                epoch,
                tensor,
                loss,
                inRow,
                learningRate,
                images,
                names,
                Optional.of(state.getFileName().toString()));
    }

    /** What the log's line says of it. */
    Map<String, Object> line() {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("tensor", tensor);
        line.put("loss", loss);
        line.put("in_row", inRow);
        line.put("learning_rate", learningRate);
        line.put("images", images);
        return line;
    }

    void write(Path file) {
        ObjectNode json = JSON.createObjectNode();
        json.put("step", step).put("epoch", epoch);
        line().forEach((name, value) -> json.set(name, JSON.valueToTree(value)));
        ArrayNode written = json.putArray("names");
        names.forEach(written::add);
        json.put("state", state.orElse(null));
        byte[] text = (json.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8);
        WholeFile.write(file, out -> out.write(text));
    }

    /** @throws UserException if the file is missing or is not one of {@link #write} */
    static SkippedStep read(Path file) {
        JsonNode json;
        try {
            json = JSON.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new UserException(file + " is not JSON; name a skipped/step-NNNNNN.json of a run", e);
        } catch (IOException e) {
            throw new UserException(
                    "cannot read " + file + ": " + FileProblem.reason(e) + "; name a skipped/step-NNNNNN.json of a run",
                    e);
        }
        List<Integer> images = new ArrayList<>();
        json.path("images").forEach(image -> images.add(image.asInt(-1)));
        List<String> names = new ArrayList<>();
        json.path("names").forEach(name -> names.add(name.asText()));
        int step = json.path("step").asInt(0);
        if (step < 1
                || images.isEmpty()
                || names.size() != images.size()
                || !json.path("tensor").isTextual()) {
            throw new UserException(file + " describes no skipped step; name a skipped/step-NNNNNN.json of a run");
        }
        JsonNode state = json.path("state");
        return new SkippedStep(
                step,
                json.path("epoch").asInt(),
                json.path("tensor").asText(),
                json.path("loss").asText(),
                json.path("in_row").asInt(),
                json.path("learning_rate").asDouble(),
                images,
                names,
                state.isTextual() ? Optional.of(state.asText()) : Optional.empty());
    }

    /**
     * Looks whether the images are those of the step.
     *
     * @param taken numbers of those that the data gives now
     * @throws UserException if not; names the first that differs
     */
    void requireSame(int[] taken, ImageSource source) {
        for (int i = 0; i < Math.max(taken.length, images.size()); i++) {
            String then = i < images.size() ? images.get(i) + " (" + names.get(i) + ")" : "none";
            String now = i < taken.length ? taken[i] + " (" + source.name(taken[i]) + ")" : "none";
            if (!then.equals(now)) {
                throw new UserException("the images are not those of step " + step + ": image " + (i + 1) + " was "
                        + then + ", now it is " + now + "; give the run's data with --data");
            }
        }
    }
}
