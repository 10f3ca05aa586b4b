package attmask.checkpoint.pytorch;

import attmask.config.UserException;
import attmask.file.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A file of {@code torch.save}: the zip archive that it writes since version 1.6, or the stream of pickles of before.
 * Nothing in it is run; see the package's description.
 */
public final class PyTorchFile implements AutoCloseable {
    /** Reads one of the two formats. */
    interface Format extends AutoCloseable {
        Object root();

        /** For people. */
        String description();

        @Override
        void close() throws IOException;
    }

    private final String file;
    private final Format format;

    private PyTorchFile(String file, Format format) {
        this.file = file;
        this.format = format;
    }

    /**
     * Opens a file; its tensors are read when asked for.
     *
     * @throws UserException if it is damaged, or its pickle asks for more than weights need
     */
    public static PyTorchFile open(Path path) {
        try {
            return new PyTorchFile(path.toString(), isZip(path) ? ZipFormat.open(path) : LegacyFormat.open(path));
        } catch (IOException e) {
            throw new UserException("cannot import " + path + ": " + FileProblem.reason(e), e);
        }
    }

    private static boolean isZip(Path path) throws IOException {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] start = in.readNBytes(2);
            return start.length == 2 && start[0] == 'P' && start[1] == 'K';
        }
    }

    /**
     * What was saved, in the file's order: {@link attmask.checkpoint.StoredTensor}s, maps, lists and plain values.
     *
     * @throws UserException if it is no dictionary
     */
    public Map<?, ?> root() {
        if (format.root() instanceof Map<?, ?> map) {
            return map;
        }
        throw new UserException(
                "cannot import " + file + ": it holds no dictionary of weights; save model.state_dict() in PyTorch");
    }

    /** For instance "PyTorch zip archive". */
    public String description() {
        return format.description();
    }

    @Override
    public void close() {
        try {
            format.close();
        } catch (IOException e) {
            throw new UserException("cannot close " + file + ": " + FileProblem.reason(e), e);
        }
    }
}
