package attmask.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the machine and the Java heap have free. On Linux what the kernel could hand out, and no more than the control
 * groups of this process allow; elsewhere nobody knows.
 */
final class HostMemory {
    /** A control group's file names: its limit, what it has, what of that the kernel can take back. */
    private record Names(String limit, String usage, String reclaimable) {}

    private static final Names VERSION_2 = new Names("memory.max", "memory.current", "inactive_file");
    private static final Names VERSION_1 =
            new Names("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");

    private final Path root;

    /** @param root of the file system */
    HostMemory(Path root) {
        this.root = root;
    }

    /** Of this machine. */
    static HostMemory here() {
        return new HostMemory(Path.of("/"));
    }

    /** Bytes that can be taken of the machine's memory. */
    long free() {
        long machine = lines(root.resolve("proc/meminfo"))
                .filter(line -> line.startsWith("MemAvailable:"))
                .mapToLong(line -> number(line.replaceAll("\\D", "")) << 10)
                .findFirst()
                .orElse(Long.MAX_VALUE);
        return lines(root.resolve("proc/self/cgroup"))
                .mapToLong(this::groupFree)
                .reduce(machine, Math::min);
    }

    /** Bytes by which what lives on the Java heap may grow. */
    static long heapFree() {
        // What nobody uses any more is free.
        System.gc();
        Runtime java = Runtime.getRuntime();
        return java.maxMemory() - (java.totalMemory() - java.freeMemory());
    }

    /** @param line {@code NUMBER:CONTROLLERS:PATH} */
    private long groupFree(String line) {
        String[] fields = line.split(":", 3);
        if (fields.length < 3) {
            return Long.MAX_VALUE;
        }
        Path groups = root.resolve("sys/fs/cgroup");
        if (fields[1].isEmpty()) {
            return free(groups, fields[2], VERSION_2);
        }
        return List.of(fields[1].split(",")).contains("memory")
                ? free(groups.resolve("memory"), fields[2], VERSION_1)
                : Long.MAX_VALUE;
    }

    /** The least of a group and those it is in. In a container the path may not lead anywhere; the top always does. */
    private static long free(Path top, String path, Names names) {
        long least = Long.MAX_VALUE;
        Path group = top.resolve(path.replaceFirst("^/+", "")).normalize();
        for (; group != null && group.startsWith(top); group = group.getParent()) {
            least = Math.min(least, free(group, names));
        }
        return least;
    }

    private static long free(Path group, Names names) {
        // "max" where there is none.
        long limit = lines(group.resolve(names.limit))
                .mapToLong(HostMemory::number)
                .findFirst()
                .orElse(Long.MAX_VALUE);
        if (limit == Long.MAX_VALUE) {
            return limit;
        }
        long used = lines(group.resolve(names.usage))
                .mapToLong(HostMemory::number)
                .findFirst()
                .orElse(0);
        long reclaimable = lines(group.resolve("memory.stat"))
                .filter(line -> line.startsWith(names.reclaimable + " "))
                .mapToLong(line -> number(line.substring(names.reclaimable.length() + 1)))
                .findFirst()
                .orElse(0);
        return Math.max(0, limit - Math.max(0, used - reclaimable));
    }

    private static long number(String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            return Long.MAX_VALUE;
        }
    }

    /** None of a file that cannot be read. */
    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            return Stream.empty();
        }
    }
}
