package attmask.ops.cpu;

import attmask.config.Precision;
import attmask.tensor.DType;

/**
 * One thread's working memory. Arrays grow to the largest size asked for and are then reused; each slot is a separate
 * array, whose contents last until the slot is asked for again.
 */
final class Scratch implements AutoCloseable {
    private static final int SLOTS = 8;

    final Gemm gemm = new Gemm();
    final Exponential exponential = new Exponential();
    private final Precision precision;
    private PrimitiveCache cache;
    private Primitives primitives;
    private RowPrimitives rowPrimitives;
    private final float[][] floats = new float[SLOTS][0];
    private final NativeMemory[] memories = new NativeMemory[SLOTS];
    private final Floats[] natives = new Floats[SLOTS];

    /** @param precision of {@link #primitives} */
    Scratch(Precision precision) {
        this.precision = precision;
    }

    Primitives primitives() {
        if (primitives == null) {
            primitives = new Primitives(cache(), precision);
        }
        return primitives;
    }

    RowPrimitives rowPrimitives() {
        if (rowPrimitives == null) {
            rowPrimitives = new RowPrimitives(cache());
        }
        return rowPrimitives;
    }

    /** Made on the thread that computes. */
    private PrimitiveCache cache() {
        if (cache == null) {
            cache = new PrimitiveCache();
        }
        return cache;
    }

    /** A Java array of at least {@code length} floats. */
    float[] floats(int slot, int length) {
        if (floats[slot].length < length) {
            floats[slot] = new float[length];
        }
        return floats[slot];
    }

    /** Native memory of at least {@code length} floats. */
    Floats nativeFloats(int slot, int length) {
        if (natives[slot] == null || natives[slot].length() < length) {
            if (memories[slot] != null) {
                memories[slot].close();
            }
            long bytes = (long) length * Float.BYTES;
            memories[slot] = new NativeMemory(bytes);
            natives[slot] = (Floats) memories[slot].handle(0, bytes, DType.F32);
        }
        return natives[slot];
    }

    /** Copies {@code rows} rows of {@code columns} elements from one matrix to another, each with its stride. */
    void copy(Floats to, long toAt, int toStride, Floats from, long fromAt, int fromStride, int rows, int columns) {
        float[] row = floats(0, columns);
        for (int i = 0; i < rows; i++) {
            from.get(fromAt + (long) i * fromStride, row, 0, columns);
            to.put(toAt + (long) i * toStride, row, 0, columns);
        }
    }

    @Override
    public void close() {
        exponential.close();
        if (cache != null) {
            cache.close();
        }
        for (NativeMemory memory : memories) {
            if (memory != null) {
                memory.close();
            }
        }
    }
}
