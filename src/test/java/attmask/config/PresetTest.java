package attmask.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PresetTest {
    static List<Preset> all() {
        return Preset.all();
    }

    @ParameterizedTest
    @MethodSource("all")
    void isDocumentedAndSurvivesJson(Preset preset) {
        assertFalse(preset.purpose().isBlank()
                || preset.expected().isBlank()
                || preset.source().isBlank());
        assertTrue(preset.command().contains("--preset " + preset.name()));
        assertEquals(preset.config(), ConfigJson.read(ConfigJson.write(preset.config()), "test"));
        assertEquals(preset.config(), ConfigLoader.preset(preset.name()).resolve());
    }

    @Test
    void thereIsOneForEveryPublishedRun() {
        assertEquals(
                List.of(
                        "shapes",
                        "cifar10",
                        "cifar10-mini",
                        "imagenet20-100ep-high",
                        "imagenet20-100ep-hint",
                        "imagenet20-100ep-low",
                        "imagenet20-100ep-block",
                        "imagenet20-100ep-random",
                        "imagenet20-100ep-random75",
                        "imagenet-100ep-high",
                        "imagenet-100ep-hint",
                        "imagenet-100ep-low",
                        "imagenet-100ep-block",
                        "imagenet-100ep-random",
                        "imagenet-100ep-random75",
                        "imagenet-100ep-dino",
                        "imagenet-100ep-mst",
                        "imagenet-300ep-high",
                        "imagenet-300ep-hint",
                        "imagenet-300ep-low",
                        "imagenet-300ep-block",
                        "imagenet-300ep-random",
                        "imagenet-300ep-random75"),
                Preset.all().stream().map(Preset::name).toList());
        assertEquals(Preset.DEFAULT, Preset.all().get(0).name());
    }

    /** The published settings that differ between runs. */
    @ParameterizedTest
    @CsvSource({
        // family, subset, batch, peak learning rate, EMA, local crops, smallest global scale, largest local, epochs
        "imagenet20-100ep, 260, 240, 4.6875e-4, 0.99,  6,  0.25, 0.25, 100",
        "imagenet-100ep,   0,   240, 4.6875e-4, 0.996, 10, 0.25, 0.25, 100",
        "imagenet-300ep,   0,   800, 1.5625e-3, 0.996, 10, 0.32, 0.32, 300",
    })
    void publishedRunsStand(
            String family,
            int subset,
            int batch,
            double peak,
            double momentum,
            int localCrops,
            double globalMin,
            double localMax,
            int epochs) {
        for (Preset preset : Preset.all()) {
            if (preset.name().startsWith(family + "-")) {
                TrainConfig config = preset.config();
                assertEquals(subset, config.data().subset());
                assertEquals(batch, config.run().batch());
                assertEquals(peak, config.peakLearningRate(), 1e-18);
                assertEquals(momentum, config.optimizer().teacherMomentum());
                assertEquals(localCrops, config.augmentation().localCrops());
                assertEquals(new Range(globalMin, 1), config.augmentation().globalScale());
                assertEquals(new Range(0.05, localMax), config.augmentation().localScale());
                assertEquals(epochs, config.run().epochs());
            }
        }
    }

    /** The published settings that are the same in all runs. */
    @ParameterizedTest
    @MethodSource("all")
    void publishedRunsAgreeOnTheRest(Preset preset) {
        if (!preset.name().startsWith("imagenet")) {
            return;
        }
        TrainConfig config = preset.config();
        Method method =
                preset.name().endsWith("dino") ? Method.DINO : preset.name().endsWith("mst") ? Method.MST : Method.IBOT;
        assertEquals(new ModelConfig(Size.square(224), 16, 384, 12, 6, 4, 0.1), config.model());
        assertEquals(new HeadConfig(2048, 256, 8192, 8192, true, false), config.head());
        assertEquals(
                new LossConfig(
                        method,
                        1,
                        method.patchWeight(),
                        method.restorationWeight(),
                        0.1,
                        0.04,
                        0.07,
                        0.04,
                        0.07,
                        30,
                        0.9),
                config.loss());
        OptimizerConfig optimizer = config.optimizer();
        assertEquals(new OptimizerConfig(5e-4, 1e-6, 10, 0.04, 0.4, 3, 1, optimizer.teacherMomentum()), optimizer);
        assertEquals(
                new AugmentationConfig(
                        config.augmentation().localCrops(),
                        Size.square(96),
                        config.augmentation().globalScale(),
                        config.augmentation().localScale(),
                        0.5,
                        new JitterConfig(0.8, 0.4, 0.4, 0.2, 0.1),
                        0.2,
                        new BlurConfig(1, 0.1, 0.5, new Range(0.1, 2)),
                        0.2),
                config.augmentation());
        assertEquals(List.of(10, 20, 100, 200), config.run().knn());
    }

    @ParameterizedTest
    @CsvSource({
        "high, HIGH, 0.3, 0.2",
        "hint, HINT, 0.3, 0.2",
        "low, LOW, 0.3, 0.2",
        "block, BLOCK, 0.3, 0.2",
        "random, RANDOM, 0.3, 0.2",
        "random75, RANDOM, 0.75, 0",
        "dino, NONE, 0.3, 0.2",
        "mst, MST, 0.3, 0.2"
    })
    void strategiesShareTheLawOfTheRatio(String suffix, MaskStrategy strategy, double ratio, double variation) {
        for (Preset preset : Preset.all()) {
            if (preset.name().startsWith("imagenet") && preset.name().endsWith("-" + suffix)) {
                assertEquals(
                        new MaskConfig(strategy, List.of(ratio), List.of(variation), 0.5, 0.1, 0.125, 0.5, 0, -1),
                        preset.config().mask());
            }
        }
    }

    /** {@code --method} on a preset is the preset of that method, whichever one starts from. */
    @ParameterizedTest
    @CsvSource({"high, ibot", "dino, dino", "mst, mst"})
    void aMethodComesWithItsMasksAndWeights(String suffix, String method) {
        TrainConfig expected = Preset.named("imagenet-100ep-" + suffix).config();
        for (String start : List.of("high", "dino", "mst")) {
            assertEquals(
                    expected,
                    ConfigLoader.preset("imagenet-100ep-" + start)
                            .set("loss.method", method, "--method")
                            .resolve());
        }
    }

    @Test
    void theDefaultNeedsNoFiles() {
        assertTrue(Preset.named("shapes").config().data().builtIn());
    }

    @Test
    void anUnknownNameFindsTheNearest() {
        UserException error = assertThrows(UserException.class, () -> Preset.named("imagenet-100ep-hihg"));
        assertEquals("there is no preset imagenet-100ep-hihg; did you mean imagenet-100ep-high?", error.getMessage());
    }
}
