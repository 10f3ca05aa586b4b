package attmask.ops.cpu;

import attmask.tensor.DType;

/**
 * One thread's working memory. Arrays grow to the largest size asked for and are then reused; each slot is a separate
 * array, whose contents last until the slot is asked for again.
 */
final class Scratch implements AutoCloseable {
    private static final int SLOTS = 8;

    final Gemm gemm = new Gemm();
    final Exponential exponential = new Exponential();
    private Primitives primitives;
    private final float[][] floats = new float[SLOTS][0];
    private final NativeMemory[] memories = new NativeMemory[SLOTS];
    private final Floats[] natives = new Floats[SLOTS];

    Primitives primitives() {
        if (primitives == null) {
            primitives = new Primitives();
        }
        return primitives;
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

    @Override
    public void close() {
        exponential.close();
        if (primitives != null) {
            primitives.close();
        }
        for (NativeMemory memory : memories) {
            if (memory != null) {
                memory.close();
            }
        }
    }
}
