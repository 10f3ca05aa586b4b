package attmask.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.ConfigJson;
import attmask.config.ConfigLoader;
import attmask.config.DeviceChoice;
import attmask.config.MaskStrategy;
import attmask.config.Precision;
import attmask.config.Preset;
import attmask.config.Range;
import attmask.config.Size;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class TrainOptionsTest {
    @TempDir
    Path folder;

    @Command(name = "train")
    static final class Train implements Runnable {
        @Mixin
        final TrainOptions options = new TrainOptions();

        @Override
        public void run() {}
    }

    private static TrainConfig parse(String line) {
        Train train = new Train();
        new CommandLine(train).parseArgs(line.isEmpty() ? new String[0] : line.split(" +"));
        return train.options.resolve();
    }

    private static TrainConfig shapes() {
        return Preset.named("shapes").config();
    }

    @Test
    void withoutOptionsItIsTheDefaultPreset() {
        assertEquals(shapes(), parse(""));
    }

    @Test
    void theOrderIsPresetThenFileThenOptionsAndSet() throws IOException {
        Path file = Files.writeString(
                folder.resolve("a.json"),
                "{\"run\": {\"epochs\": 7, \"batch\": 32, \"seed\": 5}, \"data\": {\"subset\": 3}}");
        TrainConfig config = parse("--batch 16 --set run.seed=6 --config " + file + " --seed 8 --preset cifar10");
        assertEquals(7, config.run().epochs());
        assertEquals(16, config.run().batch());
        assertEquals(8, config.run().seed());
        assertEquals(3, config.data().subset());
        assertEquals(Preset.named("cifar10").config().model(), config.model());
    }

    @Test
    void amongOptionsTheLastWins() {
        assertEquals(6, parse("--seed 8 --set run.seed=6").run().seed());
        assertEquals(8, parse("--set run.seed=6 --seed 8").run().seed());
        assertEquals(9, parse("--seed 8 --seed 9").run().seed());
        assertEquals(
                48,
                parse("--set model.width=96 --set model.width=48 --set run.seed=3")
                        .model()
                        .width());
        assertEquals(96, parse("--arch small --width 96").model().width());
    }

    @Test
    void kebabOptions() {
        TrainConfig config =
                parse("--mask hint --mask-ratio 0,0.3 --mask-variation=0,0.2 --image-size 64x32 --arch tiny "
                        + "--mask-layer -1 --global-scale 0.3,1 --device cpu --precision tf32 --threads 2 --norm-last-layer=false "
                        + "--shared-head --knn 5,10 --set augmentation.blur.radius=[0.2,0.5] --data some/folder");
        assertEquals(MaskStrategy.HINT, config.mask().strategy());
        assertEquals(List.of(0.0, 0.3), config.mask().ratio());
        assertEquals(List.of(0.0, 0.2), config.mask().variation());
        assertEquals(new Size(64, 32), config.model().image());
        assertEquals(192, config.model().width());
        assertEquals(12, config.model().depth());
        assertEquals(3, config.model().heads());
        assertEquals(-1, config.mask().layer());
        assertEquals(new Range(0.3, 1), config.augmentation().globalScale());
        assertEquals(DeviceChoice.CPU, config.run().device());
        assertEquals(Precision.TF32, config.run().precision());
        assertFalse(config.head().normLastLayer());
        assertTrue(config.head().shared());
        assertEquals(List.of(5, 10), config.run().knn());
        assertEquals(new Range(0.2, 0.5), config.augmentation().blur().radius());
        assertEquals("some/folder", config.data().source());
    }

    /** The authors' command for AttMask-Hint on 20 % of ImageNet, batch and workers of one process. */
    @Test
    void theOriginalCommandGivesThePublishedPreset() {
        TrainConfig config = parse("--batch_size_per_gpu 240 --norm_last_layer False --momentum_teacher 0.99 "
                + "--num_workers 4 --eval_every 20 --arch vit_small --teacher_temp 0.07 "
                + "--warmup_teacher_temp_epochs 30 --epochs 100 --shared_head True --out_dim 8192 "
                + "--local_crops_number 6 --global_crops_scale 0.25 1 --local_crops_scale 0.05 0.25 "
                + "--pred_ratio 0.3 --pred_ratio_var 0.2 --masking_prob 0.5 --pred_shape attmask_hint --show_max 0.1 "
                + "--subset 260 --data_path imagenet --output_dir out --patch_size 16 --patch_out_dim 8192 "
                + "--warmup_teacher_temp 0.04 --warmup_teacher_patch_temp 0.04 --teacher_patch_temp 0.07 "
                + "--weight_decay 0.04 --weight_decay_end 0.4 --clip_grad 3.0 --freeze_last_layer 1 --lr 0.0005 "
                + "--warmup_epochs 10 --min_lr 1e-6 --drop_path 0.1 --saveckp_freq 40 --seed 0 --pred_start_epoch 0 "
                + "--lambda1 1.0 --lambda2 1.0 --nb_knn 10 20 100 200 "
                // What the original program does not let one choose.
                + "--image-size 224 --head-hidden 2048 --head-bottleneck 256 --local-size 96 "
                + "--set augmentation.jitter.brightness=0.4 --set augmentation.jitter.contrast=0.4 "
                + "--set augmentation.jitter.saturation=0.2 --set augmentation.jitter.hue=0.1 "
                + "--set augmentation.grey=0.2 --set augmentation.solarise=0.2 "
                + "--set augmentation.blur.global1=1 --set augmentation.blur.local=0.5 "
                + "--set augmentation.blur.radius=0.1,2");
        TrainConfig expected = ConfigLoader.preset("imagenet20-100ep-hint")
                .set("data.workers", "4", "test")
                .set("run.output", "out", "test")
                .resolve();
        assertEquals(ConfigJson.write(expected), ConfigJson.write(config));
    }

    @ParameterizedTest
    @CsvSource({"attmask_high,HIGH", "attmask_hint,HINT", "attmask_low,LOW", "rand,RANDOM", "block,BLOCK"})
    void originalNamesOfMasks(String name, MaskStrategy strategy) {
        assertEquals(strategy, parse("--pred_shape " + name).mask().strategy());
        assertEquals(strategy, parse("--mask " + name).mask().strategy());
    }

    @Test
    void theOriginalsSubsetOfMinusOneIsEverything() {
        assertEquals(0, parse("--subset -1").data().subset());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--mask-ratio 1.5 | mask.ratio is 1.5; it must be between 0 and 1",
                "--mask-ratio x | --mask-ratio: mask.ratio is \"x\"; it must be a number or a list of numbers",
                "--pred_ratio x | --pred_ratio: mask.ratio is \"x\"; it must be a number or a list of numbers",
                "--heads 5 | model.width is 96; it must be a multiple of model.heads (5)",
                "--image-size 3 | model.image is 3; it must be at least one patch (4 pixels) a side",
                "--set mask.ration=1 | --set: there is no setting mask.ration; did you mean mask.ratio?",
                "--set mask.ratio | --set mask.ratio: write PATH=VALUE, such as mask.ratio=0.3",
                "--arch huge | there is no architecture huge; "
                        + "choose tiny, small, base or large, or set --width, --depth and --heads",
                "--preset shape | there is no preset shape; did you mean shapes?",
                "--config none.json | none.json: no such file; --config needs a JSON file",
                "--epochs 0 | run.epochs is 0; it must be positive",
            })
    void badValuesAreNamedInOneLine(String line, String message) {
        UserException error = assertThrows(UserException.class, () -> parse(line));
        assertEquals(message, error.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"--mask-raito 0.3, --mask-ratio", "--epoch 3, --epochs", "--local_crop_number 3, --local-crops"})
    void anUnknownOptionIsAUsageErrorWithASuggestion(String line, String suggestion) {
        StringWriter errors = new StringWriter();
        int exit = new CommandLine(new Train()).setErr(new PrintWriter(errors)).execute(line.split(" "));
        assertEquals(CommandLine.ExitCode.USAGE, exit);
        assertTrue(errors.toString().contains(suggestion), errors.toString());
    }

    @Test
    void helpShowsKebabNamesAndThePresetsValues() {
        String help = new CommandLine(new Train()).getUsageMessage(CommandLine.Help.Ansi.OFF);
        assertTrue(help.contains("--mask-ratio"), help);
        assertTrue(help.contains("[0.008]"), help);
        assertFalse(help.contains("_"), help);
        for (String heading : ConfigOptions.byHeading().keySet()) {
            assertTrue(help.contains("\n" + heading + "\n"), heading);
        }
    }

    @Test
    void noNameIsUsedTwice() {
        Set<String> names = new HashSet<>();
        ConfigOptions.byHeading().values().stream().flatMap(List::stream).forEach(option -> {
            assertTrue(names.add(option.name()), option.name());
            option.aliases().forEach(alias -> assertTrue(names.add(alias), alias));
        });
    }

    @Command(name = "train")
    static final class Choosing implements Runnable {
        @Mixin
        final TrainOptions options = TrainOptions.withAutoBatch();

        @Override
        public void run() {}
    }

    private static TrainOptions choosing(String line) {
        Choosing train = new Choosing();
        new CommandLine(train).parseArgs(line.split(" +"));
        return train.options;
    }

    @Test
    void theBatchMayBeLeftToTheCommand() {
        assertTrue(choosing("--batch auto").autoBatch());
        assertTrue(choosing("--batch 8 --set run.batch=auto").autoBatch());
        assertFalse(choosing("--batch auto --batch-size 8").autoBatch());
        assertFalse(choosing("--seed 8").autoBatch());
        assertEquals(8, choosing("--batch auto --batch 8").resolve().run().batch());
        assertEquals(1024, choosing("--batch auto").resolve().run().batch());
        assertEquals(
                1023, choosing("--batch auto --accumulate 3").resolve().run().batch());
        assertTrue(assertThrows(UserException.class, () -> choosing("--batch auto --accumulate 0")
                        .resolve())
                .getMessage()
                .startsWith("run.accumulate is 0"));
    }

    /** A run goes on with the batch that was chosen for it. */
    @Test
    void aRunKeepsItsBatch() throws IOException {
        Path file = Files.writeString(folder.resolve("a.json"), "{\"run\": {\"batch\": 24}}");
        assertEquals(24, choosing("--batch auto").resolveOver(file).run().batch());
    }

    @Test
    void otherCommandsNeedANumber() {
        assertTrue(assertThrows(UserException.class, () -> parse("--batch auto"))
                .getMessage()
                .startsWith("--batch: run.batch is \"auto\"; it must be"));
    }
}
