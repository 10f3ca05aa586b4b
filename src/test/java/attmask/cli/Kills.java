package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.random.RandomStream;
import attmask.random.RandomStream.Purpose;
import attmask.testkit.Child;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Trains in a process that is killed (SIGKILL) again and again and resumed each time, on one thread and on two in turn.
 * Every run that comes to its end is compared with one that nobody killed, and another is begun, until there were enough
 * kills.
 */
final class Kills {
    /** Three epochs of eight steps, with a checkpoint after every second one, and one that is kept after each epoch. */
    private static final List<String> TINY = List.of(
            "--width=48",
            "--depth=2",
            "--heads=2",
            "--patch=4",
            "--image-size=16",
            "--local-size=8",
            "--epochs=3",
            "--batch=16",
            "--shapes-train=128",
            "--shapes-validation=10",
            "--eval-every=0",
            "--keep-every=1",
            "--checkpoint-every-steps=2",
            "--set=head.hidden=64",
            "--set=head.bottleneck=32",
            "--set=head.prototypes=512",
            "--set=optimizer.freezeLastLayer=1",
            "--set=model.dropPath=0.1");

    private static final List<String> SAME_BYTES = List.of(
            "checkpoint.safetensors",
            "checkpoint-0001.safetensors",
            "checkpoint-0002.safetensors",
            "checkpoint-0003.safetensors",
            "masks/epoch-000.png",
            "masks/epoch-003.png");

    /** What an epoch's line says of the time and the machine. */
    private static final List<String> OF_THE_MACHINE =
            List.of("images_per_s", "step_ms", "step_ms_min", "data_wait_ms", "heap_mb");

    /** Longer than a process of a run that is not killed takes to write its next checkpoint. */
    private static final int LONGEST_WAIT_MILLIS = 300;

    private final Path folder;
    private final Path whole;
    private final RandomStream random;
    /** What the kills hit, and how often. */
    private final Map<String, Integer> moments = new TreeMap<>();

    private int kills;
    private int starts;
    private int runs;

    Kills(Path folder, long seed) {
        this.folder = folder;
        whole = folder.resolve("whole");
        random = new RandomStream(seed, Purpose.TEST, 0, 0);
    }

    private static List<String> train(Path run) {
        List<String> line = new ArrayList<>(List.of("train", "--output=" + run));
        line.addAll(TINY);
        return line;
    }

    /** Kills so many times at least; the last run goes to its end. */
    String run(int least) throws IOException, InterruptedException {
        assertEquals(0, Outcome.of(train(whole).toArray(String[]::new)).code());
        while (kills < least) {
            Path run = folder.resolve("run-" + ++runs);
            boolean ended = false;
            while (!ended) {
                ended = oneProcess(run, kills < least);
            }
            compare(run);
            System.out.println(summary());
        }
        return summary();
    }

    private String summary() {
        return kills + " kills in " + runs + " runs of " + starts + " processes; hit: " + moments;
    }

    /** Starts the run, or resumes it; true if it came to its end. */
    private boolean oneProcess(Path run, boolean kill) throws IOException, InterruptedException {
        boolean resume = Files.exists(run.resolve("checkpoint.safetensors"))
                || Files.exists(run.resolve("checkpoint-previous.safetensors"));
        List<String> line = resume ? new ArrayList<>(List.of("train", "--resume", "--output=" + run)) : train(run);
        line.add("--threads=" + (1 + starts++ % 2));
        line.add("--workers=" + (1 + random.nextInt(2)));
        Path output = folder.resolve("output");
        try (Child child = Child.start(output, line)) {
            if (kill) {
                String moment = await(child, run);
                boolean killed = child.alive();
                child.kill();
                child.end();
                kills += killed ? 1 : 0;
                moments.merge(killed ? moment : "too late", 1, Integer::sum);
                return !killed && ended(child);
            }
            return ended(child);
        }
    }

    private static boolean ended(Child child) throws IOException, InterruptedException {
        int code = child.end();
        assertEquals(0, code, child.output());
        assertTrue(child.output().contains("done: "), child.output());
        return true;
    }

    /** Half of the kills wait for a checkpoint under way, a tenth do not wait for training, the others hit anything. */
    private String await(Child child, Path run) throws InterruptedException {
        int kind = random.nextInt(10);
        if (kind == 0) {
            Thread.sleep(random.nextInt(3 * LONGEST_WAIT_MILLIS));
            return "before or in training";
        }
        Path lock = run.resolve("run.lock");
        long before = modified(run.resolve("log.jsonl"));
        while (child.alive() && (!Files.exists(lock) || modified(run.resolve("log.jsonl")) == before)) {
            Thread.onSpinWait();
        }
        if (kind < 5) {
            Thread.sleep(random.nextInt(LONGEST_WAIT_MILLIS));
            return "any moment in training";
        }
        Path aside = run.resolve("checkpoint.safetensors.tmp");
        int checkpoints = 1 + random.nextInt(4);
        for (int i = 0; i < checkpoints && child.alive(); i++) {
            while (child.alive() && Files.exists(aside)) {
                Thread.onSpinWait();
            }
            while (child.alive() && !Files.exists(aside)) {
                Thread.onSpinWait();
            }
        }
        // From writing over reading back to the two renamings.
        long until = System.nanoTime() + random.nextInt(5_000_000);
        while (child.alive() && System.nanoTime() < until && Files.exists(aside)) {
            Thread.onSpinWait();
        }
        return "a checkpoint being written";
    }

    private static long modified(Path file) {
        return file.toFile().lastModified();
    }

    private void compare(Path run) throws IOException {
        for (String file : SAME_BYTES) {
            assertArrayEquals(
                    Files.readAllBytes(whole.resolve(file)), Files.readAllBytes(run.resolve(file)), run + " " + file);
        }
        assertEquals(log(whole), log(run), run.toString());
    }

    private static List<JsonNode> log(Path run) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(run.resolve("log.jsonl"))) {
            lines.add(((ObjectNode) new ObjectMapper().readTree(line)).without(OF_THE_MACHINE));
        }
        return lines;
    }
}
