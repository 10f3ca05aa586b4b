package attmask.train;

import attmask.config.TrainConfig;
import attmask.data.DataSets;
import attmask.ops.Backend;
import attmask.ops.cpu.CpuBackend;
import attmask.testkit.TestConfig;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Training of tenths of a second, with something that happens after a step. */
final class TinyRun implements ProgressView {
    /** Three epochs of four steps. */
    private static final List<String> SETTINGS = List.of(
            "model.image=12",
            "model.patch=4",
            "model.width=16",
            "model.depth=2",
            "model.heads=1",
            "model.dropPath=0.2",
            "head.hidden=16",
            "head.bottleneck=8",
            "head.prototypes=32",
            "augmentation.localCrops=1",
            "augmentation.localSize=4",
            "optimizer.freezeLastLayer=1",
            "data.shapesTrain=8",
            "data.shapesValidation=4",
            "run.epochs=3",
            "run.batch=2",
            "run.knn=1",
            "run.evalEvery=0");

    static final int STEPS = 12;

    /** What an epoch's line says of the time and the machine. */
    private static final List<String> OF_THE_MACHINE =
            List.of("images_per_s", "step_ms", "step_ms_min", "data_wait_ms", "heap_mb");

    /** Something that happens. */
    interface Event {
        void happen() throws IOException;
    }

    private final Path folder;
    private final List<String> more;
    private final List<String> notes = new ArrayList<>();
    private int threads = 2;
    private final Map<Integer, Event> events = new HashMap<>();
    private int epoch;
    private int perEpoch;

    /** @param more settings, as PATH=VALUE */
    TinyRun(Path folder, String... more) {
        this.folder = folder;
        this.more = List.of(more);
    }

    /** After so many steps of the run. */
    TinyRun when(int step, Event happens) {
        events.put(step, happens);
        return this;
    }

    TinyRun onThreads(int count) {
        threads = count;
        return this;
    }

    /** What a process that is killed after a step does not do: anything. */
    static final class Killed extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    TinyRun killedAt(int step) {
        return when(step, () -> {
            throw new Killed();
        });
    }

    private TrainConfig config() {
        return TestConfig.of(SETTINGS, more.toArray(String[]::new));
    }

    TinyRun start() {
        return run(new CpuBackend(threads), RunDirectory.create(folder), false);
    }

    TinyRun resume() {
        return run(new CpuBackend(threads), RunDirectory.resume(folder), true);
    }

    TinyRun run(Backend backend, RunDirectory directory, boolean resume) {
        TrainConfig config = config();
        try (backend;
                Trainer trainer = new Trainer(
                        config, backend, directory, DataSets.open(config.data(), config.globalSize()), this, threads)) {
            trainer.run(resume);
        }
        return this;
    }

    List<String> notes() {
        return notes;
    }

    /** Those that something went wrong. */
    List<String> warnings() {
        return notes.stream().filter(note -> note.startsWith("WARNING: ")).toList();
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    byte[] checkpoint() throws IOException {
        return Files.readAllBytes(file("checkpoint.safetensors"));
    }

    /** The log without times. */
    List<JsonNode> log() throws IOException {
        return log(folder);
    }

    static List<JsonNode> log(Path folder) throws IOException {
        List<JsonNode> lines = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("log.jsonl"))) {
            lines.add(((ObjectNode) new ObjectMapper().readTree(line)).without(OF_THE_MACHINE));
        }
        return lines;
    }

    @Override
    public void epoch(int number, int epochs, int first, int steps) {
        epoch = number;
        perEpoch = steps;
    }

    @Override
    public void step(int done, double loss, double imagesPerSecond, double secondsLeft) {
        try {
            events.getOrDefault(epoch * perEpoch + done, () -> {}).happen();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public synchronized void note(String line) {
        notes.add(line);
    }

    @Override
    public void close() {}
}
