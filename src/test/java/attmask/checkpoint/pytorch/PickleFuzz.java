package attmask.checkpoint.pytorch;

import attmask.checkpoint.StoredTensor;
import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** The pickle of a sound archive, which holds the program that another library would run. */
public final class PickleFuzz implements FuzzTarget {
    private static final String FILE = "fuzz.pth";
    private static final byte[] STORAGE = new byte[64];

    @Override
    public String name() {
        return "pickle";
    }

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
        try (ZipInputStream zip = new ZipInputStream(new ByteArrayInputStream(
                Seeds.resources("/attmask/pytorch/", "full.pth").get(0)))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                if (entry.getName().endsWith("/data.pkl")) {
                    seeds.add(zip.readAllBytes());
                }
            }
        }
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
