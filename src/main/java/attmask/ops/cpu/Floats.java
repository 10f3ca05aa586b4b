package attmask.ops.cpu;

import attmask.tensor.Tensor;
import java.nio.FloatBuffer;

/**
 * Floats in native memory. Kernels copy pieces of cache size to Java arrays, which the JIT compiler vectorises, and back
 * ({@link #get}, {@link #put}); matrix products take the address ({@link #at}). Safe for use by many threads.
 */
final class Floats {
    /** A buffer's index is an int of bytes, so a long range is reached through several. */
    private static final int WINDOW_BITS = 28;

    private static final int WINDOW = 1 << WINDOW_BITS;

    private final long address;
    private final long length;
    private final FloatBuffer[] windows;

    Floats(long address, long length) {
        this.address = address;
        this.length = length;
        windows = new FloatBuffer[(int) ((length + WINDOW - 1) >>> WINDOW_BITS)];
        for (int i = 0; i < windows.length; i++) {
            long from = (long) i << WINDOW_BITS;
            long size = Math.min(WINDOW, length - from);
            windows[i] = NativeMemory.buffer(address + from * Float.BYTES, size * Float.BYTES)
                    .asFloatBuffer();
        }
    }

    static Floats of(Tensor tensor) {
        return (Floats) tensor.handle();
    }

    long length() {
        return length;
    }

    /** Address of element {@code index}. */
    long at(long index) {
        return address + index * Float.BYTES;
    }

    float get(long index) {
        return windows[(int) (index >>> WINDOW_BITS)].get((int) (index & (WINDOW - 1)));
    }

    void put(long index, float value) {
        windows[(int) (index >>> WINDOW_BITS)].put((int) (index & (WINDOW - 1)), value);
    }

    /** to[at .. at+count-1] ← elements from {@code from} on. */
    void get(long from, float[] to, int at, int count) {
        int done = 0;
        while (done < count) {
            int index = (int) ((from + done) & (WINDOW - 1));
            int size = Math.min(count - done, WINDOW - index);
            windows[(int) ((from + done) >>> WINDOW_BITS)].get(index, to, at + done, size);
            done += size;
        }
    }

    /** Elements from {@code to} on ← from[at .. at+count-1]. */
    void put(long to, float[] from, int at, int count) {
        int done = 0;
        while (done < count) {
            int index = (int) ((to + done) & (WINDOW - 1));
            int size = Math.min(count - done, WINDOW - index);
            windows[(int) ((to + done) >>> WINDOW_BITS)].put(index, from, at + done, size);
            done += size;
        }
    }
}
