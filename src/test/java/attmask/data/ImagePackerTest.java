package attmask.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.DataConfig;
import attmask.config.Size;
import attmask.config.UserException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

class ImagePackerTest {
    /** Three or four of the small PNGs and their names. */
    private static final int SHARD = 400;

    @TempDir
    Path root;

    private Path folder;

    @BeforeEach
    void images() throws IOException {
        folder = root.resolve("images");
        for (int i = 0; i < 9; i++) {
            ImageFiles.png(folder.resolve("train/ape/" + i + ".png"), i);
            ImageFiles.png(folder.resolve("train/Bär/" + i + ".png"), 100 + i);
        }
        Files.writeString(folder.resolve("train/ape/4.png"), "no image");
        Files.write(folder.resolve("train/ape/5.png"), new byte[0]);
        ImageFiles.png(folder.resolve("val/Bär/0.png"), 200);
        ImageFiles.png(folder.resolve("val/Bär/1.png"), 201);
    }

    private ImagePacker packer(String name, int shorterSide, int shardBytes, boolean resume, int threads) {
        return new ImagePacker(
                DataSets.at(folder),
                root.resolve(name),
                new ImagePacker.Options(shorterSide, shardBytes, resume, threads));
    }

    private DataSet packed(String name, int shorterSide, int shardBytes) {
        packer(name, shorterSide, shardBytes, false, 2).pack(done -> {});
        return DataSets.at(root.resolve(name));
    }

    private List<Path> shards(String stem) throws IOException {
        try (Stream<Path> files = Files.list(root)) {
            return files.filter(file -> file.getFileName().toString().startsWith(stem + "-"))
                    .sorted()
                    .toList();
        }
    }

    /** Everything that training can see, failures included. */
    private static List<String> seen(ImageSource source) {
        List<String> seen = new ArrayList<>(List.of(source.classes().toString()));
        for (int i = 0; i < source.size(); i++) {
            String image;
            try {
                RgbImage pixels = source.image(i);
                image = pixels.width() + "x" + pixels.height() + " " + pixels.get(1, 2, 0);
            } catch (IOException e) {
                image = e.getMessage();
            }
            seen.add(source.name(i) + " " + source.label(i) + " " + image);
        }
        return seen;
    }

    private static void assertSame(DataSet expected, DataSet actual) {
        assertEquals(seen(expected.train()), seen(actual.train()));
        assertEquals(seen(expected.validation()), seen(actual.validation()));
    }

    @Test
    void aPackIsTheFolderInOneShardOrMany() throws IOException {
        DataSet original = DataSets.at(folder);
        assertSame(original, packed("one.pack", 0, 1 << 20));
        assertEquals(1, shards("one").size());
        assertSame(original, packed("many.pack", 0, SHARD));
        assertTrue(shards("many").size() > 4, "training and validation images in several shards");
        for (Path shard : shards("many")) {
            assertTrue(Files.size(shard) <= SHARD, shard + " is too large");
        }
        assertSame(original, packed("each.pack", 0, 1));
        assertEquals(20, shards("each").size());
        assertSame(original, packed("pixels.pack", 4, SHARD));
    }

