package attmask.file;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.FileOutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** A disk that is full for one file, once. */
public final class FullDisk {
    private static final Path FULL = Path.of("/dev/full");

    private FullDisk() {}

    /** The device that has no space; skips the test on a system without. */
    public static Path device() {
        assumeTrue(Files.isWritable(FULL), "this system has no /dev/full");
        return FULL;
    }

    /** The next attempt to write this file finds the disk full. */
    public static void of(Path file) {
        Path full = device();
        Path awaited = file.toAbsolutePath().resolveSibling(file.getFileName() + ".tmp");
        WholeFile.openWith(aside -> {
            if (!aside.equals(awaited)) {
                return WholeFile.newFile(aside);
            }
            WholeFile.openWith(WholeFile::newFile);
            return new FileOutputStream(full.toFile());
        });
    }
}
