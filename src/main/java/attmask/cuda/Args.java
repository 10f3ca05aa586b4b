package attmask.cuda;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

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
        while (end < offset) {
            values.put(end++, (byte) 0); // so that equal arguments are equal bytes
        }
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

    /** The arguments as they are now. */
    public Copy copy() {
        byte[] bytes = new byte[end];
        values.get(0, bytes);
        return new Copy(bytes, Arrays.copyOf(sizes, count));
    }

    /** Becomes what was copied. */
    public Args set(Copy copy) {
        clear();
        for (int size : copy.sizes) {
            next(size);
        }
        values.put(0, copy.values);
        return this;
    }

    /** Arguments that stay as they were; equal if they are the same. */
    public static final class Copy {
        private final byte[] values;
        private final int[] sizes;

        private Copy(byte[] values, int[] sizes) {
            this.values = values;
            this.sizes = sizes;
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Copy copy && Arrays.equals(values, copy.values) && Arrays.equals(sizes, copy.sizes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(values);
        }
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
