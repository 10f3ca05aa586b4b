package attmask.checkpoint.pytorch;

import attmask.checkpoint.StoredTensor;
import attmask.checkpoint.exchange.Fixtures;
import attmask.fuzz.FuzzTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/** The pickle of a sound archive, which holds the program that another library would run. */
public final class PickleFuzz implements FuzzTarget {
    private static final String FILE = "fuzz.pth";
    private static final byte[] STORAGE = new byte[64];

    @Override
    public List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>();
        seeds.add(Pickles.start()
                .op('}', '(')
                .text("a")
                .tensor(16, 2, 3, 4)
                .op('u')
                .stop());
        seeds.add(Pickles.start()
                .op('}')
                .text("list")
                .op(']', 'q', 0, 'K', 7, 'a', 's')
                .stop());
        Path folder = Files.createTempDirectory("attmask-seeds-");
        Path full = Fixtures.copy("full.pth", folder);
        try (ZipFile zip = new ZipFile(full.toFile())) {
            for (ZipEntry entry : Collections.list(zip.entries())) {
                if (entry.getName().endsWith("/data.pkl")) {
                    seeds.add(zip.getInputStream(entry).readAllBytes());
                }
            }
        }
        Files.delete(full);
        Files.delete(folder);
        return seeds;
    }

    @Override
    public Map<String, byte[]> files(byte[] input) {
        try {
            return Map.of(FILE, Pickles.archive(ZipEntry.STORED, "data.pkl", input, "data/0", STORAGE));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void read(byte[] input, Path folder) {
        try (PyTorchFile file = PyTorchFile.open(folder.resolve(FILE))) {
            file.root().values().forEach(value -> {
                if (value instanceof StoredTensor tensor) {
                    tensor.doubles();
                }
            });
        }
    }

    /** A million objects of a pickle at worst. */
    @Override
    public long mostBytes(int length) {
        return 64L << 20;
    }
}
