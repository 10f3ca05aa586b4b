package attmask.soak;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * What a process holds at a moment, as Linux says.
 *
 * @param seconds since the soak began
 * @param residentMb resident memory, VmRSS, in MB
 * @param threads of the operating system, the Java machine's own among them
 * @param handles open files, sockets and the like
 * @param liveMb Java objects that can be reached, in MB; NaN where nobody asked
 */
record Sample(double seconds, double residentMb, int threads, int handles, double liveMb) {
    static final String HEADER = "seconds,rss_mb,threads,handles,live_heap_mb";

    private static final double KIBIBYTE_IN_MB = 1024 / 1e6;

    /**
     * Looks at a process.
     *
     * @throws IOException if it has ended
     */
    static Sample of(long pid, double seconds, double liveMb) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        double resident = Double.NaN;
        int threads = 0;
        for (String line : Files.readAllLines(process.resolve("status"))) {
            if (line.startsWith("VmRSS:")) {
                resident = number(line) * KIBIBYTE_IN_MB;
            } else if (line.startsWith("Threads:")) {
                threads = number(line);
            }
        }
        try (Stream<Path> handles = Files.list(process.resolve("fd"))) {
            return new Sample(seconds, resident, threads, Math.toIntExact(handles.count()), liveMb);
        }
    }

    /** Of a line such as "VmRSS:     123456 kB". */
    private static int number(String line) {
        return Integer.parseInt(line.split("\\s+")[1]);
    }

    /** A line of the table. */
    String csv() {
        String live = Double.isNaN(liveMb) ? "" : String.format(Locale.ROOT, "%.3f", liveMb);
        return String.format(Locale.ROOT, "%.1f,%.3f,%d,%d,%s", seconds, residentMb, threads, handles, live);
    }
}
