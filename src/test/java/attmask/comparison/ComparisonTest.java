package attmask.comparison;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.checkpoint.Checkpoint;
import attmask.checkpoint.SafeTensors;
import attmask.config.NonFiniteException;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.report.page.Page;
import attmask.report.tensorboard.ShownEvents;
import attmask.testkit.Spoiling;
import attmask.testkit.TestConfig;
import attmask.train.FreeMemory;
import attmask.train.ProgressView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Comparisons of runs of two epochs of three steps. */
class ComparisonTest {
    private static final List<String> TINY = List.of(
            "model.image=32",
            "model.patch=8",
            "model.width=24",
            "model.depth=2",
            "model.heads=2",
            "model.dropPath=0.1",
            "head.hidden=16",
            "head.bottleneck=8",
            "head.prototypes=16",
            "optimizer.freezeLastLayer=0",
            "optimizer.warmupEpochs=0",
            "data.shapesTrain=24",
            "data.shapesValidation=10",
            "run.epochs=2",
            "run.batch=8",
            "run.evalEvery=1",
            "run.knn=3,5");

    private static final Making MAKING = new Making("compare", "commit", "17", "machine");

    @TempDir
    Path folder;

    /** Counts steps, remembers notes, and may stop everything as a power failure would. */
    private static final class Recorder implements ProgressView {
        final List<String> notes = new ArrayList<>();
        int steps;
        int failAfter = Integer.MAX_VALUE;

        static final class PowerFailure extends RuntimeException {
            private static final long serialVersionUID = 1;
        }

        @Override
        public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
            if (++steps == failAfter) {
                throw new PowerFailure();
            }
        }

        @Override
        public void epoch(int epoch, int epochs, int first, int count) {}

        @Override
        public void note(String line) {
            notes.add(line);
        }

