package attmask.checkpoint.exchange;

import attmask.checkpoint.SafeTensors;
import attmask.checkpoint.pytorch.PyTorchFile;
import attmask.config.UserException;
import attmask.file.FileProblem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A file of another program, open for reading: dictionaries of {@link attmask.checkpoint.StoredTensor}s and of what
 * else was saved.
 */
final class ForeignFile implements AutoCloseable {
    /** Parts of the original program's checkpoints; safetensors has no nesting and puts them before a name's first dot. */
    private static final List<String> PARTS = List.of("student", "teacher", "ibot_loss", "dino_loss");

    private final Path path;
    private final String description;
    private final Map<?, ?> root;
    private final Runnable closing;

    private ForeignFile(Path path, String description, Map<?, ?> root, Runnable closing) {
        this.path = path;
        this.description = description;
        this.root = root;
        this.closing = closing;
    }

    /** @throws UserException if it is damaged, or neither of PyTorch nor safetensors */
    static ForeignFile open(Path path) {
        if (Files.isDirectory(path)) {
            throw new UserException("cannot import " + path + ": it is a folder; name a .pth or .safetensors file");
        }
        if (isSafeTensors(path)) {
            SafeTensors file = SafeTensors.open(path);
            return new ForeignFile(path, "safetensors file", nested(file), file::close);
        }
        PyTorchFile file = PyTorchFile.open(path);
        try {
            return new ForeignFile(path, file.description(), file.root(), file::close);
        } catch (UserException e) {
            file.close();
            throw e;
        }
    }

    /** A JSON object after eight bytes. */
    private static boolean isSafeTensors(Path path) {
        try (InputStream in = Files.newInputStream(path)) {
            byte[] start = in.readNBytes(9);
            return start.length == 9 && start[8] == '{';
        } catch (IOException e) {
            throw new UserException("cannot import " + path + ": " + FileProblem.reason(e), e);
        }
    }

    private static Map<String, Object> nested(SafeTensors file) {
        Map<String, Object> root = new LinkedHashMap<>();
        Map<String, Map<String, Object>> parts = new LinkedHashMap<>();
        for (String name : file.names()) {
            int dot = name.indexOf('.');
            if (dot > 0 && PARTS.contains(name.substring(0, dot))) {
                parts.computeIfAbsent(name.substring(0, dot), part -> new LinkedHashMap<>())
                        .put(name.substring(dot + 1), file.tensor(name));
            } else {
                root.put(name, file.tensor(name));
            }
        }
        root.putAll(parts);
        return root;
    }

    Path path() {
        return path;
    }

    /** For instance "PyTorch zip archive". */
    String description() {
        return description;
    }

    Map<?, ?> root() {
        return root;
    }

    @Override
    public void close() {
        closing.run();
    }
}
