package attmask.checkpoint;

import attmask.config.UserException;
import attmask.file.FileProblem;
import attmask.file.Untrusted;
import attmask.tensor.Shape;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A safetensors file, read tensor by tensor: 8 bytes of header length (little-endian), a JSON header, the data.
 *
 * <p>The header is checked in full on opening; the data is read when asked for, so files larger than the heap work.
 * Whatever is wrong with a file ends in a {@link UserException} that names the file. Safe for use by several threads.
 */
public final class SafeTensors implements AutoCloseable {
    private static final int CHUNK = 1 << 20;

    /** Bytes at any position: a file or an array. */
    private interface Source {
        int read(ByteBuffer into, long position) throws IOException;

        default void close() throws IOException {}
    }

    private final String file;
    private final Source source;
    private final long size;
    private final long dataStart;
    private final SafeTensorsHeader header;

    private SafeTensors(String file, Source source, long size) throws IOException {
        this.file = file;
        this.source = source;
        this.size = size;
        if (size < 8) {
            throw damaged("it has " + size + " bytes; the shortest possible has 10");
        }
        long length = readFully(0, 8).getLong();
        if (length < 0 || length > SafeTensorsHeader.LARGEST) {
            throw damaged("its header would take " + Long.toUnsignedString(length) + " bytes; the format allows "
                    + SafeTensorsHeader.LARGEST);
        }
        if (length > size - 8) {
            throw damaged("its header takes " + length + " bytes, but only " + (size - 8) + " are there (cut short?)");
        }
        byte[] json = readFully(8, (int) length).array();
        this.dataStart = 8 + length;
        this.header = SafeTensorsHeader.parse(file, json, size - dataStart);
    }

    /** Opens a file; close it after use. */
    public static SafeTensors open(Path path) {
        if (Files.isDirectory(path)) {
            throw new UserException("cannot read " + path + ": it is a folder; name a .safetensors file");
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(path);
            FileChannel opened = channel;
            Source source = new Source() {
                @Override
                public int read(ByteBuffer into, long position) throws IOException {
                    return opened.read(into, position);
                }

                @Override
                public void close() throws IOException {
                    opened.close();
                }
            };
            SafeTensors tensors = new SafeTensors(path.toString(), source, channel.size());
            channel = null;
            return tensors;
        } catch (IOException e) {
            throw new UserException("cannot read " + path + ": " + FileProblem.reason(e), e);
        } finally {
            closeQuietly(channel);
        }
    }

    /** Reads a whole stream, for instance a resource of the jar; the caller closes the stream. */
    public static SafeTensors read(InputStream in, String name) {
        try {
            return of(in.readAllBytes(), name);
        } catch (IOException e) {
            throw new UserException("cannot read " + name + ": " + FileProblem.reason(e), e);
        }
    }

    /**
     * A file already in memory; the array is not copied.
     *
     * @param name what messages call it
     */
    public static SafeTensors of(byte[] bytes, String name) {
        Source source = (into, position) -> {
            int count = Math.min(into.remaining(), bytes.length - (int) position);
            into.put(bytes, (int) position, count);
            return count > 0 ? count : -1;
        };
        try {
            return new SafeTensors(name, source, bytes.length);
        } catch (IOException e) {
            throw new UserException("cannot read " + name + ": " + FileProblem.reason(e), e);
        }
    }

    /** What messages call this file: its path. */
    public String name() {
        return file;
    }

    /** The free-form strings of the header, in the file's order. */
    public Map<String, String> metadata() {
        return Collections.unmodifiableMap(header.metadata());
    }

    /** Metadata entry {@code key}; missing is an error. */
    public String metadata(String key) {
        String value = header.metadata().get(key);
        if (value == null) {
            throw new UserException(file + " has no metadata '" + key + "'");
        }
        return value;
    }

    /** Names of the tensors, in the header's order. */
    public Set<String> names() {
        return Collections.unmodifiableSet(header.tensors().keySet());
    }

    public boolean has(String name) {
        return header.tensors().containsKey(name);
    }

    /** Type, shape and place of a tensor; missing is an error. */
    public TensorInfo info(String name) {
        TensorInfo info = header.tensors().get(name);
        if (info == null) {
            throw new UserException(file + " has no tensor '" + Untrusted.shown(name) + "'");
        }
        return info;
    }

    public Shape shape(String name) {
        return info(name).shape();
    }

    /** A tensor to be read while this file is open; missing is an error. */
    public StoredTensor tensor(String name) {
        TensorInfo info = info(name);
        return new StoredTensor() {
            @Override
            public ElementType type() {
                return info.type();
            }

            @Override
            public Shape shape() {
                return info.shape();
            }

            @Override
            public float[] floats() {
                return SafeTensors.this.floats(name);
            }

            @Override
            public double[] doubles() {
                return SafeTensors.this.doubles(name);
            }
        };
    }

    /** A tensor of any type as doubles, row-major. */
    public double[] doubles(String name) {
        TensorInfo info = info(name);
        double[] out = new double[count(info)];
        forEachChunk(info, (data, from, count) -> {
            if (info.type() == ElementType.F64) {
                data.asDoubleBuffer().get(out, from, count);
                return;
            }
            for (int i = from; i < from + count; i++) {
                out[i] = info.type().nextDouble(data);
            }
        });
        return out;
    }

