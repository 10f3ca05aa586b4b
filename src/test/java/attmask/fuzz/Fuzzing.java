package attmask.fuzz;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code make fuzz}: gives every target to Jazzer for a while, a process each, and prints a table. Inputs that open new
 * paths stay in {@code target/fuzz/NAME/corpus} and are gone on from; findings are in {@code target/fuzz/NAME}, to be
 * copied to {@code src/test/resources/attmask/fuzz/NAME}.
 */
public final class Fuzzing {
    /** What is watched for new paths: this program, and decoders of images. Jackson and picocli would take most of the time. */
    private static final String INSTRUMENTED =
            String.join(":", "attmask.**", "com.drew.**", "com.sun.imageio.**", "com.twelvemonkeys.**");

    /** Of a process, and of one input; an endless loop and an unbounded claim are findings. */
    private static final String HEAP = "-Xmx1g";

    private static final int SECONDS_PER_INPUT = 20;
    private static final int START_AND_STOP_SECONDS = 120;
    private static final int MOST_FINDINGS = 20;
    /** A user may name any file on the command line. */
    private static final String FILES_OF_THE_USER = "com.code_intelligence.jazzer.sanitizers.FilePathTraversal";

    private static final Pattern INPUTS = Pattern.compile("stat::number_of_executed_units:\\s*(\\d+)");
    private static final Pattern NUMBERED = Pattern.compile("#(\\d+)\\s");

    private final Path root;
    private final int seconds;

    private Fuzzing(Path root, int seconds) {
        this.root = root;
        this.seconds = seconds;
    }

    /** @param args seconds altogether; names of targets, all if there are none */
    public static void main(String[] args) throws IOException, InterruptedException {
        List<String> targets =
                args.length < 2 ? FuzzTargets.names() : Stream.of(args).skip(1).toList();
        int each = Math.max(1, Integer.parseInt(args[0]) / targets.size());
        Fuzzing fuzzing = new Fuzzing(Path.of("target/fuzz").toAbsolutePath(), each);
        System.out.printf("%-14s %12s %10s %9s%n", "target", "inputs", "inputs/s", "findings");
        long inputs = 0;
        long findings = 0;
        for (String target : targets) {
            Outcome outcome = fuzzing.fuzz(target);
            inputs += outcome.inputs;
            findings += outcome.findings;
        }
        System.out.printf(Locale.ROOT, "%-14s %,12d %10s %9d%n", "all", inputs, "", findings);
        System.exit(findings == 0 ? 0 : 1);
    }

    private record Outcome(long inputs, long findings) {}

    private Outcome fuzz(String target) throws IOException, InterruptedException {
        Path folder = root.resolve(target);
        Path corpus = Files.createDirectories(folder.resolve("corpus"));
        Path working = Files.createDirectories(folder.resolve("working"));
        int number = 0;
        for (byte[] seed : FuzzTargets.named(target).seeds()) {
            Files.write(corpus.resolve("seed-" + number++), seed);
        }
        long before = findings(folder);
        Path log = folder.resolve("log.txt");
        long start = System.nanoTime();
        Process process = new ProcessBuilder(command(target, folder, corpus))
                .directory(working.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(seconds + START_AND_STOP_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly().waitFor();
        double took = (System.nanoTime() - start) / 1e9;
        long inputs = inputs(Files.readAllLines(log, StandardCharsets.ISO_8859_1));
        requireEmpty(working);
        long found = findings(folder) - before + (ended && inputs > 0 ? 0 : 1);
        System.out.printf(
                Locale.ROOT,
                "%-14s %,12d %,10.0f %9d%s%n",
                target,
                inputs,
                inputs / took,
                found,
                found == 0 ? "" : "  see " + log);
        return new Outcome(inputs, found);
    }

    private List<String> command(String target, Path folder, Path corpus) throws IOException {
        Path files = Files.createTempDirectory("attmask-fuzz-");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                HEAP,
                "-XX:+IgnoreUnrecognizedVMOptions",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                absolute(System.getProperty("java.class.path")),
                "com.code_intelligence.jazzer.Jazzer",
                "--target_class=" + JazzerTarget.class.getName(),
                "--target_args=" + target + " " + files,
                "--instrumentation_includes=" + INSTRUMENTED,
                "--keep_going=" + MOST_FINDINGS,
                "--reproducer_path=" + folder,
                "-artifact_prefix=" + folder + "/",
                "-max_total_time=" + seconds,
                "-timeout=" + SECONDS_PER_INPUT,
                "-rss_limit_mb=4096",
                "-print_final_stats=1"));
        if (target.equals("command-line")) {
            command.add("--disabled_hooks=" + FILES_OF_THE_USER);
        }
        command.add(corpus.toString());
        return command;
    }

    private static String absolute(String classPath) {
        return String.join(
                File.pathSeparator,
                Stream.of(classPath.split(File.pathSeparator))
                        .map(entry -> Path.of(entry).toAbsolutePath().toString())
                        .toList());
    }

    /** As the statistics say, or the last line that has a number. */
    private static long inputs(List<String> log) {
        long inputs = 0;
        for (String line : log) {
            Matcher total = INPUTS.matcher(line);
            Matcher numbered = NUMBERED.matcher(line);
            if (total.find()) {
                // After each finding, and at the end.
                inputs = Math.max(inputs, Long.parseLong(total.group(1)));
            } else if (numbered.lookingAt()) {
                inputs = Math.max(inputs, Long.parseLong(numbered.group(1)));
            }
        }
        return inputs;
    }

    private static long findings(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.matches("(crash|timeout|oom|leak)-.*"))
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void requireEmpty(Path working) throws IOException {
        try (Stream<Path> files = Files.list(working)) {
            List<Path> left = files.toList();
            if (!left.isEmpty()) {
                throw new IllegalStateException("files were written: " + left);
            }
        }
    }
}
