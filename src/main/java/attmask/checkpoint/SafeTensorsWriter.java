package attmask.checkpoint;

import attmask.config.UserException;
import attmask.file.WholeFile;
import attmask.tensor.Shape;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.zip.CRC32C;
import java.util.zip.CheckedOutputStream;

/**
 * Writes a safetensors file tensor by tensor. Values are asked for when their turn comes, so that a large checkpoint is
 * never in the heap as a whole.
 *
 * <p>Equal calls give equal bytes: metadata and tensors keep the order of the calls, except that types with larger
 * elements come first, which keeps every tensor aligned to its element size. Nothing of the clock goes into the file.
 */
public final class SafeTensorsWriter {
    private static final int CHUNK = 1 << 16;
    private static final JsonFactory JSON = new JsonFactory();

    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final Map<String, Entry> entries = new LinkedHashMap<>();

    /** A tensor to write; {@code put} writes the values in [from, to) of what the supplier gave. */
    private record Entry(String name, ElementType type, Shape shape, Supplier<Values> values) {}

    /** Values whose turn has come. */
    private record Values(int length, Put put) {}

    private interface Put {
        void put(ByteBuffer into, int from, int to);
    }

    /** Adds a string to the file's metadata. */
    public SafeTensorsWriter metadata(String key, String value) {
        if (metadata.putIfAbsent(key, value) != null) {
            throw new IllegalArgumentException("metadata '" + key + "' is given twice");
        }
        return this;
    }

    /** Adds an F32 tensor; the supplier gives its values, row-major, when it is written. */
    public SafeTensorsWriter floats(String name, Shape shape, Supplier<float[]> values) {
        return add(name, ElementType.F32, shape, () -> {
            float[] v = values.get();
            return new Values(v.length, (into, from, to) -> {
                for (int i = from; i < to; i++) {
                    into.putFloat(v[i]);
                }
            });
        });
    }

    /** Adds a tensor of another file: F64 if it is that, else as F32. */
    public SafeTensorsWriter tensor(String name, StoredTensor tensor) {
        return tensor.type() == ElementType.F64
                ? doubles(name, tensor.shape(), tensor::doubles)
                : floats(name, tensor.shape(), tensor::floats);
    }

    /** Adds an F64 tensor. */
    public SafeTensorsWriter doubles(String name, Shape shape, Supplier<double[]> values) {
        return add(name, ElementType.F64, shape, () -> {
            double[] v = values.get();
            return new Values(v.length, (into, from, to) -> {
                for (int i = from; i < to; i++) {
                    into.putDouble(v[i]);
                }
            });
        });
    }

    /** Adds an I64 tensor. */
    public SafeTensorsWriter longs(String name, Shape shape, Supplier<long[]> values) {
        return add(name, ElementType.I64, shape, () -> {
            long[] v = values.get();
            return new Values(v.length, (into, from, to) -> {
                for (int i = from; i < to; i++) {
                    into.putLong(v[i]);
                }
            });
        });
    }

    /** Adds an I32 tensor. */
    public SafeTensorsWriter ints(String name, Shape shape, Supplier<int[]> values) {
        return add(name, ElementType.I32, shape, () -> {
            int[] v = values.get();
            return new Values(v.length, (into, from, to) -> {
                for (int i = from; i < to; i++) {
                    into.putInt(v[i]);
                }
            });
        });
    }

    /** Adds a BOOL tensor. */
    public SafeTensorsWriter booleans(String name, Shape shape, Supplier<boolean[]> values) {
        return add(name, ElementType.BOOL, shape, () -> {
            boolean[] v = values.get();
            return new Values(v.length, (into, from, to) -> {
                for (int i = from; i < to; i++) {
                    into.put((byte) (v[i] ? 1 : 0));
                }
            });
        });
    }

    /** Adds a U8 tensor. */
    public SafeTensorsWriter bytes(String name, Shape shape, Supplier<byte[]> values) {
        return add(name, ElementType.U8, shape, () -> {
            byte[] v = values.get();
            return new Values(v.length, (into, from, to) -> into.put(v, from, to - from));
        });
    }

    /**
     * Writes the file aside, flushes it to the disk and renames it over the old one.
     *
     * @throws UserException if it cannot be written; the old file then stays as it was
     */
    public void write(Path path) {
        WholeFile.write(path, this::writeTo);
    }

