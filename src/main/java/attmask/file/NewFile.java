package attmask.file;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens files to be written from their beginning: all of them here, since tests put a full disk here. */
public final class NewFile {
    private static volatile Opener opener = NewFile::create;

    private NewFile() {}

    /** Opens a file for writing. */
    interface Opener {
        FileOutputStream open(Path file) throws IOException;
    }

    /**
     * A file of our own: what is there of that name may be a link to another one, put there by somebody else.
     *
     * @throws IOException if it cannot be made
     */
    public static FileOutputStream at(Path file) throws IOException {
        return opener.open(file);
    }

    static FileOutputStream create(Path file) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file);
        return new FileOutputStream(file.toFile());
    }

    /** Opens files otherwise than with {@link #create}; for tests. */
    static void openWith(Opener other) {
        opener = other;
    }
}
