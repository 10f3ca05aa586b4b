package attmask.checkpoint;

import attmask.config.UserException;
import attmask.tensor.Shape;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A linear classifier of a model's features in a safetensors file: {@code weight} (C, F) and {@code bias} (C), as
 * PyTorch's Linear has them.
 *
 * @param blocks n, whose [CLS] tokens are the features, the earliest first
 * @param classes names of the C classes
 */
public record LinearHead(int blocks, List<String> classes, float[] weight, float[] bias) {
    private static final String FORMAT = "attmask-jcuda linear head 1";
    private static final ObjectMapper JSON = new ObjectMapper();

    public LinearHead {
        classes = List.copyOf(classes);
        if (bias.length != classes.size() || bias.length == 0 || weight.length % bias.length != 0) {
            throw new IllegalArgumentException("linear head of " + classes.size() + " classes with " + bias.length
                    + " biases and " + weight.length + " weights");
        }
    }

    /** F. */
    public int width() {
        return weight.length / bias.length;
    }

    /**
     * Writes the file aside and renames it.
     *
     * @param about how it was made, for people
     */
    public void save(Path file, Map<String, String> about) {
        SafeTensorsWriter writer = new SafeTensorsWriter()
                .metadata("format", FORMAT)
                .metadata("blocks", Integer.toString(blocks))
                .metadata("classes", JSON.valueToTree(classes).toString());
        about.forEach(writer::metadata);
        writer.floats("weight", Shape.of(bias.length, width()), () -> weight)
                .floats("bias", Shape.of(bias.length), () -> bias)
                .write(file);
    }

    /** @throws UserException if the file is missing, damaged or something else */
    public static LinearHead open(Path path) {
        try (SafeTensors file = SafeTensors.open(path)) {
            if (!FORMAT.equals(file.metadata().get("format"))) {
                throw new UserException(path + " is not a linear head; name a file that linear --head has written");
            }
            float[] bias = file.floats("bias");
            float[] weight = file.floats("weight");
            List<String> classes = List.of(JSON.readValue(file.metadata("classes"), String[].class));
            return new LinearHead(Integer.parseInt(file.metadata("blocks")), classes, weight, bias);
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new UserException(path + " is damaged: it does not say how many classes and blocks it is for", e);
        }
    }
}
