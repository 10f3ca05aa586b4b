package attmask.file;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;

/** A disk that is full: for one file, once, or for all after so many bytes. */
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
        NewFile.openWith(aside -> {
            if (!aside.equals(awaited)) {
                return NewFile.create(aside);
            }
            NewFile.openWith(NewFile::create);
            return new FileOutputStream(full.toFile());
        });
    }

    /**
     * Files that are opened from now on take so many bytes together, the last write as far as there is room.
     *
     * @param room what is left; to be changed at will
     */
    public static void after(AtomicLong room) {
        NewFile.openWith(file -> {
            NewFile.create(file).close();
            return new FileOutputStream(file.toFile()) {
                @Override
                public void write(byte[] bytes) throws IOException {
                    int fits = (int) Math.min(bytes.length, room.get());
                    super.write(bytes, 0, fits);
                    room.addAndGet(-fits);
                    if (fits < bytes.length) {
                        throw new IOException("No space left on device");
                    }
                }
            };
        });
    }

    /** There is room again. */
    public static void end() {
        NewFile.openWith(NewFile::create);
    }
}
