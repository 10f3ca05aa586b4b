package attmask.checkpoint;

import attmask.checkpoint.exchange.Fixtures;
import attmask.config.Preset;
import attmask.config.UserException;
import attmask.fuzz.FuzzTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a run is continued from and evaluated by: its checkpoint, weights alone, and a linear head. */
public final class CheckpointFuzz implements FuzzTarget {
    private static final String FILE = "checkpoint.safetensors";

    @Override
    public List<byte[]> seeds() throws IOException {
        Path folder = Files.createTempDirectory("attmask-seeds-");
        Path file = folder.resolve(FILE);
        Path foreign = Fixtures.copy("full.pth", folder);
        Path weights = Fixtures.imported(foreign, Fixtures.HEADS);
        List<byte[]> seeds = new ArrayList<>();
        seeds.add(Files.readAllBytes(weights));
        seeds.add(SafeTensorsFiles.checkpoint(Preset.named(Preset.DEFAULT).config(), 100, 3));
        new LinearHead(1, List.of("cat", "dog"), new float[6], new float[2]).save(file, Map.of("data", "none"));
        seeds.add(Files.readAllBytes(file));
        for (Path path : List.of(file, foreign, weights, folder)) {
            Files.delete(path);
        }
        return seeds;
    }

    @Override
    public Map<String, byte[]> files(byte[] input) {
        return Map.of(FILE, input);
    }

    private interface Reading {
        void of(Path file);
    }

    /** Whatever can be made of it; refused if nothing can. */
    @Override
    public void read(byte[] input, Path folder) {
        UserException refusal = null;
        int refused = 0;
        List<Reading> readings = List.of(CheckpointFuzz::summary, CheckpointFuzz::weights, LinearHead::open);
        for (Reading reading : readings) {
            try {
                reading.of(folder.resolve(FILE));
            } catch (UserException e) {
                refusal = e;
                refused++;
            }
        }
        if (refused == readings.size()) {
            throw refusal;
        }
    }

    private static void summary(Path file) {
        Checkpoint.Summary summary = Checkpoint.summary(file);
        if (summary.finished() && summary.step() < summary.steps()) {
            throw new AssertionError("finished before its end");
        }
    }

    private static void weights(Path path) {
        try (CheckpointFile file = CheckpointFile.open(path)) {
            file.weights().backbone().values().forEach(StoredTensor::doubles);
        }
    }
}