    @Test
    void originalsKeepTheirBytesAndPixelsNeedNoCache() throws IOException {
        DataSet originals = packed("o.pack", 0, SHARD);
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("train/ape/7.png")),
                originals.train().file(7 + 9).orElseThrow());
        assertTrue(originals.train().decodes());
        DataSet pixels = packed("p.pack", 4, SHARD);
        assertTrue(pixels.train().file(0).isEmpty());
        assertFalse(pixels.train().decodes());
        DataConfig config = new DataConfig(root.resolve("p.pack").toString(), 2, 100, 1, 1, 1, 1, 1 << 20);
        DataSet opened = DataSets.open(config, Size.square(8));
        assertEquals(4, opened.train().size());
        assertEquals(1, opened.validation().size());
    }

    @Test
    void largerImagesAreReducedAsTheEvaluationDoes() throws IOException {
        RgbImage small = packed("p.pack", 2, SHARD).train().image(1);
        assertEquals(2, small.width(), "5 x 4 pixels by 2 / 4, cut to whole pixels");
        assertEquals(2, small.height());
        RgbImage large = DataSets.at(folder).train().image(1);
        Planes planes = new Planes();
        new EvalTransform(2, Size.square(2)).apply(large, new BicubicResampler(), planes);
        byte[] expected = new byte[12];
        planes.store(expected);
        assertArrayEquals(expected, small.rgb());
    }

    @Test
    void cifarFilesArePackedAsPixels() throws IOException {
        Path cifar = root.resolve("cifar");
        ImageFiles.cifar(cifar.resolve("data_batch_1.bin"), false, 3, 9, 1);
        ImageFiles.cifar(cifar.resolve("test_batch.bin"), false, 7);
        for (int shorterSide : new int[] {0, 32}) {
            Path pack = root.resolve("cifar" + shorterSide + ".pack");
            new ImagePacker(DataSets.at(cifar), pack, new ImagePacker.Options(shorterSide, 5000, false, 1))
                    .pack(done -> {});
            assertSame(DataSets.at(cifar), DataSets.at(pack));
            assertArrayEquals(
                    DataSets.at(cifar).train().image(2).rgb(),
                    DataSets.at(pack).train().image(2).rgb());
        }
    }

    @Test
    void aPackOfAPackIsTheSame() throws IOException {
        DataSet first = packed("a.pack", 0, SHARD);
        new ImagePacker(first, root.resolve("b.pack"), new ImagePacker.Options(0, SHARD, false, 1)).pack(done -> {});
        assertArrayEquals(Files.readAllBytes(root.resolve("a.pack")), Files.readAllBytes(root.resolve("b.pack")));
    }

    @Test
    void aResumedPackIsTheSameByteForByteWhereverItStopped() throws IOException {
        packed("whole.pack", 0, SHARD);
        int count = shards("whole").size();
        for (int kept = 0; kept <= count; kept++) {
            String stem = "stopped" + kept;
            for (int shard = 0; shard < kept; shard++) {
                Files.copy(shards("whole").get(shard), root.resolve(String.format("%s-%05d.shard", stem, shard)));
            }
            Files.writeString(root.resolve(String.format("%s-%05d.shard.tmp", stem, kept)), "half a shard");
            ImagePacker packer = packer(stem + ".pack", 0, SHARD, true, 1 + kept % 3);
            assertEquals(kept, packer.shards());
            packer.pack(done -> {});
            assertEquals(2, packerUnreadable(stem));
            assertArrayEquals(
                    Files.readAllBytes(root.resolve("whole.pack")), Files.readAllBytes(root.resolve(stem + ".pack")));
            for (int shard = 0; shard < count; shard++) {
                assertArrayEquals(
                        Files.readAllBytes(shards("whole").get(shard)),
                        Files.readAllBytes(root.resolve(String.format("%s-%05d.shard", stem, shard))));
            }
        }
    }

    /** Images of a pack that cannot be decoded. */
    private long packerUnreadable(String stem) {
        ImageSource train = DataSets.at(root.resolve(stem + ".pack")).train();
        ReadableImages readable = new ReadableImages(train);
        for (int i = 0; i < train.size(); i++) {
            readable.tryImage(i);
        }
        return readable.unreadableCount();
    }

    @Test
    void unreadableImagesAreCountedAlsoInKeptShards() throws IOException {
        ImagePacker packer = packer("p.pack", 4, SHARD, false, 2);
        packer.pack(done -> {});
        assertEquals(2, packer.unreadable());
        ImagePacker again = packer("p.pack", 4, SHARD, true, 2);
        assertEquals(2, again.unreadable());
        assertEquals(0, again.estimate());
    }

    @Test
    void theEstimateIsCloseWhereImagesAreAlike() {
        ImagePacker packer = packer("p.pack", 0, 1 << 20, false, 2);
        long estimate = packer.estimate();
        packer.pack(done -> {});
        assertEquals(packer.bytes() - 40, estimate, "all 20 images are looked at; only the header is left out");
    }

    @Test
    void whatIsThereIsNeitherOverwrittenNorContinuedWithSomethingElse() throws IOException {
        packed("a.pack", 0, SHARD);
        for (String there : List.of("a.pack", "a-00000.shard")) {
            assertRefused(() -> packer("a.pack", 0, SHARD, false, 1), there + " exists already");
            Files.delete(root.resolve(there));
        }
        packed("b.pack", 0, SHARD);
        assertRefused(() -> packer("b.pack", 4, SHARD, true, 1), "other options");
        Files.move(folder.resolve("train/ape/0.png"), folder.resolve("train/ape/00.png"));
        assertRefused(() -> packer("b.pack", 0, SHARD, true, 1), "other images");
        Files.move(folder.resolve("train/ape/00.png"), folder.resolve("train/ape/0.png"));
        Files.delete(folder.resolve("train/Bär/0.png"));
        assertRefused(() -> packer("b.pack", 0, SHARD, true, 1), "other images");
    }

    @Test
    void anImageThatTheDiskDoesNotGiveEndsThePackingInOneLine() throws IOException {
        ImagePacker packer = packer("a.pack", 0, SHARD, false, 1);
        Files.delete(folder.resolve("train/ape/8.png"));
        assertRefused(() -> packer.pack(done -> {}), "cannot read image ape/8.png: no such file");
        assertFalse(Files.exists(root.resolve("a.pack")));
        assertTrue(Files.exists(root.resolve("a-00000.shard")), "what was packed before stays");
    }

    private static void assertRefused(Executable action, String part) {
        String message = assertThrows(UserException.class, action).getMessage();
        assertTrue(message.contains(part), message);
        assertEquals(1, message.lines().count(), message);
    }
}
