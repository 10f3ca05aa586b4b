package attmask.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.NonFiniteException;
import attmask.config.UserException;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.testkit.Spoiling;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Skipped steps done again. */
class ReplayTest {
    @TempDir
    Path folder;

    private Path record(int step) {
        return folder.resolve(String.format("run/skipped/step-%06d.json", step));
    }

    private void train(Set<Integer> bad, String... more) {
        new TinyRun(folder.resolve("run"), more)
                .run(Spoiling.gradients(new CpuBackend(1), bad), RunDirectory.create(folder.resolve("run")), false);
    }

    private Replay.Outcome replay(int step, Set<Integer> bad) {
        try (Backend cpu = new CpuBackend(2)) {
            return Replay.of(record(step), Optional.empty()).run(Spoiling.gradients(cpu, bad), 1);
        }
    }

    private String error(int step, String data) {
        String message = assertThrows(UserException.class, () -> {
                    try (Backend cpu = new CpuBackend(1)) {
                        Replay.of(record(step), Optional.ofNullable(data)).run(cpu, 1);
                    }
                })
                .getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @Test
    void theInjectedFaultAgain() throws IOException {
        train(Set.of(2, 6, 7, 9), "run.accumulate=2");
        assertEquals(Optional.of(Spoiling.TENSOR), replay(6, Set.of(1)).found());
        Replay.Outcome sound = replay(7, Set.of());
        assertFalse(sound.reproduced());
        assertEquals(Spoiling.TENSOR, sound.recorded());
        assertTrue(sound.numbers().stream().allMatch(numbers -> numbers.notFinite() == 0));
        assertTrue(error(9, null).contains("has no state to replay from"), "of the fourth");
        assertEquals(3, states());
    }

    private long states() throws IOException {
        try (var files = Files.list(folder.resolve("run/skipped"))) {
            return files.filter(file -> file.toString().endsWith(".safetensors"))
                    .count();
        }
    }

    /** After one step with such a rate the weights are finite, but nothing that is computed with them. */
    @Test
    void aRealOverflow() {
        assertThrows(
                NonFiniteException.class,
                () -> train(Set.of(), "optimizer.learningRate=1e30", "optimizer.warmupEpochs=0", "run.skipLimit=2"));
        Replay.Outcome outcome = replay(2, Set.of());
        assertEquals(Optional.of(outcome.recorded()), outcome.found());
        assertEquals("loss.cls", outcome.recorded());
        List<TensorNumbers> numbers = outcome.numbers();
        TensorNumbers first = numbers.stream()
                .filter(each -> each.notFinite() > 0)
                .findFirst()
                .orElseThrow();
        assertEquals("teacher tokens", first.name());
        assertTrue(
                numbers.get(0).name().startsWith("student weights ("),
                numbers.get(0).name());
        assertTrue(numbers.get(0).largest() > 1e20, numbers.get(0).toString());
        assertEquals(0, numbers.get(0).notFinite());
    }

    @Test
    void whatIsMissingOrAnother() throws IOException {
        train(Set.of(2));
        String json = Files.readString(record(2));
        assertTrue(error(3, null).contains("no such file"), "no record");
        assertTrue(error(2, folder.resolve("nowhere").toString()).contains("nowhere"), "no data");
        Files.writeString(record(2), json.replaceAll("\"images\" : \\[ \\d+", "\"images\" : [ 77"));
        assertTrue(error(2, null).startsWith("the images are not those of step 2: image 1 was 77 ("), "other images");
        Files.writeString(record(2), json.replace("\"step\" : 2", "\"step\" : 3"));
        assertTrue(error(2, null).contains("not before step 3"), "another's state");
        Files.writeString(record(2), json.replace("step-000002.safetensors", "../checkpoint.safetensors"));
        assertTrue(error(2, null).contains("is missing"), "out of the folder");
        Files.writeString(record(2), "{");
        assertTrue(error(2, null).contains("is not JSON"), "cut off");
        Files.writeString(record(2), "{}");
        assertTrue(error(2, null).contains("describes no skipped step"), "of something else");
        Files.writeString(record(2), json);
        Path settings = folder.resolve("run/config.json");
        String more = Files.readString(settings).replace("\"shapesTrain\": 8", "\"shapesTrain\": 9");
        String config = Files.readString(settings);
        Files.writeString(settings, more);
        assertTrue(error(2, null).contains("had 8 training images, shapes has 9"), "other data");
        Files.delete(settings);
        assertTrue(error(2, null).contains("config.json"), "no settings");
        Files.writeString(settings, config);
        Files.delete(folder.resolve("run/skipped/step-000002.safetensors"));
        assertTrue(error(2, null).contains("is missing"), "no state");
    }
}
