package attmask.checkpoint;

import attmask.config.ConfigJson;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.file.Untrusted;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A checkpoint of this program, open for reading: one of a run, or the weights alone of a model from elsewhere. */
public final class CheckpointFile implements AutoCloseable {
    static final String FORMAT = "attmask-jcuda checkpoint 2";
    /** The same without a checksum. */
    private static final String FIRST_FORMAT = "attmask-jcuda checkpoint 1";

    static final String STUDENT = "student/";
    static final String TEACHER = "teacher/";
    static final String CENTER = "center/";

    private final SafeTensors file;
    private final TrainConfig config;

    private CheckpointFile(SafeTensors file) {
        this.file = file;
        config = ConfigJson.read(file.metadata("config"), file.name());
    }

    /**
     * Opens a checkpoint.
     *
     * @throws UserException if it is damaged, or of another program
     */
    public static CheckpointFile open(Path path) {
        if (isPyTorch(path)) {
            throw new UserException(path + " is a PyTorch file; bring it in first with: import " + path);
        }
        SafeTensors file = SafeTensors.open(path);
        try {
            String format = file.metadata().get("format");
            if (!FORMAT.equals(format) && !FIRST_FORMAT.equals(format)) {
                throw new UserException(path + " is not a checkpoint of this program (format "
                        + (format == null ? "unknown" : "'" + Untrusted.shown(format) + "'")
                        + "); name a checkpoint.safetensors of a run, or bring in the file with: import " + path);
            }
            CheckpointFile opened = new CheckpointFile(file);
            file = null;
            return opened;
        } finally {
            if (file != null) {
                file.close();
            }
        }
    }

    /**
     * The same once every byte has been compared with the checksum, if the file has one.
     *
     * @throws UserException if it is damaged, or of another program
     */
    public static CheckpointFile verified(Path path) {
        CheckpointFile opened = open(path);
        try {
            Checksum.verify(opened.file);
            CheckpointFile verified = opened;
            opened = null;
            return verified;
        } finally {
            if (opened != null) {
                opened.close();
            }
        }
    }

    /** True for a zip archive or a pickle, which torch.save writes. Safetensors may begin with any number. */
    private static boolean isPyTorch(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] start = in.readNBytes(9);
            boolean safeTensors = start.length == 9 && start[8] == '{';
            return !safeTensors
                    && start.length > 1
                    && (start[0] == 'P' && start[1] == 'K' || (start[0] & 0xFF) == 0x80);
        } catch (IOException e) {
            return false;
        }
    }

    /** The settings of the run that wrote it. */
    public TrainConfig config() {
        return config;
    }

    /** Its weights, to be read while it is open. */
    public ModelWeights weights() {
        return new ModelWeights(config, under(STUDENT), under(TEACHER), under(CENTER));
    }

    private Map<String, StoredTensor> under(String prefix) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        for (String name : file.names()) {
            if (name.startsWith(prefix)) {
                tensors.put(name.substring(prefix.length()), file.tensor(name));
            }
        }
        return tensors;
    }

    SafeTensors tensors() {
        return file;
    }

    @Override
    public void close() {
        file.close();
    }
}
