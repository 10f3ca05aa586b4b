package attmask.checkpoint.exchange;

import attmask.checkpoint.Checkpoint;
import attmask.checkpoint.SafeTensors;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The checkpoints that torch_models.py wrote with PyTorch 1.13, and what its model makes of two images. */
public final class Fixtures {
    /** Of the model in them: width 8, two heads, which the width does not tell. */
    public static final int HEADS = 2;

    /** Images of {@code expected.safetensors}. */
    public static final int IMAGES = 2;

    private Fixtures() {}

    /** Copies a fixture into a folder. */
    public static Path copy(String name, Path folder) throws IOException {
        Path target = folder.resolve(name);
        try (InputStream in = Fixtures.class.getResourceAsStream("/attmask/pytorch/" + name)) {
            Files.copy(in, target);
        }
        return target;
    }

    /** The images and the expected features. */
    public static SafeTensors expected() throws IOException {
        try (InputStream in = Fixtures.class.getResourceAsStream("/attmask/pytorch/expected.safetensors")) {
            return SafeTensors.read(in, "expected.safetensors");
        }
    }

    /** Imports a file as the command does. */
    public static Path imported(Path file, int heads) {
        Path checkpoint = file.resolveSibling(file.getFileName() + ".checkpoint");
        try (ForeignModel model = ForeignModel.open(file, heads, null)) {
            Checkpoint.saveWeights(checkpoint, model.weights(), "a test");
        }
        return checkpoint;
    }
}
