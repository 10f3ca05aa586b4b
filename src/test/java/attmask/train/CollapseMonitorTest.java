package attmask.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.ConfigLoader;
import attmask.config.Preset;
import attmask.config.TrainConfig;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.ssl.SelfDistillation;
import attmask.testkit.Backends.Subject;
import attmask.testkit.TestConfig;
import attmask.testkit.TinyStep;
import attmask.testkit.Tolerance;
import attmask.train.CollapseSign.Measures;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class CollapseMonitorTest {
    /** 120 steps, looked at after 100 and 120, of a second or two in all; the default preset's method on images of 4×4 patches. */
    private static final List<String> TINY = List.of(
            "model.image=16",
            "model.width=48",
            "model.depth=2",
            "model.heads=2",
            "head.hidden=64",
            "head.bottleneck=32",
            "head.prototypes=64",
            "head.patchPrototypes=64",
            "optimizer.learningRate=0.02",
            "augmentation.localCrops=0",
            "data.shapesTrain=320",
            "data.shapesValidation=2",
            "run.epochs=6",
            "run.batch=16",
            "run.evalEvery=0");

    @TempDir
    Path folder;

    private static final class Notes implements ProgressView {
        final List<String> lines = new ArrayList<>();

        @Override
        public void epoch(int epoch, int epochs, int first, int steps) {}

        @Override
        public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {}

        @Override
        public void note(String line) {
            lines.add(line);
        }

        @Override
        public void close() {}
    }

    /** The lines of a run's log, and its notes about collapse. */
    private record Run(List<JsonNode> log, List<String> notes) {
        List<JsonNode> collapse() {
            return log.stream()
                    .filter(line -> line.get("kind").asText().equals("collapse"))
                    .toList();
        }

        JsonNode lastEpoch() {
            return log.get(log.size() - 1);
        }
    }

    private Run train(String settings) throws IOException {
        TrainConfig config = TestConfig.of(TINY, settings.isEmpty() ? new String[0] : settings.split(" "));
        RunDirectory directory = RunDirectory.create(folder.resolve("run"));
        Notes notes = new Notes();
        try (Backend backend = new CpuBackend(1);
                Trainer trainer = new Trainer(
                        config, backend, directory, DataSets.open(config.data(), config.globalSize()), notes, 1)) {
            assertTrue(trainer.run(false));
        }
        List<JsonNode> log = new ArrayList<>();
        for (String line : Files.readAllLines(directory.log())) {
            log.add(new ObjectMapper().readTree(line));
        }
        return new Run(
                log,
                notes.lines.stream().filter(line -> line.startsWith("collapse")).toList());
    }

    /** Each run is the healthy one but for one setting; the remedy names it. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "loss.centerMomentum=1 | one prototype | 1 | loss.centerMomentum",
                "loss.teacherTemp=0.2 loss.warmupTeacherTemp=0.2 | uniform output | 1 | loss.teacherTemp",
                "optimizer.learningRate=1 optimizer.clipGradient=0 | constant features | 0.1 | optimizer.learningRate",
            })
    void aCollapsedRunIsToldItsRemedyOnce(String settings, String sign, double most, String remedy) throws IOException {
        Run run = train(settings);
        List<JsonNode> lines = run.collapse().stream()
                .filter(line -> line.get("sign").asText().equals(sign))
                .toList();
        assertEquals(1, lines.size(), run.log().toString());
        JsonNode line = lines.get(0);
        assertEquals(100, line.get("step").asInt());
        assertEquals(5, line.get("epoch").asInt());
        assertTrue(line.get("value").asDouble() <= most, line.toString());
        assertTrue(line.get("remedy").asText().contains(remedy), line.toString());
        assertEquals(run.collapse().size(), run.notes().size());
        assertTrue(run.notes().stream().anyMatch(note -> note.contains(sign) && note.contains(remedy)));
    }

    @Test
    void aHealthyRunIsLeftInPeace() throws IOException {
        Run run = train("");
        assertEquals(List.of(), run.collapse());
        assertEquals(List.of(), run.notes());
        double used = run.lastEpoch().get("prototypes_in_use").asDouble();
        double deviation = run.lastEpoch().get("feature_deviation").asDouble();
        assertTrue(used > 0.05 && used <= 1, "in use " + used);
        assertTrue(deviation > 0.2 && deviation < 1.1, "deviation " + deviation);
    }

    @Test
    void boundsAreWhereTheyAreSaidToBe() {
        assertEquals(List.of(), signs(0.989, 1, 1, 1, 0.101));
        assertEquals(List.of(), signs(1, 1, 0.989, 1, 0.101));
        assertEquals(List.of(), signs(0.001, 0.001, 0.001, 0.98, 0.101));
        assertEquals(List.of(), signs(0.3, 0.51, 0.3, 1, 0.101));
        assertEquals(List.of(CollapseSign.UNIFORM_OUTPUT), signs(0.991, 1, 0.991, 1, 0.101));
        assertEquals(List.of(CollapseSign.ONE_PROTOTYPE), signs(0.3, 0.49, 0.3, 0.991, 0.101));
        assertEquals(List.of(CollapseSign.CONSTANT_FEATURES), signs(0.5, 0.6, 0.5, 0.5, 0.099));
    }

    private static List<CollapseSign> signs(
            double entropy, double marginal, double loss, double largest, double deviation) {
        return CollapseSign.in(new Measures(entropy, marginal, loss, largest, deviation)).stream()
                .map(CollapseSign.Seen::sign)
                .toList();
    }

    @Test
    void theLargestShareIsOfTheLastImages() {
        int[] clusters = new int[1000];
        Arrays.fill(clusters, 0, 488, 1);
        assertEquals(1, CollapseMonitor.largestShare(clusters));
        Arrays.fill(clusters, 488, 616, 2);
        assertEquals(0.75, CollapseMonitor.largestShare(clusters));
        assertEquals(1, CollapseMonitor.largestShare(new int[64]));
        assertEquals(0, CollapseMonitor.largestShare(new int[63]));
    }

    @Test
    void deviationIsOneForAxesAndNoneForOneDirection() {
        // ± each of three axes: the mean is 0, and each feature's variance 1/3.
        double[] axes = {2, 0, 0, -2, 0, 0, 0, 3, 0, 0, -3, 0, 0, 0, 1, 0, 0, -1};
        assertEquals(1, CollapseMonitor.deviation(axes, 3), 1e-15);
        assertEquals(0, CollapseMonitor.deviation(new double[] {1, 2, 2, 2, 4, 4}, 3), 1e-15);
        assertEquals(0, CollapseMonitor.deviation(new double[6], 3));
        assertArrayEquals(new double[] {1, 0.5, 0.25, 2.0 / 3}, new double[] {
            CollapseMonitor.prototypesInUse(new int[] {0, 1, 2}, 3),
            CollapseMonitor.prototypesInUse(new int[] {5, 5, 7, 7, 7}, 4),
            CollapseMonitor.prototypesInUse(new int[] {5, 5, 5, 5, 5}, 4),
            CollapseMonitor.prototypesInUse(new int[] {5, 6, 5}, 100)
        });
    }

    /** What is fetched from the device are the [CLS] rows. */
    @ParameterizedTest
    @MethodSource("attmask.testkit.Backends#withBf16")
    void everyBackendGivesTheDeviationOfItsFeatures(Subject subject) {
        TrainConfig config = ConfigLoader.preset(Preset.DEFAULT)
                .set("model.image", "8x12", "test")
                .set("model.width", "12", "test")
                .set("model.heads", "2", "test")
                .resolve();
        int tokens = 7;
        int width = 12;
        try (SelfDistillation step = TinyStep.IBOT.on(subject.backend());
                CollapseMonitor monitor = new CollapseMonitor(subject.backend(), config, step)) {
            monitor.allocate();
            TinyStep.forwardBackward(subject.backend(), step);
            double[] all = TinyStep.read(subject.backend(), step.teacherTokens());
            double[] cls = new double[4 * width];
            for (int i = 0; i < cls.length; i++) {
                cls[i] = all[i / width * tokens * width + i % width];
            }
            double expected = CollapseMonitor.deviation(cls, width);
            assertTrue(expected > 0.1, "crops hardly differ: " + expected);
            Tolerance.EXACT.check("deviation", expected, monitor.featureDeviation());
        }
    }
}
