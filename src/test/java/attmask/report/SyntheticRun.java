package attmask.report;

import attmask.config.ConfigJson;
import attmask.config.MaskStrategy;
import attmask.config.TrainConfig;
import attmask.data.RgbImage;
import attmask.ops.Grid;
import attmask.testkit.TestConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Folders of runs that never ran: settings, a log with smooth curves, and pictures of masks. */
public final class SyntheticRun {
    private static final int TILES = 4;

    private final Path folder;

    /** A run of the default preset, but for {@code settings} such as "mask.strategy=block". */
    public SyntheticRun(Path folder, int epochs, String... settings) throws IOException {
        this.folder = folder;
        Files.createDirectories(folder.resolve("masks"));
        TrainConfig config = TestConfig.of(List.of("run.epochs=" + epochs), settings);
        Files.writeString(folder.resolve("config.json"), ConfigJson.write(config));
        Files.writeString(folder.resolve("log.jsonl"), "");
    }

    /** Logs epochs and their steps; the loss falls from {@code loss} towards 0. */
    public SyntheticRun train(int epochs, int stepsPerEpoch, double loss) throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add("{\"kind\":\"eval\",\"epoch\":0,\"step\":0,\"knn10_top1\":10.0,\"knn20_top1\":11.0}");
        for (int epoch = 1; epoch <= epochs; epoch++) {
            for (int step = 1; step <= stepsPerEpoch; step++) {
                int done = (epoch - 1) * stepsPerEpoch + step;
                double part = (double) done / stepsPerEpoch;
                lines.add(String.format(
                        Locale.ROOT,
                        "{\"kind\":\"step\",\"epoch\":%d,\"step\":%d,\"epochs_done\":%s,\"loss\":%s}",
                        epoch,
                        done,
                        part,
                        loss / Math.sqrt(part)));
            }
            lines.add(String.format(
                    Locale.ROOT,
                    "{\"kind\":\"epoch\",\"epoch\":%d,\"step\":%d,\"train_loss\":%s,\"train_cls\":%s,\"train_lr\":%s,"
                            + "\"train_teacher_entropy\":%s,\"images_per_s\":100.5,\"knn10_top1\":%s}",
                    epoch,
                    epoch * stepsPerEpoch,
                    loss / Math.sqrt(epoch),
                    loss / 2 / Math.sqrt(epoch),
                    5e-4 / epoch,
                    4 - 1.0 / epoch,
                    90 - 80.0 / (epoch + 1)));
        }
        append(lines.toArray(String[]::new));
        return this;
    }

    /** Appends lines to the log as they are. */
    public SyntheticRun append(String... lines) throws IOException {
        Path log = folder.resolve("log.jsonl");
        Files.writeString(log, Files.readString(log) + String.join("\n", lines) + "\n");
        return this;
    }

    /** Draws the masks of an epoch for 32-pixel images: all tiles of one grey, another for each epoch. */
    public SyntheticRun masks(int epoch, int grey) {
        byte[] rgb = new byte[3 * 32 * 32];
        Arrays.fill(rgb, (byte) grey);
        List<MaskPicture.Row> rows = new ArrayList<>();
        for (int i = 0; i < TILES; i++) {
            List<MaskPicture.Masked> masks = MaskPicture.strategies(MaskStrategy.HIGH).stream()
                    .map(strategy -> new MaskPicture.Masked(strategy.name().toLowerCase(Locale.ROOT), new boolean[4]))
                    .toList();
            rows.add(new MaskPicture.Row(
                    "class", new RgbImage(32, 32, rgb), new Grid(2, 2), new double[] {0, 1, 2, 3}, masks));
        }
        new MaskPicture("epoch " + epoch, rows)
                .write(folder.resolve(String.format(Locale.ROOT, "masks/epoch-%03d.png", epoch)));
        return this;
    }

    public Path folder() {
        return folder;
    }
}
