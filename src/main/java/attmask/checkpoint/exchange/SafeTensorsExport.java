package attmask.checkpoint.exchange;

import attmask.checkpoint.ModelWeights;
import attmask.checkpoint.SafeTensorsWriter;
import attmask.checkpoint.StoredTensor;
import attmask.config.UserException;
import attmask.tensor.Shape;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.IntFunction;

/** Weights as safetensors under the names of other programs. */
public final class SafeTensorsExport {
    private SafeTensorsExport() {}

    /**
     * The backbone to evaluate under timm's names, which are this program's; timm's classifier is not among them.
     *
     * @throws UserException if the file cannot be written
     */
    public static void timm(ModelWeights weights, Path out) {
        SafeTensorsWriter writer = new SafeTensorsWriter().metadata("format", "pt");
        weights.backbone().forEach(writer::tensor);
        writer.write(out);
    }

    /**
     * Student, teacher and centers under the names of the PyTorch program's checkpoint, its nested dictionaries
     * flattened with dots: {@code student.module.backbone.*}, {@code teacher.head.*}, {@code ibot_loss.center}.
     *
     * @throws UserException if the file cannot be written
     */
    public static void original(ModelWeights weights, Path out) {
        boolean shared = weights.config().head().shared();
        SafeTensorsWriter writer = new SafeTensorsWriter().metadata("format", "pt");
        // Data-parallel training wraps the student; the teacher is saved without.
        add(writer, "student.module.", weights.student(), shared);
        add(writer, "teacher.", weights.teacher(), shared);
        center(writer, "ibot_loss.center", weights.centers().get(ModelWeights.CLS_CENTER), k -> Shape.of(1, k));
        center(writer, "ibot_loss.center2", weights.centers().get(ModelWeights.PATCH_CENTER), k -> Shape.of(1, 1, k));
        writer.write(out);
    }

    private static void add(
            SafeTensorsWriter writer, String prefix, Map<String, StoredTensor> network, boolean sharedHead) {
        network.forEach((name, tensor) -> {
            writer.tensor(prefix + (ModelWeights.isHead(name) ? "" : "backbone.") + name, tensor);
            if (sharedHead && name.startsWith("head.last_layer.")) {
                writer.tensor(prefix + name.replace("last_layer", "last_layer2"), tensor);
            }
        });
    }

    private static void center(SafeTensorsWriter writer, String name, StoredTensor center, IntFunction<Shape> shape) {
        if (center != null) {
            int prototypes = (int) center.shape().count();
            writer.tensor(name, new ReshapedTensor(center, shape.apply(prototypes)));
        }
    }
}
