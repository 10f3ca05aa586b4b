package attmask.fuzz;

import attmask.config.UserException;
import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Gives a target inputs and holds it to what {@link FuzzTarget} promises: it reads or refuses, in one line; it takes a
 * bounded number of bytes from the heap; it leaves no file, thread or open file behind. Time is watched by whoever
 * calls.
 */
public final class Guard {
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    /** Open files are counted once in so many inputs, since it takes long; so many more than before are a leak. */
    private static final int INPUTS_BETWEEN_COUNTS = 64;

    private static final int FILES_OF_THE_JVM = 32;

    private final FuzzTarget target;
    private final Path folder;
    private final Set<String> threads = new TreeSet<>();
    private final long openFiles;
    private long inputs;

    /**
     * Reads the seeds once, so that classes are loaded and libraries have started their threads.
     *
     * @param folder empty, for the target's files
     */
    public Guard(FuzzTarget target, Path folder) throws IOException {
        this.target = target;
        this.folder = folder;
        for (byte[] seed : target.seeds()) {
            write(target.files(seed));
            call(seed);
            clear();
        }
        threads.addAll(threadNames());
        openFiles = openFiles();
    }

    /**
     * Gives the target an input.
     *
     * @return whether it read it; false when it refused it
     * @throws AssertionError when it broke a promise
     */
    public boolean reads(byte[] input) throws IOException {
        Map<String, byte[]> files = target.files(input);
        write(files);
        try {
            long before = allocated();
            boolean read = call(input);
            if (allocated() - before > target.mostBytes(input.length)) {
                requireBounded(input);
            }
            requireNothingWritten(files);
            requireNothingLeft();
            return read;
        } finally {
            clear();
        }
    }

    /** The second time no classes are loaded any more, nor instrumented by the fuzzer. */
    private void requireBounded(byte[] input) {
        long before = allocated();
        call(input);
        long taken = allocated() - before;
        require(taken <= target.mostBytes(input.length), "took " + taken + " bytes from the heap");
    }

    /** Bytes that this thread has ever taken. */
    private static long allocated() {
        return THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
    }

    private boolean call(byte[] input) {
        try {
            target.read(input, folder);
            return true;
        } catch (Exception e) {
            if (!target.refusals().contains(e.getClass())) {
                throw new AssertionError("not a documented exception", e);
            }
            if (e instanceof UserException) {
                require(isPlainLine(e.getMessage()), "a message that is not one plain line: " + e.getMessage());
            }
            return false;
        } catch (StackOverflowError | OutOfMemoryError e) {
            throw new AssertionError(e.toString(), e);
        }
    }

    /** No line break, and nothing that a terminal obeys. */
    private static boolean isPlainLine(String message) {
        return message != null && message.chars().noneMatch(Character::isISOControl);
    }

    private void requireNothingWritten(Map<String, byte[]> files) throws IOException {
        Map<String, Long> expected = new TreeMap<>();
        files.forEach((name, content) -> expected.put(name, (long) content.length));
        Map<String, Long> there = new TreeMap<>();
        for (Path file : listed()) {
            there.put(folder.relativize(file).toString(), Files.size(file));
        }
        require(expected.equals(there), "changed its folder: " + there.keySet() + ", not " + expected.keySet());
    }

    private void requireNothingLeft() {
        if (THREADS.getThreadCount() > threads.size()) {
            List<String> left = new ArrayList<>(threadNames());
            left.removeIf(threads::contains);
            require(left.isEmpty(), "left threads: " + left);
        }
        if (inputs++ % INPUTS_BETWEEN_COUNTS == 0) {
            long open = openFiles();
            require(open <= openFiles + FILES_OF_THE_JVM, "left files open: " + open + ", first " + openFiles);
        }
    }

    /** Without the JVM's and the fuzzer's own, which come and go. */
    private static List<String> threadNames() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getThreadGroup() != null
                        && !thread.getThreadGroup().getName().equals("system"))
                .map(thread -> thread.getName() + "#" + thread.getId())
                .toList();
    }

    private static long openFiles() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
                ? unix.getOpenFileDescriptorCount()
                : 0;
    }

    private void require(boolean condition, String complaint) {
        if (!condition) {
            throw new AssertionError(complaint);
        }
    }

    private void write(Map<String, byte[]> files) throws IOException {
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.getParent());
            Files.write(path, file.getValue());
        }
    }

    private void clear() throws IOException {
        for (Path file : listed()) {
            Files.delete(file);
        }
    }

    private List<Path> listed() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> !Files.isDirectory(file)).toList();
        }
    }
}
