package attmask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.NonFiniteException;
import attmask.config.TrainConfig;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.testkit.Spoiling;
import attmask.testkit.TestConfig;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps that are not finite in a training run: left out, counted, logged; a run of them ends it. */
class SkippedStepsTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path folder;

    private TrainConfig config(String... settings) {
        return TestConfig.of(
                List.of(
                        "model.image=16",
                        "model.patch=8",
                        "model.width=24",
                        "model.depth=2",
                        "model.heads=2",
                        "head.hidden=32",
                        "head.bottleneck=16",
                        "head.prototypes=64",
                        "augmentation.localCrops=2",
                        "data.shapesTrain=20",
                        "data.shapesValidation=10",
                        "run.epochs=2",
                        "run.batch=4",
                        "run.evalEvery=0"),
                settings);
    }

    private RunDirectory train(String name, TrainConfig config, Set<Integer> bad) {
        RunDirectory directory = RunDirectory.create(folder.resolve(name));
        try (Backend cpu = new CpuBackend(1);
                ProgressView view = new PlainProgress(System.out);
                Trainer trainer = new Trainer(
                        config,
                        Spoiling.gradients(cpu, bad),
                        directory,
                        DataSets.open(config.data(), config.globalSize()),
                        view,
                        1)) {
            assertTrue(trainer.run(false));
        }
        return directory;
    }

    private static List<JsonNode> lines(RunDirectory directory, String kind) throws IOException {
        return Files.readAllLines(directory.log()).stream()
                .map(SkippedStepsTest::json)
                .filter(line -> line.path("kind").asText().equals(kind))
                .toList();
    }

    private static JsonNode json(String line) {
        try {
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new AssertionError(line, e);
        }
    }

    @Test
    void badStepsAreCountedAndNamed() throws IOException {
        RunDirectory run = train("run", config(), Set.of(2, 4, 5));
        List<JsonNode> skipped = lines(run, "skipped");
        assertEquals(
                List.of(2, 4, 5),
                skipped.stream().map(line -> line.path("step").asInt()).toList());
        assertEquals(
                List.of(1, 1, 2),
                skipped.stream().map(line -> line.path("in_row").asInt()).toList());
        assertEquals("patch_embed.proj.bias", skipped.get(0).path("tensor").asText());
        List<JsonNode> epochs = lines(run, "epoch");
        assertEquals(3, epochs.get(0).path("skipped_steps").asInt());
        assertEquals(0, epochs.get(1).path("skipped_steps").asInt());
        JsonNode file = JSON.readTree(run.skippedStep(4).toFile());
        assertEquals(4, file.path("names").size());
        assertEquals(4, file.path("images").size());
    }

    @Test
    void tooManyInARowEndTheRun() {
        TrainConfig config = config("run.skipLimit=2");
        NonFiniteException end =
                assertThrows(NonFiniteException.class, () -> train("run", config, Set.of(2, 4, 7, 8, 9)));
        assertTrue(
                end.getMessage().startsWith("step 8 skipped: patch_embed.proj.bias is not finite"), end.getMessage());
        assertTrue(end.getMessage().contains("2 in a row"), end.getMessage());
        assertTrue(Files.exists(folder.resolve("run/checkpoint.safetensors")), "of the first epoch");
    }

    /** An epoch of which nothing is left has no means, and stops nothing. */
    @Test
    void anEpochMayBeSkippedWhole() throws IOException {
        RunDirectory all = train("all", config("run.skipLimit=6"), Set.of(1, 2, 3, 4, 5));
        assertEquals(5, lines(all, "epoch").get(0).path("skipped_steps").asInt());
        assertFalse(Files.readString(all.log()).contains("NaN"));
    }

    /** The steps in parts see the same crops, masks and drop path: the run learns the same but for roundings. */
    @Test
    void aRunInPartsIsTheRun() throws IOException {
        RunDirectory whole = train("whole", config(), Set.of());
        RunDirectory parts = train("parts", config("run.accumulate=4"), Set.of());
        double[] want = losses(whole);
        double[] got = losses(parts);
        // Float32 roundings of other order, passed on by ten updates: 6.7e-7 at most, of losses around 8.
        assertArrayEquals(want, got, 5e-6);
    }

    private static double[] losses(RunDirectory run) throws IOException {
        return lines(run, "step").stream()
                .mapToDouble(line -> line.path("loss").asDouble())
                .toArray();
    }
}
