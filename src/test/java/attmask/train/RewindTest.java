package attmask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.SafeTensors;
import attmask.config.NonFiniteException;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.testkit.Spoiling;
import attmask.train.TinyRun.Killed;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run whose numbers fail goes back to its last checkpoint, as often as that can help, or ends. */
class RewindTest {
    private static final String REWIND = "run.onNonFinite=rewind";
    /** With it every weight overflows in the first update. */
    private static final String OVERFLOW = "optimizer.learningRate=1e45";

    @TempDir
    Path folder;

    private TinyRun tiny(String name, String... more) {
        return new TinyRun(folder.resolve(name), more);
    }

    private TinyRun start(TinyRun run, String name, Set<Integer> bad) {
        return run.run(Spoiling.gradients(new CpuBackend(1), bad), RunDirectory.create(folder.resolve(name)), false);
    }

    private static List<JsonNode> lines(TinyRun run, String kind) throws IOException {
        return run.log().stream()
                .filter(line -> line.path("kind").asText().equals(kind))
                .toList();
    }

    private static double rate(TinyRun run, int epoch) throws IOException {
        return lines(run, "epoch").get(epoch - 1).path("train_lr").asDouble();
    }

    @Test
    void halfTheRateFromTheLastCheckpointOn() throws IOException {
        TinyRun plain = tiny("plain").start();
        TinyRun run = tiny("run", REWIND, "run.skipLimit=2");
        start(run, "run", Set.of(2, 7, 8));
        JsonNode rewind = lines(run, "rewind").get(0);
        assertEquals(1, lines(run, "rewind").size());
        assertEquals(4, rewind.path("step").asInt(), "epoch 2 ends in the row");
        assertEquals(0.5, rewind.path("rate_factor").asDouble());
        assertTrue(rewind.path("reason").asText().startsWith("step 8 skipped: " + Spoiling.TENSOR), rewind.toString());
        assertEquals(1, lines(run, "skipped").size(), "those after the checkpoint are cut off");
        assertEquals(3, lines(run, "epoch").size());
        assertEquals(rate(plain, 2) / 2, rate(run, 2), 0);
        assertEquals(rate(plain, 3) / 2, rate(run, 3), 0);
        assertEquals("1,0,2", rewinds(run));
        assertEquals(null, rewinds(plain), "the bytes of others' checkpoints are as ever");
    }

    private static String rewinds(TinyRun run) {
        try (SafeTensors file = SafeTensors.open(run.file("checkpoint.safetensors"))) {
            return file.metadata().get("rewinds");
        }
    }

    /** Cut off after it went back, on either side of a checkpoint, a run goes on to the same bits. */
    @Test
    void resumedExactly() throws IOException {
        String[] settings = {REWIND, "run.skipLimit=2"};
        TinyRun whole = tiny("whole", settings);
        start(whole, "whole", Set.of(6, 7));
        for (int step : new int[] {5, 9}) {
            TinyRun cut = tiny("cut" + step, settings);
            // The first time at step 5 is before the rewind.
            int[] times = {step == 5 ? 0 : 1};
            cut.when(step, () -> {
                if (times[0]++ == 1) {
                    throw new Killed();
                }
            });
            assertThrows(Killed.class, () -> start(cut, "cut" + step, Set.of(6, 7)));
            TinyRun resumed = tiny("cut" + step, settings).resume();
            assertArrayEquals(whole.checkpoint(), resumed.checkpoint(), "killed at " + step);
            assertEquals(whole.log(), resumed.log(), "killed at " + step);
        }
    }

    /** There is a checkpoint before the first step, and a line of the log. */
    @Test
    void backToTheStart() throws IOException {
        TinyRun run = tiny("run", REWIND, "run.skipLimit=2");
        start(run, "run", Set.of(1, 2));
        assertEquals(
                List.of("eval", "rewind", "step"),
                run.log().subList(0, 3).stream()
                        .map(line -> line.path("kind").asText())
                        .toList());
        assertEquals(3, lines(run, "epoch").size());
    }

    /** Checkpoints of every step would be from amid the steps that are left out. */
    @Test
    void notIntoTheRowOfSkippedSteps() throws IOException {
        TinyRun run = tiny("run", REWIND, "run.skipLimit=3", "run.checkpointEverySteps=1");
        start(run, "run", Set.of(4, 6, 7, 8));
        assertEquals(5, lines(run, "rewind").get(0).path("step").asInt());
        assertEquals(List.of(4), steps(lines(run, "skipped")));
    }

    private static List<Integer> steps(List<JsonNode> lines) {
        return lines.stream().map(line -> line.path("step").asInt()).toList();
    }

    @Test
    void notForEver() {
        Set<Integer> all = IntStream.rangeClosed(6, 200).boxed().collect(Collectors.toSet());
        TinyRun run = tiny("run", REWIND, "run.skipLimit=2");
        NonFiniteException end = assertThrows(NonFiniteException.class, () -> start(run, "run", all));
        assertTrue(end.getMessage().contains(", after 3 rewinds"), end.getMessage());
        assertEquals("3,3,2", rewinds(run));
    }

    /** Nothing that is not finite gets into a file, and no further step is tried in vain. */
    @Test
    void weightsThatAreNotFiniteAreNotSaved() throws IOException {
        for (String mode : List.of("run.onNonFinite=stop", REWIND)) {
            String name = mode.substring(mode.indexOf('=') + 1);
            TinyRun run = tiny(name, mode, OVERFLOW, "optimizer.warmupEpochs=0", "run.checkpointEverySteps=1");
            NonFiniteException end = assertThrows(NonFiniteException.class, run::start);
            assertTrue(
                    end.getMessage().startsWith("what is learned after step 1 is not finite (student/"),
                    end.getMessage());
            assertEquals(mode.equals(REWIND) ? "3,3,1" : null, rewinds(run));
            try (SafeTensors file = SafeTensors.open(run.file("checkpoint.safetensors"))) {
                assertEquals("0", file.metadata("step"));
                for (String tensor : file.names()) {
                    assertTrue(
                            tensor.contains("steps")
                                    || Arrays.stream(file.doubles(tensor)).allMatch(Double::isFinite),
                            tensor);
                }
            }
        }
        // Without a checkpoint due, the step after tells.
        TinyRun late = tiny("late", OVERFLOW, "optimizer.warmupEpochs=0");
        NonFiniteException end = assertThrows(NonFiniteException.class, late::start);
        assertTrue(end.getMessage().startsWith("what is learned after step 1 is"), end.getMessage());
        assertEquals(1, lines(late, "skipped").size());
        assertFalse(Files.readString(late.file("log.jsonl")).contains("NaN,"));
    }

    /** Four sets of tensors after each of three epochs, though each of these is saved too. */
    @Test
    void whatIsSavedIsLookedThroughOnce() {
        AtomicInteger looks = new AtomicInteger();
        Backend counting = Spoiling.counting(new CpuBackend(1), looks);
        tiny("once").run(counting, RunDirectory.create(folder.resolve("once")), false);
        assertEquals(3 * 4, looks.get());
    }
}
