package attmask.testkit;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A program, ours unless another is named, in a process of its own, for what only a process has: signals, an end at any moment, a heap. */
public final class Child implements AutoCloseable {
    /** A test that hangs must fail. */
    private static final long MOST_SECONDS = 120;

    private static final String PROGRAM = "attmask.cli.Main";

    /** Started often: the quick compiler is quicker in all. */
    private static final String QUICK = "-XX:TieredStopAtLevel=1";

    private final Process process;
    private final Path output;

    private Child(Process process, Path output) {
        this.process = process;
        this.output = output;
    }

    /** @param output file that gets standard output and error */
    public static Child start(Path output, List<String> arguments) throws IOException {
        return start(output, "-Xmx512m", arguments);
    }

    /** Another program of the tests. */
    public static Child start(Path output, Class<?> program) throws IOException {
        return new Child(
                builder(List.of("-Xmx64m", QUICK), program.getName(), List.of())
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start(),
                output);
    }

    public static Child start(Path output, String heap, List<String> arguments) throws IOException {
        return start(output, List.of(heap, QUICK), arguments);
    }

    /** @param options of the Java machine */
    public static Child start(Path output, List<String> options, List<String> arguments) throws IOException {
        return new Child(
                builder(options, PROGRAM, arguments)
                        .redirectErrorStream(true)
                        .redirectOutput(output.toFile())
                        .start(),
                output);
    }

    /** With pipes, which {@link Process} gives. */
    public static Process piped(List<String> arguments) throws IOException {
        return builder(List.of("-Xmx512m", QUICK), PROGRAM, arguments).start();
    }

    private static ProcessBuilder builder(List<String> options, String program, List<String> arguments) {
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(options);
        command.addAll(List.of("-Xshare:auto", "-cp", System.getProperty("java.class.path"), program));
        command.addAll(arguments);
        return new ProcessBuilder(command);
    }

    public boolean alive() {
        return process.isAlive();
    }

    /** SIGKILL. */
    public void kill() {
        process.destroyForcibly();
    }

    /** @param signal such as TERM */
    public void signal(String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
                .start()
                .waitFor();
    }

    public long pid() {
        return process.pid();
    }

    public String output() throws IOException {
        return Files.readString(output);
    }

    /** Its exit code. */
    public int end() throws IOException, InterruptedException {
        if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("still running: " + output());
        }
        return process.exitValue();
    }

    public interface Condition {
        boolean holds() throws IOException;
    }

    /** Waits until something is so; it must be before the process ends. */
    public void await(Condition condition) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
        while (!condition.holds()) {
            if (!process.isAlive() || System.nanoTime() > end) {
                throw new IllegalStateException("waited in vain: " + output());
            }
            Thread.sleep(2);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
