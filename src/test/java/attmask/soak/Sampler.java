package attmask.soak;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks at a process again and again, on a thread of its own, and writes down what it sees. */
final class Sampler implements AutoCloseable {
    private static final long MOST_MILLIS_BETWEEN = 10_000;
    private static final int FEWEST_SAMPLES = 60;
    /** Collecting all garbage costs more than looking. */
    private static final int SAMPLES_PER_COLLECTION = 6;

    private static final int PATIENCE_SECONDS = 60;

    /** The last line of a histogram of classes: objects, bytes. */
    private static final Pattern TOTAL = Pattern.compile("Total\\s+\\d+\\s+(\\d+)");

    private final long pid;
    private final Path file;
    private final PrintStream csv;
    private final List<Sample> samples = new ArrayList<>();
    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
    private final ScheduledFuture<?> sampling;
    private final long start = System.nanoTime();
    private int taken;

    /**
     * Begins.
     *
     * @param expected seconds that the process will be looked at
     */
    Sampler(long pid, Path file, double expected) throws IOException {
        this.pid = pid;
        this.file = file;
        csv = new PrintStream(Files.newOutputStream(file), true, StandardCharsets.UTF_8);
        csv.println(Sample.HEADER);
        long between = Math.min(MOST_MILLIS_BETWEEN, (long) (expected * 1000 / FEWEST_SAMPLES));
        sampling = thread.scheduleAtFixedRate(this::sample, 0, Math.max(1, between), TimeUnit.MILLISECONDS);
    }

    double seconds() {
        return (System.nanoTime() - start) / 1e9;
    }

    /** Those up to now. */
    synchronized List<Sample> samples() {
        return List.copyOf(samples);
    }

    private void sample() {
        try {
            double live = taken++ % SAMPLES_PER_COLLECTION == 0 ? liveMb() : Double.NaN;
            Sample sample = Sample.of(pid, seconds(), live);
            csv.println(sample.csv());
            synchronized (this) {
                samples.add(sample);
            }
        } catch (IOException e) {
            // The process has ended; whoever started it sees that.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** After collecting all garbage; NaN if the process does not answer. The last histogram is kept for who looks for a leak. */
    private double liveMb() throws IOException, InterruptedException {
        Path histogram = file.resolveSibling(taken == 1 ? "classes-first.txt" : "classes-last.txt");
        Process jcmd = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                        Long.toString(pid),
                        "GC.class_histogram")
                .redirectErrorStream(true)
                .redirectOutput(histogram.toFile())
                .start();
        if (!jcmd.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            jcmd.destroyForcibly();
            return Double.NaN;
        }
        Matcher total = TOTAL.matcher(Files.readString(histogram));
        return total.find() ? Long.parseLong(total.group(1)) / 1e6 : Double.NaN;
    }

    @Override
    public void close() throws InterruptedException {
        sampling.cancel(false);
        thread.shutdown();
        thread.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
        csv.close();
    }
}
