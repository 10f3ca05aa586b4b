package attmask.checkpoint.exchange;

import attmask.checkpoint.ModelWeights;
import attmask.checkpoint.StoredTensor;
import attmask.fuzz.FuzzTarget;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A checkpoint of another program, as {@code import} reads it: PyTorch's archive, its old format, timm's names. */
public final class ForeignModelFuzz implements FuzzTarget {
    private static final String FILE = "foreign";

    @Override
    public List<byte[]> seeds() throws IOException {
        Path folder = Files.createTempDirectory("attmask-seeds-");
        Path full = Fixtures.copy("full.pth", folder);
        Path legacy = Fixtures.copy("legacy.pth", folder);
        Path timm = folder.resolve("timm.safetensors");
        try (ForeignModel model = ForeignModel.open(full, Fixtures.HEADS, null)) {
            SafeTensorsExport.timm(model.weights(), timm);
        }
        List<byte[]> seeds = new ArrayList<>();
        for (Path path : List.of(full, legacy, timm)) {
            seeds.add(Files.readAllBytes(path));
            Files.delete(path);
        }
        Files.delete(folder);
        return seeds;
    }

    @Override
    public Map<String, byte[]> files(byte[] input) {
        return Map.of(FILE, input);
    }

    @Override
    public void read(byte[] input, Path folder) {
        try (ForeignModel model = ForeignModel.open(folder.resolve(FILE), Fixtures.HEADS, null)) {
            ModelWeights weights = model.weights();
            Stream.of(weights.student(), weights.teacher(), weights.centers())
                    .map(Map::values)
                    .flatMap(tensors -> tensors.stream())
                    .forEach(StoredTensor::floats);
        }
    }

    /** The tables of a zip archive, a million objects of a pickle at worst, and the tensors. */
    @Override
    public long mostBytes(int length) {
        return 64L << 20;
    }
}
