package attmask.soak;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** A file system of its own for a run, which can be filled and made read-only from outside. */
final class SmallDisk implements AutoCloseable {
    private static final String SIZE = "size=4g";
    /** The run writes meanwhile, so that what was full a moment ago may be too small now. */
    private static final int ATTEMPTS = 50;

    private final Path folder;

    private SmallDisk(Path folder) {
        this.folder = folder;
    }

    /** Mounts one; empty where that is not allowed. */
    static Optional<SmallDisk> at(Path folder) throws IOException, InterruptedException {
        Files.createDirectories(folder);
        boolean mounted = done("mount", "-t", "tmpfs", "-o", SIZE, "attmask-soak", folder.toString());
        return mounted ? Optional.of(new SmallDisk(folder)) : Optional.empty();
    }

    /** Leaves no byte free; false if the run was quicker each time. */
    boolean fill() throws IOException, InterruptedException {
        for (int i = 0; i < ATTEMPTS; i++) {
            FileStore store = Files.getFileStore(folder);
            long used = store.getTotalSpace() - store.getUnallocatedSpace();
            if (remount("size=" + used)) {
                return true;
            }
        }
        return false;
    }

    /** Refuses all writing; false if a file stayed open for writing. */
    boolean readOnly() throws IOException, InterruptedException {
        for (int i = 0; i < ATTEMPTS; i++) {
            if (remount("ro")) {
                return true;
            }
        }
        return false;
    }

    /** Undoes both. */
    void restore() throws IOException, InterruptedException {
        if (!remount("rw," + SIZE)) {
            throw new IOException("cannot mount " + folder + " as it was");
        }
    }

    private boolean remount(String options) throws IOException, InterruptedException {
        return done("mount", "-o", "remount," + options, folder.toString());
    }

    private static boolean done(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start()
                        .waitFor()
                == 0;
    }

    @Override
    public void close() throws IOException, InterruptedException {
        done("umount", folder.toString());
    }
}
