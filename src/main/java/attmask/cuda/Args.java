package attmask.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A kernel's arguments in the order of its parameters, each on a multiple of its own size, as PTX lays parameters out.
 * Written into one native buffer that is reused: a launch leaves no garbage.
 */
public final class Args {
    /** Arguments of a kernel at most. */
    public static final int MOST = 64;

    private static final int BYTES = 8 * MOST;

    private final ByteBuffer values = ByteBuffer.allocateDirect(BYTES).order(ByteOrder.nativeOrder());
    private final int[] offsets = new int[MOST];
    private final int[] sizes = new int[MOST];
    private int count;
    private int end;

    /** Forgets the arguments. */
    public Args clear() {
        count = 0;
        end = 0;
        return this;
    }

    /** A device address; 0 for a null pointer. */
    public Args pointer(long address) {
        values.putLong(next(Long.BYTES), address);
        return this;
    }

    public Args i32(int value) {
        values.putInt(next(Integer.BYTES), value);
        return this;
    }

    public Args i64(long value) {
        values.putLong(next(Long.BYTES), value);
        return this;
    }

    public Args f32(float value) {
        values.putFloat(next(Float.BYTES), value);
        return this;
    }

    private int next(int size) {
        int offset = (end + size - 1) / size * size;
        offsets[count] = offset;
        sizes[count] = size;
        count++;
        end = offset + size;
        return offset;
    }

    public int count() {
        return count;
    }

    /** Where argument {@code i} lies in {@link #values}. */
    public int offset(int i) {
        return offsets[i];
    }

    /** Its size in bytes: 4 or 8. */
    public int size(int i) {
        return sizes[i];
    }

    /** Bytes used. */
    public int bytes() {
        return end;
    }

    /** The native buffer, from its start; only the first {@link #bytes} count. */
    public ByteBuffer values() {
        return values;
    }

    /** For messages: every argument as a hexadecimal number. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("(");
        for (int i = 0; i < count; i++) {
            text.append(i == 0 ? "0x" : ", 0x");
            text.append(
                    sizes[i] == Long.BYTES
                            ? Long.toHexString(values.getLong(offsets[i]))
                            : Integer.toHexString(values.getInt(offsets[i])));
        }
        return text.append(')').toString();
    }
}
