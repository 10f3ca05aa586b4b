package attmask.checkpoint;

import attmask.config.ConfigJson;
import attmask.config.TrainConfig;
import attmask.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files as this program writes them, for tests that need no more than their headers. */
public final class SafeTensorsFiles {
    private SafeTensorsFiles() {}

    /** A run's checkpoint without its weights. */
    public static byte[] checkpoint(TrainConfig config, int images, int step) throws IOException {
        Path file = Files.createTempFile("attmask-checkpoint-", "");
        try {
            new SafeTensorsWriter()
                    .metadata("format", CheckpointFile.FORMAT)
                    .metadata("step", Integer.toString(step))
                    .metadata("images", Integer.toString(images))
                    .metadata("config", ConfigJson.write(config.experiment()))
                    .ints("optimizer/steps", Shape.of(1), () -> new int[] {step})
                    .write(file);
            return Files.readAllBytes(file);
        } finally {
            Files.delete(file);
        }
    }
}
