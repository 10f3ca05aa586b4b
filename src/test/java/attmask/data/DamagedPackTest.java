package attmask.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import attmask.data.pack.Pack;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Packs that are damaged, or made to do harm. */
class DamagedPackTest {
    static final int HEADER = 40;
    private static final int CHECKSUM_AT = 36;
    private static final int TABLE_AT = 28;

    @TempDir
    Path root;

    private Path pack;
    private byte[] index;
    private byte[] shard;

    @BeforeEach
    void aPack() throws IOException {
        Path folder = root.resolve("images");
        for (int i = 0; i < 3; i++) {
            ImageFiles.png(folder.resolve("train/a/" + i + ".png"), i);
            ImageFiles.png(folder.resolve("val/a/" + i + ".png"), i);
        }
        Files.writeString(folder.resolve("train/a/1.png"), "no image");
        pack = root.resolve("p.pack");
        new ImagePacker(DataSets.at(folder), pack, new ImagePacker.Options(9, 1 << 20, false, 1)).pack(done -> {});
        index = Files.readAllBytes(pack);
        shard = Files.readAllBytes(shardFile());
    }

    private Path shardFile() {
        return root.resolve("p-00000.shard");
    }

    private void assertRefused(String part) {
        String message =
                assertThrows(UserException.class, () -> DataSets.at(pack)).getMessage();
        assertTrue(message.contains(part), message);
        assertTrue(message.contains(root.toString()), message);
        assertEquals(1, message.lines().count(), message);
    }

    private void writeIndex(String from, String to) throws IOException {
        String text = new String(index, StandardCharsets.UTF_8);
        assertTrue(text.contains(from), text);
        Files.writeString(pack, text.replace(from, to));
    }

    @Test
    void aMissingOrShortenedOrForeignShardIsOneLine() throws IOException {
        Files.write(shardFile(), Arrays.copyOf(shard, shard.length - 1));
        assertRefused("cut short?");
        Files.write(shardFile(), new byte[0]);
        assertRefused("fewer than its header");
        Files.write(shardFile(), new byte[100]);
        assertRefused("does not begin as a shard does");
        Files.delete(shardFile());
        assertRefused("no such file");
        byte[] other = shard.clone();
        other[shard.length - 1] = 'x';
        Files.write(shardFile(), other);
        assertRefused("checksum of its table");
        Files.write(shardFile(), repaired(other));
        assertRefused("belongs to another pack");
        byte[] newer = shard.clone();
        newer[8] = 2;
        Files.write(shardFile(), newer);
        assertRefused("version 2");
    }

    @Test
    void aDamagedIndexIsOneLine() throws IOException {
        Files.write(pack, Arrays.copyOf(index, index.length / 2));
        assertRefused("is damaged");
        Files.write(pack, new byte[0]);
        assertRefused("is damaged");
        Files.writeString(pack, "null");
        assertRefused("empty");
        Files.writeString(pack, "[".repeat(100_000));
        assertRefused("is damaged");
        writeIndex("attmask-pack", "\\n\\u001b[31m");
        assertRefused("??[31m");
        writeIndex("\"version\" : 1", "\"version\" : 7");
        assertRefused("version 7");
        writeIndex("\"images\" : 6", "\"images\" : 2147483647");
        assertRefused("contradict");
        writeIndex("\"shards\" : [ {", "\"shards\" : [ null, {");
        assertRefused("is damaged");
        writeIndex("[ \"a\" ]", "[ ]");
        assertRefused("there are 0 classes");
        writeIndex("\"train\"", "\"train\" : 3, \"trane\"");
        assertRefused("is damaged");
        Files.write(pack, new byte[(16 << 20) + 1]);
        assertRefused("at most");
    }

