package attmask.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
    @TempDir
    Path folder;

    private ConfigLoader shapes() {
        return ConfigLoader.preset("shapes");
    }

    private ConfigLoader file(String json) {
        try {
            return shapes().file(Files.writeString(folder.resolve("my.json"), json));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Checks that the message is one line; the folder of the test is cut off. */
    private String error(org.junit.jupiter.api.function.Executable action) {
        String message = assertThrows(UserException.class, action).getMessage();
        assertFalse(message.contains("\n"), message);
        return message.replace(folder + "/", "");
    }

    @Test
    void eachLayerCoversTheOnesBefore() {
        ConfigLoader loader = file("""
                {
                  // comments are fine
                  "mask": { "ratio": 0.4, "strategy": "hint" },
                  "augmentation": { "blur": { "radius": [0.2, 0.4] } },
                  "model": { "image": "32x24" },
                  "run": { "seed": 9007199254740993 }
                }
                """);
        TrainConfig config = loader.set("mask.ratio", "0.25", "--mask-ratio").resolve();

        assertEquals(List.of(0.25), config.mask().ratio());
        assertEquals(MaskStrategy.HINT, config.mask().strategy());
        assertEquals(List.of(0.2), config.mask().variation());
        assertEquals(new Range(0.2, 0.4), config.augmentation().blur().radius());
        assertEquals(new Size(32, 24), config.model().image());
        assertEquals(9007199254740993L, config.run().seed());
    }

    @ParameterizedTest
    @ValueSource(strings = {"optimizer.learningRate", "optimizer.learning-rate", "optimizer.learning_rate"})
    void pathsMayBeSpeltInThreeWays(String path) {
        assertEquals(
                1e-3, shapes().set(path, "1e-3", "--set").resolve().optimizer().learningRate());
    }

    @ParameterizedTest
    @ValueSource(strings = {"[0,0.3]", "0,0.3", "0 0.3", " [ 0, 0.3 ] "})
    void listsMayBeWrittenInSeveralWays(String list) {
        TrainConfig config = shapes().set("mask.ratio", list, "--set")
                .set("mask.variation", "0,0.2", "--set")
                .resolve();
        assertEquals(List.of(0.0, 0.3), config.mask().ratio());
    }

    @Test
    void everySettingTakesWhatItPrints() {
        TrainConfig config = ConfigLoader.preset("imagenet20-100ep-hint").resolve();
        String json = ConfigJson.write(config);
        assertTrue(json.startsWith("{\n  \"model\": {\n    \"image\": 224,\n"), json);
        assertTrue(json.contains("\"strategy\": \"hint\""), json);
        assertTrue(json.contains("\"device\": \"auto\""), json);
        assertTrue(json.endsWith("}\n"));
        assertEquals(config, file(json).resolve());
    }

    @Test
    void aSharedHeadNeedsOneNumberOnly() {
        HeadConfig head =
                shapes().set("head.prototypes", "64", "--prototypes").resolve().head();
        assertEquals(64, head.patchPrototypes());
        assertEquals(
                "head.patchPrototypes is 32; it must be equal to head.prototypes (256) when head.shared is true",
                error(() -> shapes().set("head.patchPrototypes", "32", "--set").resolve()));
    }

    @Test
    void whatWasSetStandsWhateverTheMethod() {
        TrainConfig dino = shapes().set("mask.strategy", "high", "--mask")
                .set("loss.method", "dino", "--method")
                .resolve();
        assertEquals(MaskStrategy.HIGH, dino.mask().strategy());
        assertEquals(0, dino.loss().patchWeight());
        TrainConfig mst = file("{\"loss\": {\"method\": \"mst\", \"restorationWeight\": 0.5}}")
                .resolve();
        assertEquals(MaskStrategy.MST, mst.mask().strategy());
        assertEquals(0.5, mst.loss().restorationWeight());
        assertEquals(mst, file(ConfigJson.write(mst)).resolve());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "dino | loss.patchWeight | 1 | loss.patchWeight is 1.0; "
                        + "it must be 0 with loss.method dino, or take loss.method ibot",
                "dino | loss.restorationWeight | 1 | loss.restorationWeight is 1.0; "
                        + "it must be 0 with loss.method dino, or take loss.method mst",
                "dino | loss.clsWeight | 0 | loss.clsWeight is 0.0; it must be positive when loss.patchWeight is 0",
                "mst | loss.patchWeight | 0.5 | loss.patchWeight is 0.5; "
                        + "it must be 0 with loss.method mst, or take loss.method ibot",
                "mst | loss.restorationWeight | 0 | loss.restorationWeight is 0.0; "
                        + "it must be positive with loss.method mst, or take loss.method dino",
                "mst | mask.strategy | none | mask.strategy is none; it must be one that hides what loss.method mst "
                        + "restores; without masks take loss.method dino",
                "mst | mask.candidates | 0.01 | mask.candidates is 0.01; "
                        + "it must be at least one of the 64 patches of a crop",
            })
    void whatDoesNotGoWithAMethodIsNamed(String method, String path, String value, String message) {
        ConfigLoader loader = shapes().set("loss.method", method, "--method").set(path, value, "--set");
        assertEquals(message, error(loader::resolve));
    }

    @Test
    void warmupsThatWereNotSetKeepTheirShareOfAShorterRun() {
        TrainConfig config = ConfigLoader.preset("imagenet-100ep-high")
                .set("run.epochs", "5", "--epochs")
                .resolve();
        assertEquals(1, config.optimizer().warmupEpochs());
        assertEquals(2, config.loss().warmupTeacherTempEpochs());

        TrainConfig longer = ConfigLoader.preset("imagenet-100ep-high")
                .set("run.epochs", "500", "--epochs")
                .resolve();
        assertEquals(10, longer.optimizer().warmupEpochs());

        TrainConfig set = ConfigLoader.preset("imagenet-100ep-high")
                .set("run.epochs", "5", "--epochs")
                .set("optimizer.warmupEpochs", "3", "--warmup-epochs")
                .resolve();
        assertEquals(3, set.optimizer().warmupEpochs());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "mask.ratio | 1.5 | mask.ratio is 1.5; it must be between 0 and 1",
                "mask.ratio | abc | --set: mask.ratio is \"abc\"; it must be a number or a list of numbers",
                "mask.ratio | [] | --set: mask.ratio is \"[]\"; it must be a number or a list of numbers",
                "mask.ratio | NaN | --set: mask.ratio is \"NaN\"; it must be a number or a list of numbers",
                "mask.ratio | 0,0.3 | mask.variation is [0.2]; it must be as long as mask.ratio (2)",
                "mask.ration | 0.3 | --set: there is no setting mask.ration; did you mean mask.ratio?",
                "ratio | 0.3 | --set: there is no setting ratio; did you mean mask.ratio?",
                "augmentation.jitter | 1 | --set: augmentation.jitter is a group of settings: "
                        + "augmentation.jitter.probability, augmentation.jitter.brightness, "
                        + "augmentation.jitter.contrast, augmentation.jitter.saturation, augmentation.jitter.hue",
                "mask.strategy | heigh | --set: mask.strategy is \"heigh\"; "
                        + "it must be one of high, hint, low, mst, block, random, none",
                "loss.method | simclr | --set: loss.method is \"simclr\"; it must be one of ibot, dino, mst",
                "loss.restorationWeight | 1 | loss.restorationWeight is 1.0; "
                        + "it must be 0 with loss.method ibot, or take loss.method mst",
                "loss.patchWeight | -1 | loss.patchWeight is -1.0; it must be 0 or more",
                "mask.candidates | 1.5 | mask.candidates is 1.5; it must be between 0 and 1",
                "model.heads | 5 | model.width is 96; it must be a multiple of model.heads (5)",
                "model.heads | 2.5 | --set: model.heads is \"2.5\"; it must be a whole number",
                "model.heads | 1e99 | --set: model.heads is \"1e99\"; it must be a whole number",
                "model.image | 3 | model.image is 3; it must be at least one patch (4 pixels) a side",
                "model.image | 30 | model.image is 30; it must be a multiple of model.patch (4)",
                "model.image | 32x | --set: model.image is \"32x\"; "
                        + "it must be a whole number, or text such as 224x160",
                "augmentation.localSize | 18 | "
                        + "augmentation.localSize is 18; it must be a multiple of model.patch (4)",
                "augmentation.localScale | 0.5,0.1 | augmentation.localScale is 0.5,0.1; "
                        + "it must be a minimum and a maximum between 1.0E-6 and 1.0, in this order",
                "augmentation.localScale | 0.5 | --set: augmentation.localScale is \"0.5\"; "
                        + "it must be a minimum and a maximum, such as [0.25, 1]",
                "optimizer.warmupEpochs | 11 | optimizer.warmupEpochs is 11; it must be at most run.epochs (10)",
                "optimizer.freezeLastLayer | 11 | optimizer.freezeLastLayer is 11; it must be at most run.epochs (10)",
                "optimizer.minLearningRate | 1 | optimizer.minLearningRate is 1.0; it must be at most the peak "
                        + "learning rate, optimizer.learningRate * run.batch / 256 (0.001)",
                "mask.startEpoch | 11 | mask.startEpoch is 11; it must be at most run.epochs (10)",
                "mask.layer | 4 | mask.layer is 4; it must be below model.depth (4), or -1 for the last block",
                "head.shared | maybe | --set: head.shared is \"maybe\"; it must be true or false",
                "data.source | ' ' | data.source is empty; it must be a folder of images or shapes",
                "run.knn | 10,0 | run.knn is [10, 0]; it must be one positive number or more",
                "run.device | tpu | --set: run.device is \"tpu\"; it must be one of auto, cpu, cuda",
                "run.precision | half | --set: run.precision is \"half\"; it must be one of auto, fp32, tf32, bf16x3, bf16",
            })
    void badSettingsAreNamed(String path, String value, String message) {
        assertEquals(message, error(() -> shapes().set(path, value, "--set").resolve()));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"mask\": {\"ration\": 0.3}} | my.json: there is no setting mask.ration; did you mean mask.ratio?",
                "{\"mask\": {\"start_epoch\": 3}} | "
                        + "my.json: there is no setting mask.start_epoch; did you mean mask.startEpoch?",
                "{\"maks\": {\"ratio\": 0.3}} | my.json: there is no setting maks; did you mean mask?",
                "{\"optimizer\": {\"learningRate\": \"fast\"}} | "
                        + "my.json: optimizer.learningRate is \"fast\"; it must be a number",
                "{\"head\": {\"shared\": \"true\"}} | my.json: head.shared is \"true\"; it must be true or false",
                "{\"run\": {\"epochs\": null}} | my.json: run.epochs is null; it must be a whole number",
                "{\"run\": 3} | my.json: run is 3; it must be a group of settings in {}",
                "[] | my.json: is []; it must be a group of settings in {}",
                "'' | my.json: is empty; it must be a group of settings in {}",
            })
    void badFilesAreNamed(String json, String message) {
        assertEquals(message, error(() -> file(json)));
    }

    @Test
    void brokenJsonIsNamedWithItsLine() {
        String message = error(() -> file("{\n  \"run\": {\n"));
        assertTrue(message.startsWith("my.json: line 3: not valid JSON: "), message);
        assertTrue(error(() -> file("{} {}")).startsWith("my.json: line 1: not valid JSON: "));
        assertTrue(error(() -> file("{\"run\": {}, \"run\": {}}")).contains("Duplicate field 'run'"));
    }

    @Test
    void aMissingFileIsNamed() {
        assertEquals("none.json: no such file; --config needs a JSON file", error(() -> shapes().file(
                        folder.resolve("none.json"))));
    }

    @Test
    void readingARunNeedsEverySetting() {
        String json = ConfigJson.write(shapes().resolve()).replace("    \"depth\": 4,\n", "");
        assertEquals(
                "config.json: the setting model.depth is missing", error(() -> ConfigJson.read(json, "config.json")));
    }

    /** Files of versions that did not have a setting mean what those did. */
    @Test
    void settingsYoungerThanAFileHaveTheirNeutralValue() {
        TrainConfig config = shapes().resolve();
        String json = ConfigJson.write(config).replaceAll(" *\"checkpointEverySteps\": 0,\n", "");
        assertFalse(json.contains("checkpointEverySteps"));
        assertEquals(config, ConfigJson.read(json, "config.json"));
    }
}
