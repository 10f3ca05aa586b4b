package attmask.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import attmask.random.RandomStream;
import attmask.tensor.Shape;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SafeTensorsTest {
    @TempDir
    Path folder;

    /** A file with the given header and data, length field included. */
    private static byte[] file(String header, byte... data) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + json.length + data.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(json.length)
                .put(json)
                .put(data)
                .array();
    }

    private static SafeTensors open(String header, byte... data) {
        return SafeTensors.of(file(header, data), "t.safetensors");
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = SafeTensorsTest.class.getResourceAsStream("/attmask/golden/" + name)) {
            return in.readAllBytes();
        }
    }

    @Test
    void readsWhatAnIndependentProgramWrote() throws IOException {
        SafeTensors golden = SafeTensors.of(resource("knn.safetensors"), "knn");
        assertEquals("knn", golden.metadata("kind"));
        assertEquals(Shape.of(600, 32), golden.shape("train"));
        assertEquals(ElementType.I64, golden.info("train_labels").type());
        double[] features = golden.doubles("train");
        assertEquals(600 * 32, features.length);
        assertArrayEquals(golden.floats("train"), toFloats(features));
        for (int label : golden.ints("train_labels")) {
            assertTrue(label >= 0 && label < 10);
        }
    }

    private static float[] toFloats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    @Test
    void readsEveryType() {
        ByteBuffer data = ByteBuffer.allocate(42).order(ByteOrder.LITTLE_ENDIAN);
        data.putDouble(Math.PI)
                .putFloat(-1.5f)
                .putLong(Long.MIN_VALUE)
                .putInt(-7)
                .putShort((short) -300);
        data.putShort((short) 0x3C01)
                .putShort((short) 0xFC00)
                .putShort((short) 0x0001)
                .putShort((short) 0x3FC0);
        data.put((byte) -128).put((byte) 255).put((byte) 1).put((byte) 0);
        String header = "{\"a\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]},"
                + "\"c\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[12,20]},"
                + "\"d\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[20,24]},"
                + "\"e\":{\"dtype\":\"I16\",\"shape\":[1],\"data_offsets\":[24,26]},"
                + "\"f\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[26,32]},"
                + "\"g\":{\"dtype\":\"BF16\",\"shape\":[1,1],\"data_offsets\":[32,34]},"
                + "\"h\":{\"dtype\":\"I8\",\"shape\":[1],\"data_offsets\":[34,35]},"
                + "\"i\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[35,36]},"
                + "\"j\":{\"dtype\":\"BOOL\",\"shape\":[2],\"data_offsets\":[36,38]},"
                + "\"k\":{\"dtype\":\"F32\",\"shape\":[0,2147483647,2147483647,2147483647],\"data_offsets\":[38,38]}}  ";
        SafeTensors t = open(header, java.util.Arrays.copyOf(data.array(), 38));
        assertArrayEquals(new double[] {Math.PI}, t.doubles("a"));
        assertArrayEquals(new float[] {-1.5f}, t.floats("b"));
        assertArrayEquals(new double[] {-1.5}, t.doubles("b"));
        assertArrayEquals(new long[] {Long.MIN_VALUE}, t.longs("c"));
        assertArrayEquals(new int[] {-7}, t.ints("d"));
        assertArrayEquals(new long[] {-300}, t.longs("e"));
        assertArrayEquals(new float[] {1 + 0x1p-10f, Float.NEGATIVE_INFINITY, 0x1p-24f}, t.floats("f"));
        assertArrayEquals(new float[] {1.5f}, t.floats("g"));
        assertArrayEquals(new int[] {-128}, t.ints("h"));
        assertArrayEquals(new int[] {255}, t.ints("i"));
        assertArrayEquals(new byte[] {-1}, t.bytes("i"));
        assertArrayEquals(new boolean[] {true, false}, t.booleans("j"));
        assertEquals(0, t.floats("k").length);
        assertThrows(UserException.class, () -> t.ints("c"), "does not fit an int");
        assertThrows(UserException.class, () -> t.booleans("i"), "255 is no boolean");
        assertThrows(UserException.class, () -> t.longs("a"), "no silent cut of the fraction");
        assertThrows(UserException.class, () -> t.bytes("d"));
        assertThrows(UserException.class, () -> t.info("nothing"));
    }

    @Test
    void everyHalfRoundTripsThroughItsDefinition() {
        byte[] data = new byte[1 << 17];
        for (int i = 0; i < 1 << 16; i++) {
            data[2 * i] = (byte) i;
            data[2 * i + 1] = (byte) (i >> 8);
        }
        float[] halves = open("{\"a\":{\"dtype\":\"F16\",\"shape\":[65536],\"data_offsets\":[0,131072]}}", data)
                .floats("a");
        for (int i = 0; i < 1 << 16; i++) {
            int exponent = i >> 10 & 31;
            double magnitude = exponent == 31
                    ? (i & 1023) == 0 ? Double.POSITIVE_INFINITY : Double.NaN
                    : exponent == 0 ? (i & 1023) * 0x1p-24 : (1024 + (i & 1023)) * Math.scalb(1, exponent - 25);
            assertEquals(i < 32768 ? magnitude : -magnitude, halves[i], "bits " + i);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "not json | not valid JSON",
                "[] | does not start with {",
                "{} {} | goes on after",
                "{ | not valid JSON",
                "{\"a\":3} | not an object",
                "{\"__metadata__\":{\"a\":3}} | not a string",
                "{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}} | Duplicate",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}} | Duplicate",
                "{\"a\":{\"shape\":[4],\"data_offsets\":[0,4]}} | no dtype",
                "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,4]}} | no shape",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4]}} | no data_offsets",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0]}} | no data_offsets",
                "{\"a\":{\"dtype\":\"F7\",\"shape\":[4],\"data_offsets\":[0,4]}} | unknown dtype 'F7'",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[-4],\"data_offsets\":[0,4]}} | impossible value",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4.5],\"data_offsets\":[0,4]}} | impossible value",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[99999999999999999999],\"data_offsets\":[0,4]}} | impossible value",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967300],\"data_offsets\":[0,4]}} | impossibly large",
                "{\"a\":{\"dtype\":\"F64\",\"shape\":[1073741824,1073741824,4],\"data_offsets\":[0,4]}} | impossibly large",
                "{\"a\":{\"dtype\":\"F32\",\"shape\":[4],\"data_offsets\":[0,4]}} | needs 16 bytes",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[4,0]}} | needs 4 bytes",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]}} | but 4 follow",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[5],\"data_offsets\":[0,5]}} | cut short",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]}} | gap",
                "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[3,4]}} | inside another",
                "{\"a\":{\"dtype\":[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]}} | dtype",
                "{\"a\":{\"x\":[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]}} | nesting",
            })
    void refusesADamagedHeader(String header, String complaint) {
        assertComplains(file(header, new byte[4]), complaint);
    }

    @Test
    void refusesADamagedStart() {
        assertComplains(new byte[3], "3 bytes");
        assertComplains(new byte[8], "does not start with {");
        assertComplains(new byte[] {2, 0, 0, 0, 0, 0, 0, (byte) 0x80, '{', '}'}, "format allows");
        assertComplains(new byte[] {3, 0, 0, 0, 0, 0, 0, 0, '{', '}'}, "cut short");
        assertComplains(new byte[] {6, 0, 0, 0, 0, 0, 0, 0, '{', '"', (byte) 0xC0, '"', ':', '1'}, "UTF-8");
        assertComplains(file("{\"\\ud800\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}"), "surrogate");
    }

    private static void assertComplains(byte[] bytes, String complaint) {
        UserException e = assertThrows(UserException.class, () -> SafeTensors.of(bytes, "t.safetensors"));
        assertTrue(e.getMessage().contains(complaint), e.getMessage());
        assertTrue(e.getMessage().startsWith("t.safetensors "), e.getMessage());
        assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    }

    @Test
    void namesTheFileThatCannotBeRead() throws IOException {
        Path missing = folder.resolve("missing.safetensors");
        UserException e = assertThrows(UserException.class, () -> SafeTensors.open(missing));
        assertEquals("cannot read " + missing + ": no such file or folder", e.getMessage());
        assertThrows(UserException.class, () -> SafeTensors.open(folder));
        Path empty = Files.createFile(folder.resolve("empty"));
        assertThrows(UserException.class, () -> SafeTensors.open(empty));
    }

    @Test
    void complainsWhenTheFileIsCutWhileOpen() throws IOException {
        Path path = folder.resolve("a.safetensors");
        Files.write(path, file("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]}}", new byte[4]));
        try (SafeTensors tensors = SafeTensors.open(path);
                RandomAccessFile cut = new RandomAccessFile(path.toFile(), "rw")) {
            cut.setLength(cut.length() - 1);
            UserException e = assertThrows(UserException.class, () -> tensors.bytes("a"));
            assertTrue(e.getMessage().contains("ends too early"), e.getMessage());
        }
    }

    /** Sparse, so it takes no room on the disk; a file is larger than any array or int can address. */
    @Test
    void readsATensorBeyondFourGigabytes() throws IOException {
        long first = 4L << 30;
        String header = "{\"big\":{\"dtype\":\"F32\",\"shape\":[32768,32768],\"data_offsets\":[0," + first + "]},"
                + "\"last\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[" + first + "," + (first + 8) + "]}}";
        byte[] start = file(header);
        Path path = folder.resolve("big.safetensors");
        try (RandomAccessFile big = new RandomAccessFile(path.toFile(), "rw")) {
            big.write(start);
            big.seek(start.length + first);
            big.write(new byte[] {0, 0, (byte) 0x80, 0x3F, 0, 0, 0, 0x40});
        }
        try (SafeTensors tensors = SafeTensors.open(path)) {
            assertArrayEquals(new float[] {1, 2}, tensors.floats("last"));
        }
    }

    /** A damaged file may be refused or, when only values changed, read; nothing but a UserException may come out. */
    @Test
    void survivesRandomDamage() throws IOException {
        byte[] original = java.util.Arrays.copyOf(resource("mask.safetensors"), 174388);
        RandomStream random = new RandomStream(1, RandomStream.Purpose.TEST, 0, 0);
        int refused = 0;
        for (int trial = 0; trial < 500; trial++) {
            byte[] damaged = original.clone();
            int changes = 1 + random.nextInt(4);
            for (int c = 0; c < changes; c++) {
                damaged[random.nextInt(trial % 2 == 0 ? 7100 : 40)] = (byte) random.nextInt(256);
            }
            refused += readAll(damaged) ? 0 : 1;
        }
        assertTrue(refused > 250, "only " + refused + " of 500 were noticed");
        assertFalse(refused == 500, "a change inside a metadata string is no damage");
    }

    private static boolean readAll(byte[] bytes) {
        try {
            SafeTensors tensors = SafeTensors.of(bytes, "damaged");
            for (String name : tensors.names()) {
                tensors.doubles(name);
            }
            return true;
        } catch (UserException e) {
            assertEquals(1, e.getMessage().lines().count(), e.getMessage());
            return false;
        }
    }
}