    @Test
    void aDamagedImageIsSkippedAndNamedAndVerifyFindsIt() throws IOException {
        shard[HEADER + 3] ^= 1;
        Files.write(shardFile(), shard);
        ImageSource train = DataSets.at(pack).train();
        String message = assertThrows(UnreadableImageException.class, () -> train.image(0))
                .getMessage();
        assertTrue(message.contains("checksum") && message.contains("p-00000.shard"), message);
        assertEquals(60, train.image(2).rgb().length);
        assertEquals(1, Pack.open(pack).verify(done -> {}).size());
        assertEquals("a/0.png", Pack.open(pack).verify(done -> {}).get(0).name());
    }

    @Test
    void everyFlippedByteOfAShardIsNoticed() throws IOException {
        for (int at = 0; at < shard.length; at++) {
            byte[] damaged = shard.clone();
            damaged[at] ^= 16;
            Files.write(shardFile(), damaged);
            boolean noticed;
            try {
                noticed = !Pack.open(pack).verify(done -> {}).isEmpty();
            } catch (UserException e) {
                noticed = true;
            }
            assertTrue(noticed, "byte " + at);
        }
    }

    /** With a right checksum, so that it is the checks of the contents that have to hold. */
    @Test
    void mutatedPacksGiveOnlyTheDocumentedErrors() throws IOException {
        SplittableRandom random = new SplittableRandom(5);
        int opened = 0;
        for (int round = 0; round < 1000; round++) {
            byte[] mutated = shard.clone();
            int table = ByteBuffer.wrap(shard).order(ByteOrder.LITTLE_ENDIAN).getInt(TABLE_AT);
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                int at = random.nextInt(4) == 0 ? random.nextInt(HEADER) : table + random.nextInt(shard.length - table);
                mutated[at] = (byte) (random.nextBoolean() ? random.nextInt() : mutated[at] ^ 1 << random.nextInt(8));
            }
            mutated = repaired(mutated);
            Files.write(shardFile(), mutated);
            writeIndex(checksum(shard), checksum(mutated));
            opened += readAll() ? 1 : 0;
        }
        assertTrue(opened > 30 && opened < 970, opened + " of the mutated shards could be opened");
    }

    @Test
    void mutatedIndexesGiveOnlyTheDocumentedErrors() throws IOException {
        SplittableRandom random = new SplittableRandom(6);
        for (int round = 0; round < 1000; round++) {
            byte[] mutated = index.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                mutated[random.nextInt(mutated.length)] = (byte) (random.nextBoolean() ? random.nextInt() : '9');
            }
            Files.write(pack, mutated);
            readAll();
        }
    }

    private boolean readAll() {
        try {
            DataSet data = DataSets.at(pack);
            for (ImageSource source : new ImageSource[] {data.train(), data.validation()}) {
                for (int i = 0; i < source.size(); i++) {
                    read(source, i);
                }
            }
            return true;
        } catch (UserException e) {
            assertFalse(e.getMessage().lines().count() != 1, e.getMessage());
            return false;
        }
    }

    private static void read(ImageSource source, int index) {
        try {
            assertTrue(source.label(index) < source.classes().size());
            assertTrue(source.name(index).length() < 1000);
            source.image(index);
        } catch (UnreadableImageException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** With the checksum that its header and table have now, if it is long enough to have any. */
    static byte[] repaired(byte[] shard) {
        byte[] repaired = shard.clone();
        if (shard.length < HEADER) {
            return repaired;
        }
        ByteBuffer bytes = ByteBuffer.wrap(repaired).order(ByteOrder.LITTLE_ENDIAN);
        int table = bytes.getInt(TABLE_AT);
        if (table >= HEADER && table <= shard.length) {
            CRC32C crc = new CRC32C();
            crc.update(repaired, 0, CHECKSUM_AT);
            crc.update(repaired, table, shard.length - table);
            bytes.putInt(CHECKSUM_AT, (int) crc.getValue());
        }
        return repaired;
    }

    static String checksum(byte[] shard) {
        return '"'
                + Integer.toHexString(
                        ByteBuffer.wrap(shard).order(ByteOrder.LITTLE_ENDIAN).getInt(CHECKSUM_AT))
                + '"';
    }
}
