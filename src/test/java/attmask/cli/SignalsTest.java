package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.Checkpoint;
import attmask.testkit.Child;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What processes are told and denied from outside, as docs/faults.md says. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "Windows has no such signals")
class SignalsTest {
    /** Two epochs, of a size of steps that the test chooses. */
    private static final List<String> TINY = List.of(
            "--width=24",
            "--depth=2",
            "--heads=2",
            "--patch=8",
            "--image-size=16",
            "--epochs=2",
            "--threads=1",
            "--workers=1",
            "--local-size=8",
            "--set=head.hidden=16",
            "--set=head.bottleneck=8",
            "--set=head.prototypes=16",
            "--set=data.shapesValidation=10");

    @TempDir
    Path folder;

    private List<String> train(Path run, String... more) {
        List<String> line = new ArrayList<>(List.of("train", "--output=" + run));
        line.addAll(TINY);
        line.addAll(List.of(more));
        return line;
    }

    private static int step(Path run) {
        return Checkpoint.summary(run.resolve("checkpoint.safetensors")).step();
    }

    private static boolean hasStep(Path run) throws IOException {
        Path log = run.resolve("log.jsonl");
        return Files.exists(log) && Files.readString(log).contains("\"kind\":\"step\"");
    }

    /** Of a run that would take minutes. */
    @ParameterizedTest
    @CsvSource({"TERM, 143", "INT, 130", "HUP, 129"})
    void aSignalStopsAfterACheckpoint(String signal, int code) throws Exception {
        Path run = folder.resolve("run");
        String[] settings = {
            "--batch=4", "--shapes-train=200", "--epochs=400", "--checkpoint-every=400", "--eval-every=0"
        };
        try (Child child = Child.start(folder.resolve("out"), train(run, settings))) {
            child.await(() -> hasStep(run));
            assertEquals(0, step(run));

            // A second trainer is refused, whichever way it comes; evaluations are not.
            for (List<String> second : List.of(train(run, settings), List.of("train", "--resume", "--output=" + run))) {
                Outcome refused = Outcome.of(second.toArray(String[]::new));
                assertEquals(1, refused.code());
                assertEquals(1, refused.err().strip().lines().count(), refused.err());
                assertTrue(refused.err().contains("is being trained in by process " + child.pid()), refused.err());
            }
            assertEquals(
                    0, Outcome.of("knn", run.toString(), "--k=1", "--subset=2").code());

            child.signal("USR1");
            child.await(() -> child.output().contains("checkpoint written after step"));
            int saved = step(run);
            assertTrue(saved > 0);

            child.signal(signal);
            assertEquals(code, child.end(), child.output());
            assertTrue(child.output().contains("stopped after step " + step(run)), child.output());
            assertTrue(step(run) > saved && step(run) < 20_000, "after step " + step(run));
        }
    }

    /** {@code train | head}: nobody reads, and the run is the same. */
    @Test
    void aClosedOutputStopsNothing() throws Exception {
        String[] settings = {"--batch=4", "--shapes-train=40"};
        Path whole = folder.resolve("whole");
        assertEquals(
                0, Outcome.of(train(whole, settings).toArray(String[]::new)).code());
        Path run = folder.resolve("run");
        Process child = Child.piped(train(run, settings));
        child.getInputStream().close();
        child.getErrorStream().close();
        assertEquals(0, child.waitFor());
        assertArrayEquals(
                Files.readAllBytes(whole.resolve("checkpoint.safetensors")),
                Files.readAllBytes(run.resolve("checkpoint.safetensors")));
    }

    @Test
    void tooSmallAHeapIsOneLineWithTheRemedy() throws Exception {
        Path run = folder.resolve("run");
        // Three buffers of 1000 images, of two crops of 64 x 64 each.
        try (Child child = Child.start(
                folder.resolve("out"),
                "-Xmx150m",
                train(
                        run,
                        "--image-size=64",
                        "--batch=1000",
                        "--shapes-train=1000",
                        "--set=augmentation.localCrops=0"))) {
            assertEquals(1, child.end(), child.output());
            List<String> errors = child.output()
                    .lines()
                    .filter(line -> line.startsWith("error: "))
                    .toList();
            assertEquals(1, errors.size(), child.output());
            assertTrue(
                    errors.get(0).contains("the Java heap has") && errors.get(0).contains("-Xmx"), errors.get(0));
            assertTrue(errors.get(0).contains("--batch"), errors.get(0));
            assertFalse(child.output().contains("\tat "), child.output());
        }
        assertFalse(Files.exists(run), "a run that was refused has left a folder");
    }
}
