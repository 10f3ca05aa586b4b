package attmask.file;

import attmask.config.UserException;
import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;

/**
 * Writes a file so that it is there whole or not at all: aside in the same folder, flushed to the disk, then renamed
 * over the old one. When anything fails, the old file stays and what was written aside is removed.
 */
public final class WholeFile {
    private static final int BUFFER = 1 << 20;
    private static final byte[] NOTHING = {};

    private WholeFile() {}

    /** Writes the content of a file. */
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** What is still to be done when the file lies aside, complete; if it fails, the old file stays. */
    public interface Completed {
        void before(Path aside) throws IOException;
    }

    /**
     * Writes {@code content} to {@code target}, by way of {@code target.tmp}.
     *
     * @throws UserException if the folder is missing, not writable or full
     */
    public static void write(Path target, Content content) {
        write(target, content, () -> NOTHING);
    }

    /**
     * The same for a file whose start can be known at its end only.
     *
     * @param start asked once all is written; its bytes replace as many at the file's beginning
     */
    public static void write(Path target, Content content, Supplier<byte[]> start) {
        write(target, content, start, aside -> {});
    }

    /** The same, with something to do between the writing and the renaming. */
    public static void write(Path target, Content content, Supplier<byte[]> start, Completed completed) {
        Path folder = target.toAbsolutePath().getParent();
        if (folder == null || Files.isDirectory(target)) {
            throw new UserException("cannot write " + target + ": it is a folder; name a file");
        }
        Path aside = folder.resolve(target.getFileName() + ".tmp");
        try {
            writeAside(aside, content, start);
            completed.before(aside);
            Files.move(aside, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            sync(folder);
        } catch (IOException e) {
            throw new UserException(
                    "cannot write " + target + ": " + FileProblem.reason(e)
                            + "; check that the folder exists, is writable and has free space",
                    e);
        } finally {
            removeQuietly(aside);
        }
    }

    /** FileOutputStream rather than a channel: an interrupt must not cut a checkpoint in half. */
    private static void writeAside(Path aside, Content content, Supplier<byte[]> start) throws IOException {
        try (FileOutputStream file = NewFile.at(aside)) {
            OutputStream out = new BufferedOutputStream(file, BUFFER);
            content.writeTo(out);
            out.flush();
            byte[] beginning = start.get();
            if (beginning.length > 0) {
                file.getChannel().position(0);
                file.write(beginning);
            }
            file.getFD().sync();
        }
    }

    /** Makes the rename itself last. Some systems (Windows) cannot open a folder; there it is left to them. */
    private static void sync(Path folder) {
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // The new file is complete and in place; nothing is lost by not waiting for the folder.
        }
    }

    private static void removeQuietly(Path aside) {
        try {
            Files.deleteIfExists(aside);
        } catch (IOException e) {
            // The reason that made us remove it is already on its way to the user.
        }
    }
}
