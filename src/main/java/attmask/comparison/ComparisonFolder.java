package attmask.comparison;

import attmask.config.ConfigJson;
import attmask.config.ConfigLoader;
import attmask.config.TrainConfig;
import attmask.config.UserException;
import attmask.file.WholeFile;
import attmask.train.RunDirectory;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The folder of a comparison: {@code comparison.json} with its plan, its settings and what made it, {@code runs/NAME/}
 * with a folder for each run, {@code comparison.md} and {@code comparison.csv} with the results.
 *
 * @param settings common to all runs, without what each run has of its own and what does not matter
 * @param data what the images are, so that it is noticed when they change
 * @param plan all runs
 * @param made on what and with which command, once for each different one
 */
record ComparisonFolder(Path folder, TrainConfig settings, String data, Plan plan, List<Making> made) {
    private static final String FORMAT = "attmask-jcuda comparison 1";
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Settings that each run has of its own, or that decide nothing, and what stands in their place. */
    private static final Map<String, String> NEUTRAL = Map.ofEntries(
            Map.entry("run.seed", "0"),
            Map.entry("run.output", "-"),
            Map.entry("run.device", "auto"),
            Map.entry("run.threads", "0"),
            Map.entry("run.checkpointEvery", "1"),
            Map.entry("run.checkpointEverySteps", "0"),
            Map.entry("run.keepEvery", "0"),
            Map.entry("data.percent", "100"),
            Map.entry("data.workers", "0"),
            Map.entry("data.cacheBytes", "0"),
            Map.entry("mask.strategy", "none"),
            Map.entry("loss.method", "ibot"));

    /**
     * A new folder, or one to go on with, whose plan gets new runs; nothing is written yet.
     *
     * @throws UserException if it was made with other settings or images, or holds something else
     */
    static ComparisonFolder open(Path folder, TrainConfig common, String data, Plan plan, Making making) {
        TrainConfig settings = neutral(common);
        if (!Files.exists(file(folder))) {
            requireFree(folder);
            return new ComparisonFolder(folder, settings, data, plan, List.of(making));
        }
        ComparisonFolder there = read(folder);
        ConfigJson.firstDifference(there.settings, settings).ifPresent(difference -> {
            throw new UserException(folder + " holds a comparison with other settings (" + difference
                    + "); give the same settings or another --output");
        });
        if (!there.data.equals(data)) {
            throw new UserException(folder + " holds a comparison on other images (" + there.data + ", not " + data
                    + "); give the same --data or another --output");
        }
        List<Making> made = new ArrayList<>(there.made);
        if (!made.contains(making)) {
            made.add(making);
        }
        return new ComparisonFolder(folder, settings, data, there.plan.with(plan), made);
    }

    private static TrainConfig neutral(TrainConfig config) {
        ConfigLoader loader = ConfigLoader.over(config);
        NEUTRAL.forEach((path, value) -> loader.set(path, value, "compare"));
        if (!config.data().builtIn()) {
            loader.set("data.source", "-", "compare");
        }
        return loader.resolve();
    }

    static Path file(Path folder) {
        return folder.resolve("comparison.json");
    }

    private static void requireFree(Path folder) {
        if (RunDirectory.holdsRun(folder) || Files.exists(folder.resolve("runs"))) {
            throw new UserException(
                    folder + " holds something else than a comparison (no comparison.json); choose another --output");
        }
    }

    /**
     * A comparison that is there.
     *
     * @throws UserException if there is none, or its file is damaged
     */
    static ComparisonFolder read(Path folder) {
        Path file = file(folder);
        if (!Files.exists(file)) {
            throw new UserException("there is no " + file + "; name the folder of a comparison");
        }
        try {
            JsonNode json = JSON.readTree(file.toFile());
            if (!FORMAT.equals(json.path("format").asText())) {
                throw new UserException(file + " is of another format ('"
                        + json.path("format").asText() + "', not '" + FORMAT + "'); choose another --output");
            }
            if (!json.path("runs").isArray() || !json.path("made").isArray()) {
                throw new IllegalArgumentException("runs or made is missing");
            }
            return new ComparisonFolder(
                    folder,
                    ConfigJson.read(json.path("settings").toString(), file.toString()),
                    json.path("data").asText(),
                    new Plan(JSON.convertValue(json.path("runs"), new TypeReference<List<PlannedRun>>() {})),
                    JSON.convertValue(json.path("made"), new TypeReference<List<Making>>() {}));
        } catch (IOException | IllegalArgumentException e) {
            throw new UserException(
                    file + " is damaged; restore it, or choose another --output and move the runs there by hand", e);
        }
    }

    /**
     * Makes the folder if it is not there, and writes what it holds.
     *
     * @throws UserException if it cannot be written
     */
    void write() {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new UserException(
                    "cannot write to " + folder + " (" + e.getMessage() + "); choose another --output", e);
        }
        ObjectNode json = JSON.createObjectNode();
        json.put("format", FORMAT);
        json.put("data", data);
        ArrayNode makings = json.putArray("made");
        made.forEach(makings::addPOJO);
        ArrayNode runs = json.putArray("runs");
        plan.runs().forEach(runs::addPOJO);
        try {
            json.set("settings", JSON.readTree(ConfigJson.write(settings)));
            byte[] text = (JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n")
                    .getBytes(StandardCharsets.UTF_8);
            WholeFile.write(file(folder), out -> out.write(text));
        } catch (IOException e) {
            throw new IllegalStateException("a comparison that cannot be written", e);
        }
    }

    /** The folder of a run. */
    RunDirectory run(PlannedRun run) {
        return RunDirectory.at(folder.resolve("runs").resolve(run.name()));
    }

    /** Settings of a run as far as its checkpoint knows them. */
    RunState state(PlannedRun run) {
        return RunState.of(run(run), run.config(settings, "-"));
    }

    Path markdown() {
        return folder.resolve("comparison.md");
    }

    Path csv() {
        return folder.resolve("comparison.csv");
    }
}
