package attmask.ops.cpu;

import attmask.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;

/**
 * exp for arrays, in loops that the JIT compiler vectorises: exp x = 2ⁿ · exp r with r = x − n·ln 2, |r| ≤ ln 2 / 2, and
 * the polynomial of Cephes' expf (Moshier 1992), relative error below 2e-7. One instance per thread.
 */
final class Exponential implements AutoCloseable {
    /** exp of anything below is taken as exp of this, the smallest normal float: at most 1.2e-38 off. */
    private static final float LOWEST = -87.3f;

    private static final float LOG2_E = 1.44269504f;
    /** ln 2 in two parts; the first has so few bits that n times it is exact. */
    private static final float LN2_HIGH = 0.693359375f;

    private static final float LN2_LOW = -2.12194440e-4f;
    /** Adding 1.5 · 2²³ rounds a float to an integer and leaves that integer in its low bits. */
    private static final float ROUNDER = 12582912f;

    private static final int ROUNDER_BITS = Float.floatToRawIntBits(ROUNDER);
    /** Elements worked on at once: the arrays of a block stay in the first cache level. */
    private static final int BLOCK = 2048;

    private final float[] value = new float[BLOCK];
    private final float[] rounded = new float[BLOCK];
    private final float[] scale = new float[BLOCK];
    private final int[] bits = new int[BLOCK];
    /** The same 8 KB seen as floats and as ints: loops with Float.intBitsToFloat are not vectorised on Java 17. */
    private final NativeMemory memory = new NativeMemory(BLOCK * Float.BYTES);

    private final FloatBuffer asFloats;
    private final IntBuffer asInts;

    Exponential() {
        ByteBuffer bytes = (ByteBuffer) memory.handle(0, memory.bytes(), DType.U8);
        asFloats = bytes.asFloatBuffer();
        asInts = bytes.asIntBuffer();
    }

    /** x[i] ← exp x[i] for the {@code count} entries from {@code from}, all at most 88; NaN stays NaN. */
    void apply(float[] x, int from, int count) {
        for (int done = 0; done < count; done += BLOCK) {
            block(x, from + done, Math.min(BLOCK, count - done));
        }
    }

    /** The loops run on whole arrays: with an offset into x they would not be vectorised. */
    private void block(float[] x, int from, int count) {
        System.arraycopy(x, from, value, 0, count);
        clampAndRound(value, rounded, count);
        asFloats.put(0, rounded, 0, count);
        asInts.get(0, bits, 0, count);
        powerBits(bits, count);
        asInts.put(0, bits, 0, count);
        asFloats.get(0, scale, 0, count);
        finish(value, rounded, scale, count);
        System.arraycopy(value, 0, x, from, count);
    }

    private static void clampAndRound(float[] x, float[] rounded, int count) {
        for (int i = 0; i < count; i++) {
            float clamped = Math.max(x[i], LOWEST);
            x[i] = clamped;
            rounded[i] = clamped * LOG2_E + ROUNDER;
        }
    }

    /** The bits of 2ⁿ from those of n + 1.5 · 2²³. */
    private static void powerBits(int[] bits, int count) {
        for (int i = 0; i < count; i++) {
            bits[i] = (bits[i] - ROUNDER_BITS + 127) << 23;
        }
    }

    private static void finish(float[] x, float[] rounded, float[] scale, int count) {
        for (int i = 0; i < count; i++) {
            float n = rounded[i] - ROUNDER;
            float r = x[i] - n * LN2_HIGH - n * LN2_LOW;
            float p = 1.9875691500e-4f;
            p = p * r + 1.3981999507e-3f;
            p = p * r + 8.3334519073e-3f;
            p = p * r + 4.1665795894e-2f;
            p = p * r + 1.6666665459e-1f;
            p = p * r + 5.0000001201e-1f;
            x[i] = (p * r * r + r + 1f) * scale[i];
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