        @Override
        public void close() {}
    }

    private static TrainConfig config(Path output, String... more) {
        List<String> settings = new ArrayList<>(TINY);
        settings.add("run.output=" + output);
        return TestConfig.of(settings, more);
    }

    private static Plan plan(List<String> masks, Long... seeds) {
        return Plan.of(List.of("ibot"), masks, List.of(100.0), List.of(seeds));
    }

    private static Comparison comparison(TrainConfig config, Plan plan) {
        return new Comparison(
                config, DataSets.open(config.data(), config.globalSize()), plan, List.of(1), 2, "", MAKING);
    }

    private static Recorder run(TrainConfig config, Plan plan, Recorder recorder) {
        try (Backend backend = new CpuBackend(1)) {
            assertTrue(comparison(config, plan).run(backend, () -> FreeMemory.UNKNOWN, 1, recorder, true));
        }
        return recorder;
    }

    private static Map<String, double[]> tensors(Path checkpoint) {
        Map<String, double[]> tensors = new TreeMap<>();
        try (SafeTensors file = SafeTensors.open(checkpoint)) {
            for (String name : file.names()) {
                if (name.startsWith("student/") || name.startsWith("teacher/") || name.startsWith("center/")) {
                    tensors.put(name, file.doubles(name));
                }
            }
        }
        return tensors;
    }

    private static boolean same(Map<String, double[]> a, Map<String, double[]> b) {
        assertEquals(a.keySet(), b.keySet());
        return a.keySet().stream().allMatch(name -> Arrays.equals(a.get(name), b.get(name)));
    }

    /**
     * With no masks in the first epoch nothing but first weights, crops, their order and drop path decides on what is
     * learned in it: if the weights after it are equal to the last bit, so were all of these.
     */
    @Test
    void runsOfOneSeedStartFromTheSameWeightsAndSeeTheSameCrops() {
        List<String> masks = List.of("block", "random:0.75", "hint", "high", "none");
        TrainConfig config = config(folder, "mask.startEpoch=1", "run.keepEvery=1");
        run(config, plan(masks, 1L).with(plan(List.of("block"), 2L)), new Recorder());
        Path runs = folder.resolve("runs");
        Path first = runs.resolve("ibot-block-100pct-seed1");
        for (String mask : masks.subList(1, masks.size())) {
            Path other = runs.resolve("ibot-" + mask.replace(':', '-') + "-100pct-seed1");
            assertTrue(
                    same(
                            tensors(first.resolve("checkpoint-0001.safetensors")),
                            tensors(other.resolve("checkpoint-0001.safetensors"))),
                    mask + " differs before the first mask");
            assertFalse(
                    same(
                            tensors(first.resolve("checkpoint.safetensors")),
                            tensors(other.resolve("checkpoint.safetensors"))),
                    mask + " learns the same as block");
        }
        assertFalse(
                same(
                        tensors(first.resolve("checkpoint-0001.safetensors")),
                        tensors(runs.resolve("ibot-block-100pct-seed2").resolve("checkpoint-0001.safetensors"))),
                "another seed makes no difference");
    }

    @Test
    void anInterruptedComparisonGoesOnFromItsLastEpochAndEndsWithTheSameBytes() throws IOException {
        Plan plan = plan(List.of("block", "high"), 1L);
        TrainConfig config = config(folder.resolve("cut"));
        Recorder cut = new Recorder();
        // In the second step of the second epoch of the second run.
        cut.failAfter = 6 + 3 + 2;
        assertThrows(Recorder.PowerFailure.class, () -> run(config, plan, cut));

        List<String> states = comparison(config, plan).summary().states();
        assertTrue(states.get(0).contains("done: 3-NN"), states.toString());
        assertTrue(states.get(1).contains("begun: epoch 2 of 2"), states.toString());
        assertEquals("1 of 2 runs are done", states.get(2));

        Recorder rest = run(config, plan, new Recorder());
        assertEquals(3, rest.steps, "no more than the cut epoch is repeated");
        run(config(folder.resolve("whole")), plan, new Recorder());
        for (PlannedRun run : plan.runs()) {
            Path file = Path.of("runs", run.name(), "checkpoint.safetensors");
            assertArrayEquals(
                    Files.readAllBytes(folder.resolve("whole").resolve(file)),
                    Files.readAllBytes(folder.resolve("cut").resolve(file)));
            assertEquals(
                    losses(folder.resolve("whole").resolve(file)),
                    losses(folder.resolve("cut").resolve(file)));
        }
        assertEquals(0, run(config, plan, new Recorder()).steps, "finished runs are not repeated");
    }

    /** The same bits would fail the same way, so that is not tried again until someone says so. */
    @Test
    void aRunThatFailsIsNamedAndTheOthersGoOn() throws IOException {
        Plan plan = plan(List.of("block", "high"), 1L);
        TrainConfig config = config(folder, "run.skipLimit=1");
        Comparison comparison = comparison(config, plan);
        Recorder recorder = new Recorder();
        try (Backend cpu = new CpuBackend(1)) {
            // The second step of the second epoch of the first run.
            Backend spoiled = Spoiling.gradients(cpu, Set.of(5));
            assertTrue(comparison.run(spoiled, () -> FreeMemory.UNKNOWN, 1, recorder, false));
        }
        String name = plan.runs().get(0).name();
        List<String> states = comparison.summary().states();
        assertTrue(states.get(0).startsWith(name + ": failed: step 5 skipped: " + Spoiling.TENSOR), states.get(0));
        assertTrue(states.get(1).contains("done: 3-NN"), states.get(1));
        assertTrue(recorder.notes.stream().anyMatch(note -> note.startsWith(name + " failed: step 5")));
        String markdown = Files.readString(folder.resolve("comparison.md"));
        assertTrue(markdown.contains("## Failed runs\n\n- " + name + ": step 5 skipped"), markdown);
        NonFiniteException end = assertThrows(NonFiniteException.class, comparison.summary()::requireAllFinite);
        assertTrue(end.getMessage().startsWith("1 of 2 runs failed, the first is " + name), end.getMessage());

        assertEquals(0, run(config, plan, new Recorder()).steps, "not tried again");
        assertThrows(NonFiniteException.class, comparison.summary()::requireAllFinite);
        Files.delete(folder.resolve("runs").resolve(name).resolve("failed.txt"));
        assertEquals(3, run(config, plan, new Recorder()).steps, "goes on from its last epoch");
        comparison.summary().requireAllFinite();
    }

    /** Nothing to compare is no error of its own. */
    @Test
    void allRunsMayFail() throws IOException {
        Plan plan = plan(List.of("block"), 1L);
        Comparison comparison = comparison(config(folder, "run.skipLimit=1"), plan);
        try (Backend cpu = new CpuBackend(1)) {
            Backend spoiled = Spoiling.gradients(cpu, Set.of(1));
            assertTrue(comparison.run(spoiled, () -> FreeMemory.UNKNOWN, 1, new Recorder(), false));
        }
        assertEquals("0 of 1 runs are done", comparison.summary().states().get(1));
        assertTrue(comparison.summary().tables().contains("## Failed runs"));
    }

    /** As TensorBoard shows them. */
    private static Map<Long, Double> losses(Path checkpoint) throws IOException {
        Map<Long, Double> losses = new ShownEvents(checkpoint.getParent()).curve("loss_of_step/total");
        assertEquals(6, losses.size());
        return losses;
    }

    @Test
    void aRunCutOffInItsFirstEpochStartsOver() {
        Plan plan = plan(List.of("block"), 1L);
        TrainConfig config = config(folder);
        Recorder cut = new Recorder();
        cut.failAfter = 2;
        assertThrows(Recorder.PowerFailure.class, () -> run(config, plan, cut));
        assertTrue(Files.exists(folder.resolve("runs/ibot-block-100pct-seed1/log.jsonl")));
        assertEquals(6, run(config, plan, new Recorder()).steps);
    }

    @Test
    void aComparisonGrowsButKeepsItsSettingsAndImages() {
        TrainConfig config = config(folder);
        run(config, plan(List.of("block"), 1L), new Recorder());
        Recorder more = run(config, plan(List.of("block", "high"), 1L), new Recorder());
        assertEquals(6, more.steps, "only the new run");

        UserException settings = assertThrows(
                UserException.class, () -> comparison(config(folder, "model.width=48"), plan(List.of("block"), 1L)));
        assertTrue(settings.getMessage().contains("model.width is 24, not 48"), settings.getMessage());
        UserException neighbours = assertThrows(
                UserException.class, () -> comparison(config(folder, "run.knn=7"), plan(List.of("block"), 1L)));
        assertTrue(neighbours.getMessage().contains("run.knn"), neighbours.getMessage());
        UserException images = assertThrows(
                UserException.class,
                () -> comparison(config(folder, "data.validationSubset=1"), plan(List.of("block"), 1L)));
        assertEquals(1, images.getMessage().lines().count());
        comparison(config(folder, "run.threads=2", "data.workers=2"), plan(List.of("block"), 1L));
    }

    @Test
    void aSmallerShareTrainsOnFewerImagesAndLeavesOutWhatItDoesNotSufficeFor() {
        TrainConfig config = config(folder, "data.shapesTrain=240", "run.batch=40", "run.epochs=1");
        Plan plan = Plan.of(List.of("ibot"), List.of("high"), List.of(50.0, 100.0), List.of(1L));
        Recorder recorder = run(config, plan, new Recorder());
        for (PlannedRun run : plan.runs()) {
            Path file = folder.resolve("runs").resolve(run.name()).resolve("checkpoint.safetensors");
            assertEquals(240 * run.percent() / 100, Checkpoint.summary(file).images());
            TrainConfig alone = run.config(config, "-");
            assertEquals(
                    Checkpoint.summary(file).images(),
                    DataSets.open(alone.data(), alone.globalSize()).train().size(),
                    "train --resume sees the same images");
        }
        List<String> states = comparison(config, plan).summary().states();
        assertFalse(states.get(0).contains("1-shot"), states.toString());
        assertTrue(states.get(1).contains("1-shot"), states.toString());
        String page =
                new Page("", "", List.of(comparison(config, plan).summary().section()), false).html();
        assertTrue(page.contains("Accuracy after training with 50 % of the data"), page);
        assertTrue(page.contains("Accuracy after training with 100 % of the data"), page);
        assertTrue(page.contains("2 of 2 runs are finished."), page);
        assertTrue(
                recorder.notes.stream().anyMatch(note -> note.startsWith("1-shot is left out with 50 % of the data")),
                recorder.notes.toString());
    }

    @Test
    void damagedFoldersAreNamedWithTheRemedy() throws IOException {
        Plan plan = plan(List.of("block", "high"), 1L);
        TrainConfig config = config(folder);
        run(config, plan, new Recorder());
        Path run = folder.resolve("runs/ibot-high-100pct-seed1");

        Path checkpoint = run.resolve("checkpoint.safetensors");
        byte[] whole = Files.readAllBytes(checkpoint);
        Files.write(checkpoint, Arrays.copyOf(whole, whole.length / 2));
        assertEquals(3, run(config, plan, new Recorder()).steps, "from the checkpoint before, the last epoch");
        assertArrayEquals(whole, Files.readAllBytes(checkpoint));
        Path previous = run.resolve("checkpoint-previous.safetensors");
        Files.delete(previous);
        Files.write(checkpoint, Arrays.copyOf(whole, whole.length / 2));
        refused(config, plan, run);
        Files.copy(
                folder.resolve("runs/ibot-block-100pct-seed1/checkpoint.safetensors"),
                checkpoint,
                StandardCopyOption.REPLACE_EXISTING);
        assertTrue(refused(config, plan, run).contains("mask.strategy"));
        Files.write(checkpoint, whole);
        Path log = run.resolve("log.jsonl");
        String lines = Files.readString(log);
        Files.delete(log);
        refused(config, plan, run);
        Files.writeString(log, lines.replace("\"epoch\":1", "\"epoch\":"));
        String message = assertThrows(
                        UserException.class,
                        () -> comparison(config, plan).summary().tables())
                .getMessage();
        assertTrue(message.contains("log.jsonl line 2"), message);

        Files.writeString(log, lines);
        Files.delete(checkpoint);
        assertEquals(6, run(config, plan, new Recorder()).steps, "without its checkpoint a run is repeated");
    }

    private static String refused(TrainConfig config, Plan plan, Path run) {
        String message = assertThrows(UserException.class, () -> run(config, plan, new Recorder()))
                .getMessage();
        assertEquals(1, message.lines().count(), message);
        assertTrue(message.contains(run.toString()) && message.contains("delete the folder"), message);
        return message;
    }

    @Test
    void theResultsAreWrittenAndEvaluatedOnce() throws IOException {
        Plan plan = plan(List.of("block", "high"), 1L, 2L);
        TrainConfig config = config(folder);
        run(config, plan, new Recorder());
        String markdown = Files.readString(folder.resolve("comparison.md"));
        for (String part : List.of(
                "Accuracy after training",
                "Difference to block",
                "Learning curves",
                "Epochs to block's last 3-NN",
                "Time of a step",
                "Few seeds (2 pairs)",
                "Commit commit")) {
            assertTrue(markdown.contains(part), part + " is missing in " + markdown);
        }
        List<String> csv = Files.readAllLines(folder.resolve("comparison.csv"));
        // For each run two k-NN, two linear, three points of the curve and two times.
        assertEquals(1 + 4 * 9, csv.size(), csv.toString());
        assertTrue(csv.stream().allMatch(line -> line.split(",").length == 7));

        // What is stored is not computed again.
        Path evaluation = folder.resolve("runs/ibot-high-100pct-seed2/evaluation.json");
        Files.writeString(evaluation, Files.readString(evaluation).replaceFirst("\"3-NN\":[0-9.]+", "\"3-NN\":99.5"));
        run(config, plan, new Recorder());
        assertTrue(comparison(config, plan).summary().states().get(3).contains("3-NN 99.50 %"));
        Files.writeString(evaluation, "{");
        assertThrows(
                UserException.class, () -> comparison(config, plan).summary().states());
    }

    @Test
    void theLastPointOfTheCurveIsTheFinalAccuracy() {
        TrainConfig config = config(folder);
        run(config, plan(List.of("low"), 3L), new Recorder());
        ComparisonFolder there = ComparisonFolder.read(folder);
        PlannedRun run = there.plan().runs().get(0);
        RunResult result = RunResult.read(run, there.run(run), 3);
        assertEquals(result.measures().get("3-NN"), result.curve().last());
        assertEquals(List.of(0, 1, 2), List.copyOf(result.curve().points().keySet()));
        assertTrue(0 < result.times().fastest()
                && result.times().fastest() <= result.times().median());
    }
}
