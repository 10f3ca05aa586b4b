package attmask.data;

import attmask.data.pack.Pack;
import attmask.fuzz.FuzzTarget;
import attmask.fuzz.Seeds;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * A pack of one shard. The first byte of an input says whether checksums are put right, without which few inputs would
 * come further; then come the index, a byte 0 and the shard.
 */
public final class PackFuzz implements FuzzTarget {
    private static final int REPAIRED = 1;

    @Override
    public List<byte[]> seeds() throws IOException {
        return List.of(pack(0, 0), pack(REPAIRED, 4), pack(REPAIRED, 0));
    }

    private static byte[] pack(int flag, int shorterSide) throws IOException {
        Path root = Files.createTempDirectory("pack-fuzz-");
        try {
            ImageFiles.png(root.resolve("images/train/a/0.png"), 7);
            ImageFiles.png(root.resolve("images/val/a/1.png"), 9);
            Path pack = root.resolve("p.pack");
            ImagePacker.Options options = new ImagePacker.Options(shorterSide, 1 << 20, false, 1);
            new ImagePacker(DataSets.at(root.resolve("images")), pack, options).pack(done -> {});
            ByteArrayOutputStream seed = new ByteArrayOutputStream();
            seed.write(flag);
            seed.write(Files.readAllBytes(pack));
            seed.write(0);
            seed.write(Files.readAllBytes(root.resolve("p-00000.shard")));
            return seed.toByteArray();
        } finally {
            try (Stream<Path> files = Files.walk(root)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    @Override
    public Map<String, byte[]> files(byte[] input) {
        List<byte[]> parts = Seeds.parts(Arrays.copyOfRange(input, Math.min(1, input.length), input.length), 2);
        boolean repaired = input.length > 0 && (input[0] & REPAIRED) != 0;
        byte[] shard = repaired ? DamagedPackTest.repaired(parts.get(1)) : parts.get(1);
        byte[] index = repaired ? naming(shard, parts.get(0)) : parts.get(0);
        return Map.of("p.pack", index, "p-00000.shard", shard);
    }

    /** An index with the checksum of this shard in place of the first. */
    private static byte[] naming(byte[] shard, byte[] index) {
        if (shard.length < DamagedPackTest.HEADER) {
            return index;
        }
        // Bytes as characters, so that those that are no text stay what they are.
        return new String(index, StandardCharsets.ISO_8859_1)
                .replaceFirst("(\"checksum\"\\s*:\\s*)\"[0-9a-f]*\"", "$1" + DamagedPackTest.checksum(shard))
                .getBytes(StandardCharsets.ISO_8859_1);
    }

    @Override
    public void read(byte[] input, Path folder) {
        Path pack = folder.resolve("p.pack");
        DataSet data = DataSets.at(pack);
        for (ImageSource images : List.of(data.train(), data.validation())) {
            for (int i = 0; i < images.size(); i++) {
                images.name(i);
                images.label(i);
                try {
                    images.image(i);
                } catch (IOException e) {
                    // It is skipped and named; the others are read.
                }
            }
        }
        Pack.open(pack).verify(done -> {});
    }
}
