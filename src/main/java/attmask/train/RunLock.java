package attmask.train;

import attmask.config.UserException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lets one trainer into a run's folder. {@code run.lock} is locked by the operating system, which frees it when the
 * process ends, however that comes about: a file that was left behind locks nothing. It says whose it is or was.
 */
final class RunLock implements AutoCloseable {
    private static final String NAME = "run.lock";

    /** Behind the text, which stays readable where locks are mandatory. */
    private static final long PLACE = Long.MAX_VALUE - 1;

    /**
     * Folders that this process has locked. The file of one of these must not be opened again: where locks are POSIX's,
     * closing it would free the lock.
     */
    private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

    private final Path folder;
    private final FileChannel channel;

    private RunLock(Path folder, FileChannel channel) {
        this.folder = folder;
        this.channel = channel;
    }

    /**
     * Takes the lock of a folder that is there.
     *
     * @throws UserException if another trainer has it
     */
    static RunLock of(Path folder) {
        try {
            Path real = folder.toRealPath();
            if (!OURS.add(real)) {
                throw taken(folder, "this process");
            }
            FileChannel channel = null;
            try {
                channel = locked(folder);
                RunLock lock = new RunLock(real, channel);
                channel = null;
                return lock;
            } catch (IOException | RuntimeException e) {
                OURS.remove(real);
                throw e;
            }
        } catch (IOException e) {
            throw new UserException(
                    "cannot lock " + folder.resolve(NAME) + " (" + e.getMessage() + "); choose another --output", e);
        }
    }

    /** @throws UserException if there is a trainer in the folder */
    static void requireFree(Path folder) {
        if (Files.exists(folder.resolve(NAME))) {
            of(folder).close();
        }
    }

    private static FileChannel locked(Path folder) throws IOException {
        FileChannel channel = FileChannel.open(
                folder.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        boolean held = false;
        try {
            if (isLocked(channel)) {
                throw taken(folder, read(channel));
            }
            channel.truncate(0);
            channel.write(
                    StandardCharsets.UTF_8.encode(
                            "process " + ProcessHandle.current().pid() + " on " + host()),
                    0);
            held = true;
            return channel;
        } finally {
            if (!held) {
                channel.close();
            }
        }
    }

    /** False once it is ours, and where the file system has no locks (some network ones): those go without. */
    private static boolean isLocked(FileChannel channel) {
        try {
            return channel.tryLock(PLACE, 1, false) == null;
        } catch (IOException e) {
            return false;
        }
    }

    private static String read(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(200);
        channel.read(text, 0);
        String owner = StandardCharsets.UTF_8.decode(text.flip()).toString().strip();
        return owner.isEmpty() ? "another process" : owner;
    }

    private static String host() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "this machine";
        }
    }

    private static UserException taken(Path folder, String owner) {
        return new UserException(
                folder + " is being trained in by " + owner + "; wait for its end, or choose another --output");
    }

    /** Frees the folder; the file stays, since to remove it would let two in. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UserException("cannot free " + folder.resolve(NAME) + ": " + e.getMessage(), e);
        } finally {
            OURS.remove(folder);
        }
    }
}