    /**
     * The same with a {@link Checksum}: what lies on the disk is read back and compared before anything is renamed.
     *
     * @param previous what becomes of the old file; null if it is overwritten
     */
    void writeVerified(Path path, Path previous) {
        List<Entry> sorted = sorted();
        CRC32C sum = new CRC32C();
        int[] headerLength = new int[1];
        WholeFile.write(
                path,
                out -> {
                    byte[] header = header(sorted, Checksum.UNKNOWN);
                    headerLength[0] = header.length;
                    writeTo(new CheckedOutputStream(out, sum), sorted, header);
                },
                () -> Checksum.beginning(headerLength[0], sum),
                aside -> {
                    try (SafeTensors written = SafeTensors.open(aside)) {
                        Checksum.verify(written);
                    }
                    if (previous != null && Files.exists(path)) {
                        Files.move(path, previous, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                    }
                });
    }

    /** Writes the bytes of the file to a stream, which stays open. */
    public void writeTo(OutputStream out) throws IOException {
        List<Entry> sorted = sorted();
        writeTo(out, sorted, header(sorted, null));
    }

    private List<Entry> sorted() {
        List<Entry> sorted = new ArrayList<>(entries.values());
        sorted.sort(Comparator.comparingInt((Entry entry) -> -entry.type().bytes()));
        return sorted;
    }

    private static void writeTo(OutputStream out, List<Entry> sorted, byte[] header) throws IOException {
        out.write(ByteBuffer.allocate(8)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .array());
        out.write(header);
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
        for (Entry entry : sorted) {
            write(out, entry, chunk);
        }
    }

    private SafeTensorsWriter add(String name, ElementType type, Shape shape, Supplier<Values> values) {
        if (name.equals("__metadata__") || entries.containsKey(name)) {
            throw new IllegalArgumentException("tensor '" + name + "' is given twice or has a reserved name");
        }
        entries.put(name, new Entry(name, type, shape, values));
        return this;
    }

    private static void write(OutputStream out, Entry entry, ByteBuffer chunk) throws IOException {
        Values values = entry.values().get();
        if (values.length() != entry.shape().count()) {
            throw new IllegalArgumentException("tensor '" + entry.name() + "' of shape " + entry.shape() + " was given "
                    + values.length() + " values");
        }
        int step = CHUNK / entry.type().bytes();
        int to;
        for (int from = 0; from < values.length(); from = to) {
            to = from + Math.min(step, values.length() - from);
            chunk.clear();
            values.put().put(chunk, from, to);
            out.write(chunk.array(), 0, chunk.position());
        }
    }

    /**
     * The JSON header, padded with spaces so that the data starts at a multiple of 8 bytes.
     *
     * @param checksum null for none
     */
    private byte[] header(List<Entry> sorted, String checksum) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty() || checksum != null) {
                json.writeObjectFieldStart("__metadata__");
                if (checksum != null) {
                    json.writeStringField(Checksum.KEY, checksum);
                }
                for (Map.Entry<String, String> entry : metadata.entrySet()) {
                    json.writeStringField(entry.getKey(), entry.getValue());
                }
                json.writeEndObject();
            }
            long offset = 0;
            for (Entry entry : sorted) {
                long end = offset + entry.shape().count() * entry.type().bytes();
                writeEntry(json, entry, offset, end);
                offset = end;
            }
            json.writeEndObject();
        }
        bytes.write(" ".repeat((8 - bytes.size() % 8) % 8).getBytes(StandardCharsets.US_ASCII));
        if (bytes.size() > SafeTensorsHeader.LARGEST) {
            throw new IOException(
                    "the header takes " + bytes.size() + " bytes; the format allows " + SafeTensorsHeader.LARGEST);
        }
        return bytes.toByteArray();
    }

    private static void writeEntry(JsonGenerator json, Entry entry, long begin, long end) throws IOException {
        json.writeObjectFieldStart(entry.name());
        json.writeStringField("dtype", entry.type().name());
        json.writeArrayFieldStart("shape");
        for (int i = 0; i < entry.shape().rank(); i++) {
            json.writeNumber(entry.shape().dim(i));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("data_offsets");
        json.writeNumber(begin);
        json.writeNumber(end);
        json.writeEndArray();
        json.writeEndObject();
    }
}