    /** A tensor of any type as floats, row-major; doubles and long integers are rounded. */
    public float[] floats(String name) {
        TensorInfo info = info(name);
        float[] out = new float[count(info)];
        forEachChunk(info, (data, from, count) -> {
            if (info.type() == ElementType.F32) {
                data.asFloatBuffer().get(out, from, count);
                return;
            }
            for (int i = from; i < from + count; i++) {
                out[i] = (float) info.type().nextDouble(data);
            }
        });
        return out;
    }

    /** A tensor of an integer or boolean type as longs. */
    public long[] longs(String name) {
        TensorInfo info = info(name);
        long[] out = new long[count(info)];
        forEachInteger(info, Long.MIN_VALUE, Long.MAX_VALUE, (i, value) -> out[i] = value);
        return out;
    }

    /** A tensor of an integer or boolean type as ints; a value that does not fit is an error. */
    public int[] ints(String name) {
        TensorInfo info = info(name);
        int[] out = new int[count(info)];
        forEachInteger(info, Integer.MIN_VALUE, Integer.MAX_VALUE, (i, value) -> out[i] = (int) value);
        return out;
    }

    /** A tensor of an integer or boolean type as booleans; a value other than 0 and 1 is an error. */
    public boolean[] booleans(String name) {
        TensorInfo info = info(name);
        boolean[] out = new boolean[count(info)];
        forEachInteger(info, 0, 1, (i, value) -> out[i] = value == 1);
        return out;
    }

    /** A tensor of a one-byte type, U8, I8 or BOOL, as it lies in the file. */
    public byte[] bytes(String name) {
        TensorInfo info = info(name);
        if (info.type().bytes() != 1) {
            throw wrongType(info, "one-byte elements");
        }
        byte[] out = new byte[count(info)];
        forEachChunk(info, (data, from, count) -> data.get(out, from, count));
        return out;
    }

    @Override
    public void close() {
        try {
            source.close();
        } catch (IOException e) {
            throw new UserException("cannot close " + file + ": " + FileProblem.reason(e), e);
        }
    }

    /** Every byte of the file in order, in chunks that the reader may change. */
    void forEachByte(Consumer<ByteBuffer> reader) {
        try {
            for (long from = 0; from < size; from += CHUNK) {
                reader.accept(readFully(from, (int) Math.min(CHUNK, size - from)));
            }
        } catch (IOException e) {
            throw new UserException("cannot read " + file + ": " + FileProblem.reason(e), e);
        }
    }

    private interface ChunkReader {
        /** Takes elements {@code from} to {@code from + count} out of {@code data}. */
        void take(ByteBuffer data, int from, int count);
    }

    private interface IntegerReader {
        void take(int index, long value);
    }

    private void forEachChunk(TensorInfo info, ChunkReader reader) {
        int total = count(info);
        int step = CHUNK / info.type().bytes();
        try {
            for (int from = 0; from < total; from += Math.min(step, total - from)) {
                int count = Math.min(step, total - from);
                long position =
                        dataStart + info.begin() + (long) from * info.type().bytes();
                reader.take(readFully(position, count * info.type().bytes()), from, count);
            }
        } catch (IOException e) {
            throw new UserException(
                    "cannot read tensor '" + info.name() + "' of " + file + ": " + FileProblem.reason(e), e);
        }
    }

    private void forEachInteger(TensorInfo info, long smallest, long largest, IntegerReader reader) {
        if (info.type().isFloating()) {
            throw wrongType(info, "integers");
        }
        forEachChunk(info, (data, from, count) -> {
            for (int i = from; i < from + count; i++) {
                long value = info.type().nextLong(data);
                if (value < smallest || value > largest) {
                    throw damaged("tensor '" + Untrusted.shown(info.name()) + "' has " + value + " at " + i
                            + "; expected " + smallest + " to " + largest);
                }
                reader.take(i, value);
            }
        });
    }

    private int count(TensorInfo info) {
        long count = info.shape().count();
        if (count > Integer.MAX_VALUE - 8) {
            throw new UserException("tensor '" + Untrusted.shown(info.name()) + "' of " + file + " has " + count
                    + " elements; more than 2^31 in one tensor are not supported");
        }
        return (int) count;
    }

    private ByteBuffer readFully(long position, int count) throws IOException {
        ByteBuffer data = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        while (data.hasRemaining()) {
            if (source.read(data, position + data.position()) < 0) {
                throw new EOFException("the file ends too early");
            }
        }
        return data.flip();
    }

    private UserException wrongType(TensorInfo info, String wanted) {
        return damaged(
                "tensor '" + Untrusted.shown(info.name()) + "' has type " + info.type() + "; expected " + wanted);
    }

    private UserException damaged(String complaint) {
        return new UserException(file + " is not a usable safetensors file: " + complaint);
    }

    private static void closeQuietly(FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                // The reason that made us close it is already on its way to the user.
            }
        }
    }
}
