package attmask.comparison;

import attmask.checkpoint.SafeTensorsFiles;
import attmask.config.ConfigJson;
import attmask.config.ConfigLoader;
import attmask.config.Preset;
import attmask.config.TrainConfig;
import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The folder of a comparison with one finished run: comparison.json, evaluation.json and log.jsonl. */
public final class ComparisonFuzz implements FuzzTarget {
    private static final TrainConfig SETTINGS = ConfigLoader.preset(Preset.DEFAULT)
            .set("run.epochs", "2", "test")
            .set("run.knn", "10", "test")
            .resolve();
    private static final PlannedRun RUN = new PlannedRun("ibot", "block", 100, 1);
    private static final String LOG = "{\"kind\":\"eval\",\"epoch\":0,\"step\":0,\"knn10_top1\":10.0}\n"
            + "{\"kind\":\"epoch\",\"epoch\":1,\"step\":2,\"knn10_top1\":20,\"step_ms\":5,\"step_ms_min\":4}\n"
            + "{\"kind\":\"epoch\",\"epoch\":2,\"step\":4,\"knn10_top1\":30,\"step_ms\":5,\"step_ms_min\":4}\n";

    private final byte[] checkpoint = checkpoint();

    /** Of the trained run, without its weights. */
    private static byte[] checkpoint() {
        try {
            return SafeTensorsFiles.checkpoint(
                    RUN.config(SETTINGS, "-"), SETTINGS.run().batch(), 2);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public List<byte[]> seeds() {
        String runs = "{\"method\":\"ibot\",\"mask\":\"block\",\"percent\":100.0,\"seed\":1},"
                + "{\"method\":\"dino\",\"mask\":\"random:0.75\",\"percent\":5e0,\"seed\":2}";
        return List.of(Seeds.joined(
                "{\"format\":\"attmask-jcuda comparison 1\",\"data\":\"100 images\",\"made\":[{\"command\":\"c\","
                        + "\"commit\":\"a\",\"java\":\"17\",\"machine\":\"m\"}],\"runs\":[" + runs + "],\"settings\":"
                        + ConfigJson.write(SETTINGS) + "}",
                "{\"10-NN\":30.0,\"linear\\u001b\":40}",
                LOG));
    }

    @Override
    public Map<String, byte[]> files(byte[] input) {
        List<byte[]> parts = Seeds.parts(input, 3);
        String run = "runs/" + RUN.name() + "/";
        return Map.of(
                "comparison.json",
                parts.get(0),
                run + "checkpoint.safetensors",
                checkpoint,
                run + "evaluation.json",
                parts.get(1),
                run + "log.jsonl",
                parts.get(2));
    }

    @Override
    public void read(byte[] input, Path folder) {
        ComparisonSummary summary = ComparisonSummary.at(folder, "");
        String shown = String.join("\n", summary.states()) + summary.tables() + summary.section();
        if (shown.chars().anyMatch(c -> c != '\n' && Character.isISOControl(c))) {
            throw new AssertionError("the terminal would obey " + shown);
        }
    }

    /** Charts of the runs; each run's settings are built anew. */
    @Override
    public long mostBytes(int length) {
        return (64L << 20) + 16_384L * length;
    }
}
