package attmask.gpu;

import attmask.cuda.jcuda.CudaMachine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/**
 * {@code make gpu-check}: everything that can only be seen on a GPU, in one go, with one table at the end. Needs nothing
 * but Java, this class path (the program, its tests, JUnit with its launcher, and for the last check JMH), and the
 * project's folder as working directory for the logs. Exit code 1 if anything failed, or if there is no GPU.
 */
public final class GpuCheck {
    private static final String PROGRAM = "attmask.cli.Main";
    private static final String BENCHMARKS = "attmask.benchmarks.Benchmarks";
    private static final Path LOGS = Path.of("target", "gpu-check");

    /** @param detail the check's most telling line */
    private record Outcome(String check, boolean passed, double seconds, String detail) {}

    private final List<Outcome> outcomes = new ArrayList<>();

    private GpuCheck() {}

    public static void main(String[] args) throws Exception {
        String missing = CudaMachine.probe().missing();
        if (missing != null) {
            System.out.println("gpu-check needs a GPU: " + missing);
            System.exit(1);
        }
        GpuCheck check = new GpuCheck();
        check.all();
        System.exit(check.summary() ? 0 : 1);
    }

    private void all() throws Exception {
        Files.createDirectories(LOGS);
        check("doctor", line -> line.startsWith("cuda ") ? line.contains("ready") : null, PROGRAM, "doctor");
        for (String precision : List.of("fp32", "tf32", "bf16")) {
            check("verify " + precision, null, PROGRAM, "verify", "--device=cuda", "--precision=" + precision);
        }
        check("tests", null, "-D" + GpuTests.PROPERTY + "=true", GpuTests.class.getName());
        check(
                "training as on the cpu",
                line -> line.contains("losses differ by") ? true : null,
                "attmask.train.GpuTraining");
        step("cpu", "tiny32-2+4", 16, "on");
        for (String graph : List.of("on", "off")) {
            step("cuda", "tiny32-2+4", 16, graph);
            step("cuda", "small-2+0", 32, graph);
        }
        if (present(BENCHMARKS)) {
            check("benchmarks, quick", line -> line.startsWith("TrainStep.step ") ? true : null, benchmarks());
        } else {
            outcomes.add(new Outcome("benchmarks, quick", true, 0, "left out: they are not on the class path"));
        }
    }

    private void step(String device, String shape, int batch, String graph) throws Exception {
        check(
                "bench step " + shape + " on " + device + (graph.equals("off") ? ", no graphs" : ""),
                null,
                PROGRAM,
                "bench",
                "step",
                "--device=" + device,
                "--cuda-graph=" + graph,
                "--config=" + shape,
                "--batch=" + batch);
    }

    /** One short iteration each: whether they run, and the order of magnitude. */
    private static String[] benchmarks() {
        return new String[] {
            BENCHMARKS,
            "-p",
            "device=cuda",
            "-p",
            "precision=FP32,BF16",
            "-f",
            "1",
            "-wi",
            "1",
            "-w",
            "200ms",
            "-i",
            "2",
            "-r",
            "200ms",
            "attmask"
        };
    }

    private static boolean present(String type) {
        try {
            Class.forName(type, false, GpuCheck.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }

    /**
     * Runs a Java program in a process of its own, since a fault on the GPU ends all work of the process that made it.
     *
     * @param verdict of a line of output: true, false or null for one that says nothing; some line must say true. Null
     *     when the exit code tells all
     */
    private void check(String name, Function<String, Boolean> verdict, String... command)
            throws IOException, InterruptedException {
        System.out.println("gpu-check: " + name);
        Path log = LOGS.resolve(name.replaceAll("[^a-z0-9+]+", "-") + ".log");
        List<String> line = new ArrayList<>();
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        line.add("--enable-native-access=ALL-UNNAMED");
        line.add("-cp");
        line.add(System.getProperty("java.class.path"));
        line.addAll(List.of(command));
        long start = System.nanoTime();
        int code = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start()
                .waitFor();
        double seconds = (System.nanoTime() - start) / 1e9;
        List<String> output =
                Files.readAllLines(log).stream().filter(text -> !text.isBlank()).toList();
        String last = output.isEmpty() ? "no output" : output.get(output.size() - 1);
        String telling = output.stream()
                .filter(text -> verdict != null && verdict.apply(text) != null)
                .findFirst()
                .orElse(last);
        boolean passed = code == 0 && (verdict == null || Boolean.TRUE.equals(verdict.apply(telling)));
        if (!passed) {
            output.subList(Math.max(0, output.size() - 30), output.size())
                    .forEach(text -> System.out.println("    " + text));
            System.out.println("    exit code " + code + ", all of it in " + log);
        }
        outcomes.add(new Outcome(name, passed, seconds, telling));
    }

    private boolean summary() {
        System.out.println();
        for (Outcome outcome : outcomes) {
            System.out.printf(
                    Locale.ROOT,
                    "%-42s %-6s %6.0f s  %s%n",
                    outcome.check,
                    outcome.passed ? "ok" : "FAILED",
                    outcome.seconds,
                    shortened(outcome.detail));
        }
        long failed = outcomes.stream().filter(outcome -> !outcome.passed).count();
        System.out.println(
                failed == 0 ? "gpu-check: all passed" : "gpu-check: " + failed + " of " + outcomes.size() + " failed");
        return failed == 0;
    }

    /** Of {@code bench step}'s JSON, the part that was measured. */
    private static String shortened(String text) {
        String told = text.replaceFirst("^\\{.*(\"images_per_s\":[^}]*)}$", "$1");
        return told.length() <= 300 ? told : told.substring(0, 297) + "...";
    }
}
