package attmask.eval;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import attmask.config.UserException;
import attmask.data.ReadableImages;
import attmask.ops.Backend;
import attmask.ssl.SelfDistillation;
import attmask.tensor.Tensor;
import attmask.testkit.Backends;
import attmask.testkit.Python;
import attmask.testkit.TinyStep;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddingFileTest {
    private static final Backend BACKEND = Backends.REFERENCE;
    /** Two of five; with images three at a time, one batch is short and one begins with a gap. */
    private static final TinyImages IMAGES = new TinyImages(5, Set.of(1, 3));

    private final SelfDistillation step = TinyStep.IBOT.on(BACKEND);
    private final Encoder encoder = new Encoder(BACKEND, TinyStep.IBOT.model(), step.teacherParameters(), 3).allocate();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        encoder.close();
        step.close();
    }

    private int write(Path file, TinyImages images, boolean normalised) {
        try (FeatureStream stream = new FeatureStream(encoder, new ReadableImages(images), 2)) {
            return new EmbeddingFile(file, images, normalised).write(stream, done -> {});
        }
    }

    /** Rows (n, 12) as the encoder gives them. */
    private float[] expected(TinyImages images) {
        List<Float> values = new ArrayList<>();
        try (FeatureStream stream = new FeatureStream(encoder, new ReadableImages(images), 1)) {
            while (stream.next()) {
                IntStream.range(0, stream.count() * 12).forEach(i -> values.add(stream.rows()[i]));
            }
        }
        float[] rows = new float[values.size()];
        IntStream.range(0, rows.length).forEach(i -> rows[i] = values.get(i));
        return rows;
    }

    /** By the format's own description, byte by byte. */
    @Test
    void npyIsAHeaderAndLittleEndianFloats() throws IOException {
        Path file = folder.resolve("f.npy");
        assertEquals(3, write(file, IMAGES, false));
        byte[] bytes = Files.readAllBytes(file);
        assertArrayEquals(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0}, java.util.Arrays.copyOf(bytes, 8));
        int header = (bytes[8] & 0xff) | (bytes[9] & 0xff) << 8;
        int start = 10 + header;
        assertEquals(0, start % 64);
        assertEquals('\n', bytes[start - 1]);
        assertEquals(
                "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 12), }",
                new String(bytes, 10, header, StandardCharsets.US_ASCII).strip());
        float[] values = new float[3 * 12];
        ByteBuffer.wrap(bytes, start, bytes.length - start)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        assertEquals(start + 4 * values.length, bytes.length);
        assertArrayEquals(expected(IMAGES), values);
        assertEquals(
                "file,label,class\n"
                        + "\"a, \"\"b\"\"/0.png\",0,even\n"
                        + "\"a, \"\"b\"\"/2.png\",0,even\n"
                        + "\"a, \"\"b\"\"/4.png\",0,even\n",
                Files.readString(folder.resolve("f.csv")));
    }

    /** Each number comes back the same. */
    @Test
    void csvHasEverythingInOneTable() throws IOException {
        Path file = folder.resolve("f.CSV");
        TinyImages images = new TinyImages(4, Set.of());
        assertEquals(4, write(file, images, true));
        List<String> lines = Files.readAllLines(file);
        assertEquals(
                "file,label,class,"
                        + IntStream.range(0, 12).mapToObj(i -> "f" + i).collect(Collectors.joining(",")),
                lines.get(0));
        int[] labels = {0, 1, 0, 1};
        Features unit = Features.normalised(expected(images), 12, labels);
        for (int i = 0; i < 4; i++) {
            String prefix = "\"a, \"\"b\"\"/" + i + ".png\"," + labels[i] + "," + (i % 2 == 0 ? "even" : "odd") + ",";
            assertTrue(lines.get(i + 1).startsWith(prefix), lines.get(i + 1));
            String[] cells = lines.get(i + 1).substring(prefix.length()).split(",");
            for (int d = 0; d < 12; d++) {
                assertEquals(unit.rows()[i * 12 + d], Float.parseFloat(cells[d]));
            }
        }
    }

    @Test
    void numpyReadsIt() throws IOException, InterruptedException {
        Path file = folder.resolve("f.npy");
        write(file, IMAGES, false);
        String script = "import sys, numpy as n; a = n.load(sys.argv[1]); "
                + "print(a.shape, a.dtype, ' '.join(x.hex() for x in a.astype(float).ravel().tolist()))";
        String out = Python.with("numpy").run("-c", script, file.toString());
        String numbers = IntStream.range(0, 36)
                .mapToObj(i -> expected(IMAGES)[i])
                .map(x -> Double.valueOf(x))
                .map(EmbeddingFileTest::hex)
                .collect(Collectors.joining(" "));
        assertEquals("(3, 12) float32 " + numbers, out.strip());
    }

    /** As Python's float.hex. */
    private static String hex(double value) {
        String text = Double.toHexString(value);
        int point = text.indexOf('.') + 1;
        int exponent = text.indexOf('p');
        String digits = (text.substring(point, exponent) + "0".repeat(13)).substring(0, 13);
        String power = text.substring(exponent + 1);
        return text.substring(0, point) + digits + "p" + (power.startsWith("-") ? "" : "+") + power;
    }

    @Test
    void whatCannotBeWrittenLeavesTheOldFile() throws IOException {
        Path file = Files.writeString(folder.resolve("f.npy"), "old");
        Path table = Files.writeString(folder.resolve("f.csv"), "old");
        TinyImages none = new TinyImages(2, Set.of(0, 1));
        assertTrue(assertThrows(UserException.class, () -> write(file, none, false))
                .getMessage()
                .contains("none of the 2 images"));
        Tensor norm = step.teacherParameters().get("norm.bias");
        BACKEND.write(norm, IntStream.range(0, 12).mapToDouble(i -> Double.NaN).toArray());
        for (boolean normalised : new boolean[] {false, true}) {
            assertTrue(assertThrows(UserException.class, () -> write(file, IMAGES, normalised))
                    .getMessage()
                    .contains("not finite"));
        }
        assertEquals("old", Files.readString(file));
        assertEquals("old", Files.readString(table));
        try (var files = Files.list(folder)) {
            assertEquals(2, files.count(), "something was left aside");
        }
    }

    @Test
    void refusesOtherFormats() {
        for (String name : List.of("f.parquet", "f", "npy")) {
            assertThrows(UserException.class, () -> EmbeddingFile.requireKnownFormat(Path.of(name)));
        }
        assertFalse(Files.exists(folder.resolve("f.parquet")));
    }
}
